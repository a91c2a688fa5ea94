//! An operator's pattern. One that begins with letters of its own is looked for only where these are.
//!
//! The small engine reads a few megabytes per second. Most patterns of operators begin with a mark, as `TCK-[0-9]{6}` does,
//! and a text is searched for that much faster.

use std::ops::Range;

use regex_lite::{Regex, RegexBuilder};

/// The largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 64 * 1024;

/// A pattern that is ready to search.
#[derive(Debug)]
pub struct Pattern {
    /// What every match begins with; if it is not empty, the pattern is compiled to match at the beginning of a text.
    beginning: String,
    /// Whether a match begins where a word does.
    at_word: bool,
    compiled: Regex,
}

// === impl Pattern ===

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// If it is not a regular expression, or too large.
    pub fn new(pattern: &str) -> Result<Self, regex_lite::Error> {
        let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
        // First as it is: a fault is told about what the operator wrote.
        let plain = build(pattern)?;
        let stripped = pattern.strip_prefix(r"\b");
        let rest = stripped.unwrap_or(pattern);
        let beginning = beginning(rest);
        Ok(Self {
            compiled: if beginning.is_empty() {
                plain
            } else {
                build(&format!("^(?:{rest})"))?
            },
            at_word: stripped.is_some(),
            beginning,
        })
    }

    /// Where the pattern matches.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.beginning.is_empty() {
            return self.compiled.find_iter(text).map(|found| found.range()).collect();
        }
        let mut found = Vec::new();
        let mut rest = 0;
        while let Some(at) = text[rest..].find(&self.beginning).map(|at| rest + at) {
            match self.compiled.find(&text[at..]).filter(|_| self.may_begin(text, at)) {
                Some(whole) => {
                    rest = at + whole.end();
                    found.push(at..rest);
                }
                None => rest = at + text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        found
    }

    /// Whether a word begins or ends here, if one must: what `\b` means, for the engine only in ASCII.
    fn may_begin(&self, text: &str, at: usize) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let after = text[at..].chars().next().is_some_and(is_word);
        !self.at_word || before != after
    }
}

/// The letters with which every match of a pattern begins; none if that is not plain to see.
fn beginning(pattern: &str) -> String {
    if pattern.contains('|') || pattern.contains("(?") {
        return String::new();
    }
    let mut letters = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        let letter = match c {
            '\\' => rest.next_if(char::is_ascii_punctuation),
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => None,
            letter => Some(letter),
        };
        // A letter that may be left out or repeated is not always there.
        match letter {
            Some(letter) if !matches!(rest.peek(), Some('*' | '?' | '{')) => letters.push(letter),
            _ => break,
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_pattern_begins_with_is_read_off() {
        for (pattern, expected) in [
            ("TCK-[0-9]{6}", "TCK-"),
            (r"a\.b\d", "a.b"),
            ("ab*", "a"),
            ("ab+", "ab"),
            ("ab{2}", "a"),
            ("ab|cd", ""),
            ("(?i)ab", ""),
            ("[ab]c", ""),
            ("^ab", ""),
            ("é!", "é!"),
            ("", ""),
        ] {
            assert_eq!(beginning(pattern), expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_finds_what_the_engine_finds(text in "[abé_ -]{0,24}") {
            for pattern in ["ab", "a+b", "ab*", "aa", r"\bab?a", r"\b-a", r"ab\b", "éa?", "[ab]+", "a$", "ab.?", r"-\b"] {
                let expected: Vec<_> = Regex::new(pattern).unwrap().find_iter(&text).map(|found| found.range()).collect();
                prop_assert_eq!(Pattern::new(pattern).unwrap().find(&text), expected, "{}", pattern);
            }
        }
    }
}
