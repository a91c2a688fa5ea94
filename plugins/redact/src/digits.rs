//! Groups of digits with single separators between them: what card and phone numbers look like.

use std::ops::Range;

/// The most bytes between two groups: two characters of any script.
const LONGEST_GAP: usize = 8;

/// One group of adjacent digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// Where it is in the text.
    pub range: Range<usize>,
    /// The separators before it, since the group before; empty for the first one.
    pub gap: &'a str,
}

/// All runs of groups in a text. Within a run, up to two separators are between groups, as in `(030) 123`.
pub fn runs(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<Vec<Group<'_>>> {
    let mut runs: Vec<Vec<Group<'_>>> = Vec::new();
    let mut end = None;
    let mut rest = 0;
    while let Some(start) = text[rest..].find(|c: char| c.is_ascii_digit()).map(|at| rest + at) {
        let length = text[start..].bytes().take_while(u8::is_ascii_digit).count();
        let gap = end.map(|end: usize| &text[end..start]);
        let joins =
            gap.filter(|gap| gap.len() <= LONGEST_GAP && gap.chars().count() <= 2 && gap.chars().all(&is_separator));
        let group = |gap| Group {
            range: start..start + length,
            gap,
        };
        match (joins, runs.last_mut()) {
            (Some(gap), Some(run)) => run.push(group(gap)),
            _ => runs.push(vec![group("")]),
        }
        rest = start + length;
        end = Some(rest);
    }
    runs
}

/// The digits of some groups.
pub fn of(text: &str, groups: &[Group<'_>]) -> String {
    groups.iter().map(|group| &text[group.range.clone()]).collect()
}

/// Whether the text around a range would make it part of a longer word or number.
pub fn is_inside(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    [before, after]
        .into_iter()
        .flatten()
        .any(|c| c.is_alphanumeric() || c == '_')
}

/// A space of any width, or a hyphen: what texts from the web have between digits.
pub fn is_space_or_hyphen(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '-' | '\u{2010}'..='\u{2013}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_joined_by_separators_alone() {
        let text = "a 12 34, 5-6  7    8";
        let runs = runs(text, is_space_or_hyphen);
        let shown: Vec<String> = runs.iter().map(|run| of(text, run)).collect();
        assert_eq!(shown, ["1234", "567", "8"]);
        assert_eq!(runs[0][1].gap, " ");
    }
}
