//! A long text without most of what its strings say: where the members are is told from the rest, in a fraction of the time.
//!
//! A parser looks at each byte of a prompt, to see whether the string may hold it and where it ends. Both can be told for
//! dozens of bytes at once. The parser still reads, and so checks, all that is no plain text in a string.

use memchr::{memchr, memchr2};

use super::Members;
use super::edited::Place;

/// From how many bytes on a text is abridged.
pub(super) const LONG: usize = 16 << 10;

/// How long a run of plain text must be to be left out. To find the end of a short one takes as long as to parse it.
const LONG_RUN: usize = 128;

/// After how many bytes a text must have become much shorter. One with an escape in every line does not.
const TRIED: usize = 4 << 10;

/// How much of a run stays: the digits of an escape before it.
const KEPT: usize = 4;

/// A text from which runs of plain text in strings were left out. It is JSON if the whole text is.
#[derive(Debug, Default)]
pub(super) struct Abridged {
    text: String,
    /// Where something was left out in the text, at most once for each string, and how many bytes were until there.
    left_out: Vec<(usize, usize)>,
    left_out_in_all: usize,
}

// === impl Abridged ===

impl Abridged {
    /// The text, abridged; `None` if it does not become much shorter.
    pub(super) fn of(whole: &str) -> Option<Self> {
        let (mut abridged, mut rest) = (Self::default(), whole);
        while let Some(quote) = memchr(b'"', rest.as_bytes()) {
            let (before, string) = rest.split_at(quote + 1);
            abridged.text.push_str(before);
            rest = abridged.take_string(string)?;
        }
        abridged.text.push_str(rest);
        abridged.is_short().then_some(abridged)
    }

    /// Whether the text is much shorter than all of which it was made, or that was little.
    fn is_short(&self) -> bool {
        self.text.len() < TRIED || self.text.len() < self.left_out_in_all
    }

    /// The members of the whole text; `None` if it is no object.
    pub(super) fn members<'a>(&self, whole: &'a str) -> Option<Members<'a>> {
        let members = Members::read(&self.text).ok()?;
        let places = members.places().into_iter().map(|place| Place {
            start: self.in_whole(place.start),
            value: self.in_whole(place.value.start)..self.in_whole(place.value.end),
        });
        Members::at(whole, &places.collect::<Vec<_>>())
    }

    /// Where a place outside of strings is in the whole text.
    fn in_whole(&self, at: usize) -> usize {
        let before = self.left_out.partition_point(|(place, _)| *place < at);
        let last = before.checked_sub(1).and_then(|last| self.left_out.get(last));
        at + last.map_or(0, |(_, left_out)| *left_out)
    }

    /// Takes the string whose inside comes next. Returns what is behind it; `None` if the text does not become much shorter.
    fn take_string<'t>(&mut self, mut rest: &'t str) -> Option<&'t str> {
        let before = self.left_out_in_all;
        while let Some(end) = memchr2(b'"', b'\\', rest.as_bytes()) {
            let (run, behind) = rest.split_at(end);
            self.take_run(run);
            // An escape has two bytes at least. Where the second is no ASCII, it is none, which the parser will say.
            let taken = if behind.starts_with('"') || !behind.is_char_boundary(2) {
                1
            } else {
                2
            };
            self.text.push_str(&behind[..taken]);
            rest = &behind[taken..];
            if behind.starts_with('"') {
                break;
            }
            if !self.is_short() {
                return None;
            }
        }
        if self.left_out_in_all > before {
            self.left_out.push((self.text.len() - 1, self.left_out_in_all));
        }
        self.is_short().then_some(rest)
    }

    /// Takes plain text in a string.
    fn take_run(&mut self, run: &str) {
        let kept = if run.len() >= LONG_RUN && !has_control(run) {
            run.ceil_char_boundary(KEPT)
        } else {
            run.len()
        };
        self.text.push_str(&run[..kept]);
        self.left_out_in_all += run.len() - kept;
    }
}

