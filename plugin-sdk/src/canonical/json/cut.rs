//! Joins characters that are cut between two events of a stream.
//!
//! An upstream may put the two `\u` escapes of an emoji into two pieces of a text. Each is then half of a character, which
//! JSON allows (RFC 8259, section 8.2) and no Rust string can hold. So the first half moves to where the second one is.

use super::tidy::{Half, half};
use crate::scan::split_string;

/// The bytes of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// The first half of a character with which a text has ended, for the text that goes on with the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The digits of its escape.
    digits: Option<[u8; 4]>,
    /// A half was left out that nothing has followed.
    pub(crate) is_lost: bool,
}

// === impl Cut ===

impl Cut {
    /// Takes the half out of a state that [`Cut::keep`] has written.
    pub(crate) fn of(state: &[u8]) -> (Self, &[u8]) {
        let kept = state.split_last_chunk::<5>().filter(|(_, [line, digits @ ..])| {
            // No state has a line break: it is JSON that was written in one line.
            *line == b'\n' && digits.iter().all(u8::is_ascii_hexdigit)
        });
        match kept {
            Some((state, [_, digits @ ..])) => (
                Self {
                    digits: Some(*digits),
                    is_lost: false,
                },
                state,
            ),
            None => (Self::default(), state),
        }
    }

    /// Adds the half to an adapter's state, for the next events.
    pub(crate) fn keep(self, state: &mut Vec<u8>) {
        if let Some(digits) = self.digits {
            state.push(b'\n');
            state.extend(digits);
        }
    }

    /// What becomes of the half at the end of a stream: nothing.
    pub(crate) fn end(&mut self) {
        self.is_lost |= self.digits.take().is_some();
    }

    /// The event's payload if it changes: JSON whose texts begin with whole characters and end with such.
    pub(crate) fn joined(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let has_half = |payload: &[u8]| payload.windows(3).any(|it| it == b"\\ud" || it == b"\\uD");
        // Without an early end, so that several bytes are looked at at once.
        let escapes = payload.iter().fold(0, |found, byte| found | u8::from(*byte == b'\\'));
        if escapes == 0 || !has_half(payload) {
            return None;
        }
        let mut rest = std::str::from_utf8(payload).ok()?;
        let (mut joined, mut is_changed) = (String::with_capacity(payload.len() + ESCAPE), false);
        while let Some(start) = rest.find('"') {
            let (before, from) = rest.split_at(start);
            joined.push_str(before);
            let (string, after) = split_string(from);
            is_changed |= self.copy(string, &mut joined);
            rest = after;
        }
        joined.push_str(rest);
        is_changed.then(|| joined.into_bytes())
    }

    /// Copies a string with its quotes; true if that changed it.
    fn copy(&mut self, string: &str, joined: &mut String) -> bool {
        let inner = string.strip_prefix('"').and_then(|string| string.strip_suffix('"'));
        let Some(inner) = inner else {
            joined.push_str(string);
            return false;
        };
        joined.push('"');
        let first = self.digits.filter(|_| half(inner) == Some(Half::Second));
        if let Some(digits) = first {
            joined.push_str("\\u");
            joined.extend(digits.map(char::from));
            self.digits = None;
        }
        let (inner, last) = ending(inner);
        joined.push_str(inner);
        joined.push('"');
        if last.is_some() {
            self.is_lost |= self.digits.is_some();
            self.digits = last;
        }
        first.is_some() || last.is_some()
    }
}

/// The text before the first half of a character at its end, and the digits of that half.
fn ending(text: &str) -> (&str, Option<[u8; 4]>) {
    let at = text.len().saturating_sub(ESCAPE);
    let end = text.get(at..).filter(|end| half(end) == Some(Half::First));
    let digits = end.and_then(|end| end.as_bytes().last_chunk());
    let is_escaped = text.as_bytes()[..at]
        .iter()
        .rev()
        .take_while(|it| **it == b'\\')
        .count()
        % 2
        == 1;
    match digits {
        Some(digits) if !is_escaped => (&text[..at], Some(*digits)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::Cut;

    /// The payloads after one another, each with what is kept of the one before, and whether a half was left out.
    fn joined(payloads: &[&str]) -> (Vec<String>, bool) {
        let (mut state, mut lost) = (b"{}".to_vec(), false);
        let mut all = Vec::new();
        for payload in payloads {
            let (mut cut, own) = Cut::of(&state);
            assert_eq!(own, b"{}");
            let changed = cut.joined(payload.as_bytes());
            all.push(changed.map_or_else(|| (*payload).to_owned(), |it| String::from_utf8(it).unwrap()));
            state = own.to_vec();
            cut.keep(&mut state);
            lost |= cut.is_lost;
        }
        let (mut cut, _) = Cut::of(&state);
        cut.end();
        (all, lost || cut.is_lost)
    }

    #[test]
    fn the_halves_of_a_character_meet_in_the_second_text() {
        for (payloads, expected) in [
            (
                vec![r#"{"text":"hi \ud83d"}"#, r#"{"text":"\ude00!"}"#],
                vec![r#"{"text":"hi "}"#, r#"{"text":"\ud83d\ude00!"}"#],
            ),
            (
                vec![r#""\uD83D""#, r#"{"ping":"é"}"#, r#"[1,"\uDE00\ud83d"]"#, r#""\ude01""#],
                vec![r#""""#, r#"{"ping":"é"}"#, r#"[1,"\uD83D\uDE00"]"#, r#""\ud83d\ude01""#],
            ),
        ] {
            let (all, lost) = joined(&payloads);
            assert_eq!((all, lost), (expected.into_iter().map(str::to_owned).collect(), false));
        }
    }

    #[test]
    fn whole_characters_and_what_only_looks_like_half_of_one_stay() {
        for payload in [
            r#"{"a":"\ud83d\ude00"}"#,
            r#"["\\ud83d"]"#,
            r#""\ude00""#,
            r#""\ud83d\n""#,
            r#""\ud83"#,
            "\"\\ud83d",
            "\\ud83d",
            "é\\ud",
        ] {
            assert_eq!(joined(&[payload]), (vec![payload.to_owned()], false), "{payload}");
        }
        let escaped = r#"["\\\ud83d"]"#;
        assert_eq!(joined(&[escaped, r#""\ude00""#]).0, [r#"["\\"]"#, r#""\ud83d\ude00""#]);
    }

    #[test]
    fn half_a_character_that_nothing_follows_is_left_out_and_told() {
        assert_eq!(
            joined(&[r#""a\ud83d""#, "\"b\""]),
            (vec![r#""a""#.to_owned(), "\"b\"".to_owned()], true)
        );
        let (all, lost) = joined(&[r#""\ud83c""#, r#""\ud83d""#, r#""\ude00""#]);
        assert_eq!((all[2].as_str(), lost), (r#""\ud83d\ude00""#, true));
    }
}
