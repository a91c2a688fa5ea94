//! A long text without most of what its strings say: where the members are is told from the rest, in a fraction of the time.
//!
//! A parser looks at each byte of a prompt, to see whether the string may hold it and where it ends. Both can be told for
//! dozens of bytes at once ([`string`]). The parser still reads, and so checks, all that is no long string. How deep the whole
//! is nested is told by the rest, too.

mod string;

use memchr::memchr;

use self::string::string_length;
use super::Members;
use super::edited::Place;
use crate::json::depth::{self, ARGUMENTS};

/// From how many bytes on a text is abridged.
const LONG: usize = 16 << 10;

/// How long a string must be to be left out. To find the end of a short one takes as long as to parse it.
const LONG_STRING: usize = 128;

/// After how many bytes a text must have become much shorter. One of many short strings does not.
const TRIED: usize = 4 << 10;

/// A text whose long strings are empty. It is JSON if the whole text is.
#[derive(Debug, Default)]
pub(super) struct Abridged {
    text: String,
    /// Where each string ends that was left out, and how many bytes were until there.
    left_out: Vec<(usize, usize)>,
    left_out_in_all: usize,
}

// === impl Abridged ===

impl Abridged {
    /// The text, abridged; `None` if it is short or does not become much shorter, or one of its strings is none.
    pub(super) fn of(whole: &str) -> Option<Self> {
        if whole.len() < LONG { None } else { Self::made_of(whole) }
    }

    fn made_of(whole: &str) -> Option<Self> {
        let (mut abridged, mut rest) = (Self::default(), whole);
        while let Some(quote) = memchr(b'"', rest.as_bytes()) {
            let (before, string) = rest.split_at(quote);
            let (string, behind) = string.split_at(string_length(string.as_bytes())?);
            abridged.text.push_str(before);
            abridged.take(string);
            rest = behind;
            if !abridged.is_short() {
                return None;
            }
        }
        abridged.text.push_str(rest);
        abridged.is_short().then_some(abridged)
    }

    /// Whether the text is much shorter than all of which it was made, or that was little.
    fn is_short(&self) -> bool {
        self.text.len() < TRIED || self.text.len() < self.left_out_in_all
    }

    /// True if the whole text is nested deeper than adapters can read.
    pub(super) fn is_deep(&self) -> bool {
        depth::is_deep(self.text.as_bytes())
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

    /// Takes a string, with its quotes. Of a long one nothing but these, unless it is arguments, which are JSON themselves.
    fn take(&mut self, string: &str) {
        if string.len() < LONG_STRING || self.ends_with_name(ARGUMENTS) {
            self.text.push_str(string);
        } else {
            self.text.push_str("\"\"");
            self.left_out_in_all += string.len() - 2;
            self.left_out.push((self.text.len() - 1, self.left_out_in_all));
        }
    }

    /// Whether the value of a member with this name comes next.
    fn ends_with_name(&self, name: &str) -> bool {
        let quoted = self.text.trim_end().strip_suffix(':').map(str::trim_end);
        let unquoted = quoted.and_then(|text| text.strip_suffix('"')?.strip_suffix(name));
        unquoted.is_some_and(|text| text.ends_with('"'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(whole: &str) -> Option<Members<'_>> {
        Abridged::made_of(whole).and_then(|abridged| abridged.members(whole))
    }

    /// What is read of the abridged text is what is read of the whole one, if anything is.
    fn reads_the_same(whole: &str) {
        let found = members(whole);
        let expected = Members::read(whole).ok();
        let shown = |members: Members<'_>| format!("{members:?}");
        assert_eq!(found.map(shown), expected.map(shown), "{whole}");
    }

    #[test]
    fn long_strings_are_left_out_and_members_found_all_the_same() {
        let long = "a long text ".repeat(20);
        let whole = format!(r#"{{"a":"{long}","b":[1,"{long}\n{long}"],"{long}":{{"c":"{long}"}} , "d": 2}}"#);
        let abridged = Abridged::made_of(&whole).unwrap();
        assert!(abridged.text.len() < 120, "{}", abridged.text);
        let members = abridged.members(&whole).unwrap();
        assert_eq!(members.get("a").unwrap().get(), format!("\"{long}\""));
        assert_eq!(members.get("b").unwrap().get(), format!("[1,\"{long}\\n{long}\"]"));
        assert_eq!(members.get("d").unwrap().get(), "2");
        reads_the_same(&whole);
    }

    #[test]
    fn what_is_no_json_is_none_without_its_long_strings_either() {
        let long = "x".repeat(LONG_STRING);
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
            assert!(members(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn members_are_found_beside_strings_with_escapes() {
        for escape in ["\\u00e9", "\\ud83d\\ude00", "\\\\", "\\\"", "\\/"] {
            for long in [
                "é".repeat(LONG_STRING),
                "x".repeat(LONG_STRING),
                format!("abc{}", "😀".repeat(LONG_STRING)),
            ] {
                reads_the_same(&format!("{{\"a\":\"{escape}{long}{escape}{long}\",\"b\":1}}"));
            }
        }
    }

    #[test]
    fn as_deep_as_the_whole_text() {
        let long = "a [long] {text} ".repeat(depth::DEEPEST);
        let lists = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let (most, more) = (lists(depth::DEEPEST), lists(depth::DEEPEST + 1));
        for (whole, is_deep) in [
            (format!(r#"{{"text":"{long}"}}"#), false),
            (format!(r#"{{"text":"{long}","deep":{most}}}"#), true),
            (format!(r#"{{"text":"{more}{long}"}}"#), false),
            (format!(r#"{{"arguments" : "{more}{long}"}}"#), true),
            (format!(r#"{{"arguments":"{long}","text":"{more}{long}"}}"#), false),
        ] {
            let abridged = Abridged::made_of(&whole).unwrap();
            assert_eq!(abridged.is_deep(), is_deep, "{whole}");
            assert_eq!(depth::is_deep(whole.as_bytes()), is_deep, "{whole}");
        }
    }

    #[test]
    fn a_text_that_does_not_become_shorter_is_given_up() {
        let items = "\"an item\",".repeat(TRIED);
        assert!(Abridged::made_of(&format!("{{\"a\":[{items}1]}}")).is_none());
        let lines = "a line\\n".repeat(items.len());
        assert!(Abridged::made_of(&format!("{{\"a\":\"{lines}\",\"b\":[{items}1]}}")).is_some());
    }

    proptest! {
        #[test]
        fn any_text_reads_the_same(
            pieces in prop::collection::vec(prop_oneof![
                Just("{\"a\":".to_owned()), Just("}".to_owned()), Just("\"".to_owned()), Just("\\".to_owned()),
                Just(",\"b\":".to_owned()), Just("[1]".to_owned()), Just("\\u00e9".to_owned()), Just("é".repeat(LONG_STRING)),
                Just("x".repeat(LONG_STRING + 10)), Just("\u{7}".to_owned()), Just(" ".to_owned()), "[ -~é]{0,6}",
            ], 0..24),
        ) {
            reads_the_same(&pieces.concat());
            reads_the_same(&format!("{{\"a\":\"{}\"}}", pieces.concat()));
        }
    }
}