/// Whether there is a control character, which strings may not hold (RFC 8259, section 7).
fn has_control(run: &str) -> bool {
    // Parts of a fixed size are looked at as a whole, which becomes instructions for many bytes at once.
    let (parts, rest) = run.as_bytes().as_chunks::<128>();
    let least = |part: &[u8; 128]| part.iter().fold(u8::MAX, |least, byte| least.min(*byte));
    parts.iter().any(|part| least(part) < b' ') || rest.iter().any(|byte| *byte < b' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is read of the abridged text is what is read of the whole one, if anything is.
    fn reads_the_same(whole: &str) {
        let found = Abridged::of(whole).unwrap().members(whole);
        let expected = Members::read(whole).ok();
        let shown = |members: Members<'_>| format!("{members:?}");
        assert_eq!(found.map(shown), expected.map(shown), "{whole}");
    }

    #[test]
    fn long_strings_are_left_out_and_members_found_all_the_same() {
        let long = "a long text ".repeat(20);
        let whole = format!(r#"{{"a":"{long}","b":[1,"{long}\n{long}"],"{long}":{{"c":"{long}"}} , "d": 2}}"#);
        let abridged = Abridged::of(&whole).unwrap();
        assert!(abridged.text.len() < 120, "{}", abridged.text);
        let members = abridged.members(&whole).unwrap();
        assert_eq!(members.get("a").unwrap().get(), format!("\"{long}\""));
        assert_eq!(members.get("b").unwrap().get(), format!("[1,\"{long}\\n{long}\"]"));
        assert_eq!(members.get("d").unwrap().get(), "2");
        reads_the_same(&whole);
    }

    #[test]
    fn what_is_no_json_is_none_without_its_long_strings_either() {
        let long = "x".repeat(LONG_RUN);
        for text in [
            format!("{{\"a\":\"{long}\u{1}\"}}"),
            format!("{{\"a\":\"{long}\n\"}}"),
            format!("{{\"a\":\"\\q{long}\"}}"),
            format!("{{\"a\":\"\\u00{long}\"}}"),
            format!("{{\"a\":\"\\é{long}\"}}"),
            format!("{{\"a\":\"{long}"),
            format!("{{\"a\":\"{long}\\"),
            format!("{{\"a\":\"{long}\\\"}}"),
            format!("{{\"a\":{long}}}"),
            format!("[\"{long}\"]"),
            format!("{{\"a\":\"{long}\"}} x"),
        ] {
            assert!(Abridged::of(&text).unwrap().members(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn escapes_before_a_run_stay_whole() {
        for escape in ["\\u00e9", "\\ud83d\\ude00", "\\\\", "\\\"", "\\/"] {
            for long in [
                "é".repeat(LONG_RUN),
                "x".repeat(LONG_RUN),
                format!("abc{}", "😀".repeat(LONG_RUN)),
            ] {
                reads_the_same(&format!("{{\"a\":\"{escape}{long}{escape}{long}\",\"b\":1}}"));
            }
        }
    }

    #[test]
    fn a_text_that_does_not_become_shorter_is_given_up() {
        let lines = "a line\\n".repeat(TRIED);
        assert!(Abridged::of(&format!("{{\"a\":\"{lines}\"}}")).is_none());
        let items = "\"an item\",".repeat(TRIED);
        assert!(Abridged::of(&format!("{{\"a\":[{items}1]}}")).is_none());
        let long = "x".repeat(lines.len() * 2);
        assert!(Abridged::of(&format!("{{\"a\":\"{long}{lines}\"}}")).is_some());
    }

    proptest! {
        #[test]
        fn any_text_reads_the_same(
            pieces in prop::collection::vec(prop_oneof![
                Just("{\"a\":".to_owned()), Just("}".to_owned()), Just("\"".to_owned()), Just("\\".to_owned()),
                Just(",\"b\":".to_owned()), Just("[1]".to_owned()), Just("\\u00e9".to_owned()), Just("é".repeat(LONG_RUN)),
                Just("x".repeat(LONG_RUN + 10)), Just("\u{7}".to_owned()), Just(" ".to_owned()), "[ -~é]{0,6}",
            ], 0..24),
        ) {
            reads_the_same(&pieces.concat());
            reads_the_same(&format!("{{\"a\":\"{}\"}}", pieces.concat()));
        }
    }
}
