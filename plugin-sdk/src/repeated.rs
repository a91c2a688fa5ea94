//! Events that repeat an earlier one in all but a piece of text, as nearly all of most streams do.

use std::borrow::Cow;

use crate::Event;
use crate::scan::{is_plain, is_same, string_length};

/// An event that has been read. The text of one that repeats it in all but a text is told without parsing it.
///
/// ```
/// use jackfield_plugin_sdk::{Event, Repeated};
///
/// let event = |text: &str| Event { name: String::new(), data: format!(r#"{{"text":"{text}"}}"#).into() };
/// let first = event("one");
/// let text = std::str::from_utf8(&first.data[8..13]).unwrap();
/// let repeated = Repeated::of(&first, text).unwrap();
/// assert_eq!(repeated.text(&event("two")).as_deref(), Some("two"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Repeated<'e> {
    name: &'e str,
    before: &'e [u8],
    behind: &'e [u8],
}

// === impl Repeated ===

impl<'e> Repeated<'e> {
    /// What others may repeat of `event`: all but `text`, a JSON string with its quotes that is a part of the payload
    /// itself, such as a borrowed `RawValue`. `None` if it is none.
    pub fn of(event: &'e Event, text: &str) -> Option<Self> {
        let data = event.data.as_slice();
        let start = text.as_ptr().addr().checked_sub(data.as_ptr().addr())?;
        let end = start.checked_add(text.len())?;
        let is_string = data.get(start..end)? == text.as_bytes() && text.starts_with('"');
        is_string.then(|| Self {
            name: &event.name,
            before: &data[..start],
            behind: &data[end..],
        })
    }

    /// The text of `event`, if nothing else distinguishes it; `None` for all other events, which are to be parsed.
    pub fn text<'f>(&self, event: &'f Event) -> Option<Cow<'f, str>> {
        let (before, rest) = event.data.split_at_checked(self.before.len())?;
        if !(is_same(before, self.before) && is_same(event.name.as_bytes(), self.name.as_bytes())) {
            return None;
        }
        let (string, behind) = rest.split_at(string_length(rest)?);
        if !is_same(behind, self.behind) {
            return None;
        }
        let string = std::str::from_utf8(string).ok()?;
        let inner = string.strip_prefix('"')?.strip_suffix('"')?;
        if is_plain(inner) {
            return Some(Cow::Borrowed(inner));
        }
        serde_json::from_str(string).ok().map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event {
            name: name.to_owned(),
            data: data.into(),
        }
    }

    #[test]
    fn a_text_is_told_as_a_parser_reads_it() {
        let first = event("delta", r#"{"index":0,"text":"Hi","more":[]}"#);
        let start = 18;
        let text = std::str::from_utf8(&first.data[start..start + 4]).unwrap();
        let repeated = Repeated::of(&first, text).unwrap();
        for (data, expected) in [
            (r#"{"index":0,"text":"there","more":[]}"#, Some("there")),
            (r#"{"index":0,"text":"","more":[]}"#, Some("")),
            (r#"{"index":0,"text":"ä 😀","more":[]}"#, Some("ä 😀")),
            (
                r#"{"index":0,"text":"a\n\"b\" \\ \ud83d\ude00","more":[]}"#,
                Some("a\n\"b\" \\ 😀"),
            ),
            (r#"{"index":0,"text":"\ud83d","more":[]}"#, None),
            (r#"{"index":0,"text":"\q","more":[]}"#, None),
            ("{\"index\":0,\"text\":\"a\nb\",\"more\":[]}", None),
            (r#"{"index":1,"text":"there","more":[]}"#, None),
            (r#"{"index":0,"text":"there","more":[1]}"#, None),
            (r#"{"index":0,"text":"there"}"#, None),
            (r#"{"index":0,"text":7,"more":[]}"#, None),
            (r#"{"index":0,"text":"there"#, None),
            (r#"{"index":0,"text":""#, None),
            (r#"{"index":0,"text":"\"#, None),
            (r#"{"index":0,"text":"#, None),
        ] {
            assert_eq!(repeated.text(&event("delta", data)).as_deref(), expected, "{data}");
        }
        assert_eq!(
            repeated.text(&event("other", r#"{"index":0,"text":"Hi","more":[]}"#)),
            None
        );
    }

    #[test]
    fn only_a_string_of_the_payload_itself_is_repeated() {
        let first = event("", r#"{"index":10,"text":"Hi"}"#);
        assert!(Repeated::of(&first, "\"Hi\"").is_none(), "elsewhere in memory");
        let number = std::str::from_utf8(&first.data[9..11]).unwrap();
        assert!(Repeated::of(&first, number).is_none());
    }
}
