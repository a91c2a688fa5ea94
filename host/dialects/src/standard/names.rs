//! Tool names that are too long for OpenAI: shortened on the way there, restored on the way back.

use std::borrow::Cow;

use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::json::json_string;

/// The longest name of a function.
///
/// Source: `tools[].function.name` in <https://platform.openai.com/docs/api-reference/chat/create>.
pub(super) const LONGEST: usize = 64;

/// How many characters of a long name stay; a dash and eight digits of its hash follow.
const KEPT: usize = 55;

/// The names of a request's tools that were shortened.
///
/// The short form depends on the long one alone, so that it is the same in every request of a conversation; only where
/// two names would be the same does it depend on the others too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolNames {
    /// Names that are not changed, and that no short form may equal.
    taken: Vec<String>,
    changed: Vec<Shortened>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shortened {
    short: String,
    long: String,
}

// === impl ToolNames ===

impl ToolNames {
    /// True if every name is as it was.
    pub(crate) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// Notes a name that stays as it is.
    pub(crate) fn keep(&mut self, name: &str) {
        if !is_long(name) {
            self.taken.push(name.to_owned());
        }
    }

    /// The short form of a name; `None` if it is short enough.
    pub(crate) fn shorten(&mut self, name: &str) -> Option<&str> {
        if !is_long(name) {
            return None;
        }
        let known = self.changed.iter().position(|changed| changed.long == name);
        let index = known.unwrap_or_else(|| {
            let short = self.free_form(name);
            let long = name.to_owned();
            self.changed.push(Shortened { short, long });
            self.changed.len() - 1
        });
        Some(&self.changed[index].short)
    }

    /// JSON with the short forms in place of the long names that were shortened so far.
    pub(crate) fn shorten_in(&self, json: &str) -> String {
        let pairs = self.changed.iter().map(|it| (it.long.as_str(), it.short.as_str()));
        replaced(json.as_bytes(), pairs).map_or_else(|| json.to_owned(), |text| String::from_utf8_lossy(&text).into())
    }

    /// A reply or a chunk, as canonical JSON, with the long names in it again.
    ///
    /// A name is found as a whole JSON string: inside another one its quotes would be escaped.
    pub(crate) fn restore<'j>(&self, json: &'j [u8]) -> Cow<'j, [u8]> {
        if self.is_empty() || memmem::find(json, b"\"name\"").is_none() {
            return Cow::Borrowed(json);
        }
        let pairs = self.changed.iter().map(|it| (it.short.as_str(), it.long.as_str()));
        replaced(json, pairs).map_or(Cow::Borrowed(json), Cow::Owned)
    }

    fn free_form(&self, name: &str) -> String {
        let is_taken =
            |form: &String| self.taken.contains(form) || self.changed.iter().any(|changed| changed.short == *form);
        let kept: String = name.chars().take(KEPT).collect();
        let mut rounds = 0_u32;
        loop {
            let hash = Sha256::new()
                .chain_update(name)
                .chain_update(rounds.to_be_bytes())
                .finalize();
            let form = format!("{kept}-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
            if !is_taken(&form) {
                return form;
            }
            rounds += 1;
        }
    }
}

fn is_long(name: &str) -> bool {
    name.chars().count() > LONGEST
}

/// The text with each of these strings replaced; `None` if none of them is in it.
fn replaced<'p>(json: &[u8], pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Option<Vec<u8>> {
    let mut text: Option<Vec<u8>> = None;
    for (from, to) in pairs {
        let from = json_string(from);
        let whole = text.as_deref().unwrap_or(json);
        let mut places = memmem::find_iter(whole, &from).peekable();
        if places.peek().is_none() {
            continue;
        }
        let (to, mut out, mut at) = (json_string(to), Vec::with_capacity(whole.len() + 256), 0);
        for place in places {
            out.extend_from_slice(&whole[at..place]);
            out.extend_from_slice(to.as_bytes());
            at = place + from.len();
        }
        out.extend_from_slice(&whole[at..]);
        text = Some(out);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, ToolNames};

    fn long(end: &str) -> String {
        format!("mcp__{}_{end}", "a".repeat(LONGEST))
    }

    #[test]
    fn a_long_name_gets_the_same_legal_form_every_time() {
        let (mut names, mut others) = (ToolNames::default(), ToolNames::default());
        assert_eq!(names.shorten(&"x".repeat(LONGEST)), None);
        let short = names.shorten(&long("one")).unwrap().to_owned();
        assert_eq!(short.len(), LONGEST);
        assert!(
            short
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        );
        others.shorten(&long("two"));
        assert_eq!(others.shorten(&long("one")), Some(short.as_str()));
        assert_ne!(others.shorten(&long("two")), Some(short.as_str()));
    }

    #[test]
    fn a_form_that_another_tool_has_is_not_given_out() {
        let form = ToolNames::default().shorten(&long("one")).unwrap().to_owned();
        let mut names = ToolNames::default();
        names.keep(&form);
        let other = names.shorten(&long("one")).unwrap();
        assert!(other != form && other.len() == LONGEST);
    }

    #[test]
    fn names_come_back_whole_and_only_as_names() {
        let mut names = ToolNames::default();
        let (one, two) = (long("one"), long("two"));
        let shorts = [&one, &two].map(|name| names.shorten(name).unwrap().to_owned());
        let reply = |a: &str, b: &str, said: &str| {
            format!(
                r#"{{"content":"{said} \"{said}\"","tool_calls":[{{"function":{{"name":"{a}"}}}},{{"function":{{"name": "{b}"}}}}]}}"#
            )
        };
        let restored = names
            .restore(reply(&shorts[0], &shorts[1], &shorts[0]).as_bytes())
            .into_owned();
        assert_eq!(String::from_utf8(restored).unwrap(), reply(&one, &two, &shorts[0]));
        let choice = names.shorten_in(&reply(&one, "f", "x"));
        assert_eq!(choice, reply(&shorts[0], "f", "x"));
        assert_eq!(names.restore(b"{}").as_ref(), b"{}");
        assert_eq!(ToolNames::default().restore(b"\"name\"").as_ref(), b"\"name\"");
    }
}
