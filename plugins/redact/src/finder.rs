//! Finds everything in a text that is to be taken out.

use std::ops::Range;

use jackfield_plugin_sdk::words::Words;

use crate::kinds::Kind;
use crate::pattern::Pattern;
use crate::settings::Settings;

/// The label of the operator's own words.
const WORD: &str = "WORD";

/// The longest label, in bytes: a placeholder must be short, because the reply is held back as long as one may be
/// beginning.
const LABEL_BYTES: usize = 32;

/// Finds what the settings name.
#[derive(Debug)]
pub struct Finder<'a> {
    kinds: &'a [Kind],
    words: Words,
    patterns: Vec<(&'a str, Pattern)>,
}

/// Something that is to be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// Where it is in the text.
    pub range: Range<usize>,
    /// What it is, in capital letters.
    pub label: &'a str,
}

// === impl Finder ===

impl<'a> Finder<'a> {
    /// A finder for these settings.
    ///
    /// # Errors
    /// If a pattern or its label is not what it should be: the sentence for the operator.
    pub fn new(settings: &'a Settings) -> Result<Self, String> {
        let pattern = |(label, pattern): (&'a String, &'a String)| {
            check_label(label)?;
            let compiled = Pattern::new(pattern).map_err(|error| format!("patterns.{label}: {error}"))?;
            Ok((label.as_str(), compiled))
        };
        Ok(Self {
            kinds: &settings.kinds,
            words: Words::new(&settings.words),
            patterns: settings.patterns.iter().map(pattern).collect::<Result<_, String>>()?,
        })
    }

    /// What is to be taken out of a text, in order. What overlaps is one finding: nothing of either is left.
    pub fn find(&self, text: &str) -> Vec<Finding<'a>> {
        let mut found = Vec::new();
        let mut add = |label: &'a str, ranges: Vec<Range<usize>>| {
            let ranges = ranges.into_iter().filter(|range| !range.is_empty());
            found.extend(ranges.map(|range| Finding { range, label }));
        };
        for kind in self.kinds {
            add(kind.label(), kind.find(text));
        }
        add(
            WORD,
            self.words.find(text).into_iter().map(|(range, _)| range).collect(),
        );
        for (label, pattern) in &self.patterns {
            add(label, pattern.find(text));
        }
        merged(found)
    }
}

fn check_label(label: &str) -> Result<(), String> {
    let is_fine = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let letters = label.bytes().all(is_fine) && label.starts_with(|c: char| c.is_ascii_uppercase());
    if letters && label.len() <= LABEL_BYTES {
        Ok(())
    } else {
        Err(format!(
            "patterns: the label `{label}` must be of capital letters, digits and `_`, and at most {LABEL_BYTES} long"
        ))
    }
}

/// The findings in order, those that overlap as one under the label of the longest.
fn merged(mut found: Vec<Finding<'_>>) -> Vec<Finding<'_>> {
    found.sort_by_key(|finding| finding.range.start);
    let mut merged: Vec<(usize, Finding<'_>)> = Vec::with_capacity(found.len());
    for finding in found {
        let length = finding.range.len();
        match merged.last_mut() {
            Some((longest, last)) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
                if length > *longest {
                    (*longest, last.label) = (length, finding.label);
                }
            }
            _ => merged.push((length, finding)),
        }
    }
    merged.into_iter().map(|(_, finding)| finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(patterns: &[(&str, &str)]) -> Settings {
        let patterns = patterns
            .iter()
            .map(|(label, pattern)| ((*label).to_owned(), (*pattern).to_owned()));
        Settings {
            words: vec!["Bluebird".to_owned()],
            patterns: patterns.collect(),
            ..Settings::default()
        }
    }

    #[test]
    fn everything_is_found_in_order() {
        let settings = settings(&[("TICKET", "TCK-[0-9]{6}")]);
        let text = "TCK-123456 on BLUEBIRD by ann@example.com, +49 30 1234567, 4111 1111 1111 1111";
        let found = Finder::new(&settings).unwrap().find(text);
        let labels: Vec<&str> = found.iter().map(|finding| finding.label).collect();
        assert_eq!(labels, ["TICKET", "WORD", "EMAIL", "PHONE", "CARD"]);
    }

    #[test]
    fn what_overlaps_goes_as_one() {
        let settings = settings(&[("NUMBER", "[0-9]+")]);
        let text = "see DE89 3704 0044 0532 0130 00, bluebird@example.com";
        let found = Finder::new(&settings).unwrap().find(text);
        let shown: Vec<_> = found
            .iter()
            .map(|finding| (&text[finding.range.clone()], finding.label))
            .collect();
        assert_eq!(
            shown,
            [
                ("DE89 3704 0044 0532 0130 00", "IBAN"),
                ("bluebird@example.com", "EMAIL")
            ]
        );
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_named() {
        let fault = |label: &str, pattern: &str| Finder::new(&settings(&[(label, pattern)])).unwrap_err();
        assert!(fault("A", "(").starts_with("patterns.A: "), "{}", fault("A", "("));
        assert!(fault("A", "a{1000}{1000}").starts_with("patterns.A: "));
        for label in ["a", "", "1A", "A-B", "A>", &"A".repeat(33)] {
            assert!(
                fault(label, "a").contains(&format!("the label `{label}` must be")),
                "{label}"
            );
        }
    }
}
