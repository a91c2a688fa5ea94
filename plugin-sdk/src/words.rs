//! Finds words and names in a text: in letters of either case, and not within longer words.
//!
//! For shapers and adapters with lists of words. One pass over the text finds them all, because a prompt may be long and
//! a list too.

use std::collections::BTreeMap;
use std::ops::Range;

/// A list of words to look for. A word may be several, as in `blue bird`, and have signs, as in `C++`.
///
/// ```
/// use jackfield_plugin_sdk::words::Words;
///
/// let words = Words::new(["bluebird", "C++"]);
/// assert_eq!(words.find("Bluebird and bluebirds in c++."), [(0..8, 0), (26..29, 1)]);
/// ```
#[derive(Clone, Debug)]
pub struct Words {
    /// The words in lower case, with their places in the list, by their first letter.
    by_first: BTreeMap<char, Vec<(Vec<char>, usize)>>,
    /// The first letters that are ASCII, by their numbers in either case: most characters of a text begin no word.
    ascii: [bool; 128],
}

/// What is known about the words in a text that arrives in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Where words are, and the place of each in the list.
    pub found: Vec<(Range<usize>, usize)>,
    /// How much of the text is decided, in bytes. The rest may be the beginning of a word; scan it again with what
    /// follows.
    pub settled: usize,
}

/// What a text says about a word at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    /// It begins with the word, which is this long there.
    Whole(usize),
    /// It ends before that is known.
    Open,
    No,
}

// === impl Words ===

impl Words {
    /// A list of words. Empty ones are never found, and spaces around a word do not count.
    pub fn new<I: IntoIterator<Item: AsRef<str>>>(words: I) -> Self {
        let mut by_first: BTreeMap<char, Vec<(Vec<char>, usize)>> = BTreeMap::new();
        for (place, word) in words.into_iter().enumerate() {
            let word: Vec<char> = word.as_ref().trim().chars().flat_map(char::to_lowercase).collect();
            if let Some(first) = word.first() {
                by_first.entry(*first).or_default().push((word, place));
            }
        }
        let begins = |letter: u8| by_first.contains_key(&char::from(letter.to_ascii_lowercase()));
        let ascii = std::array::from_fn(|letter| u8::try_from(letter).is_ok_and(begins));
        Self { by_first, ascii }
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// Where words are in a complete text, and the place of each in the list. They do not overlap: the first one counts,
    /// and of those that begin together the longest.
    pub fn find(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        self.scan(text, None, true).found
    }

    /// What is known about the words in a text that arrives in pieces: a word may be cut in two, or go on as a longer
    /// one. `before` is the last character in front of the text, and `last` is true if nothing follows.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::words::Words;
    /// let words = Words::new(["blue bird"]);
    /// let first = words.scan("a blue car, a Blue b", None, false);
    /// assert!(first.found.is_empty() && first.settled == 14);
    /// let rest = words.scan("Blue bird!", Some(' '), true);
    /// assert_eq!(rest.found, [(0..9, 0)]);
    /// ```
    pub fn scan(&self, text: &str, before: Option<char>, last: bool) -> Scan {
        let mut scan = Scan::default();
        let mut previous = before;
        while let Some(c) = text[scan.settled..].chars().next() {
            let at = scan.settled;
            if !self.may_begin(c) {
                scan.settled = at + c.len_utf8();
                previous = Some(c);
                continue;
            }
            let (found, place) = self.longest(&text[at..], previous, last);
            match found {
                Match::Open => return scan,
                Match::Whole(length) => {
                    scan.settled = at + length;
                    scan.found.push((at..scan.settled, place));
                    previous = text[..scan.settled].chars().next_back();
                }
                Match::No => {
                    scan.settled = at + c.len_utf8();
                    previous = Some(c);
                }
            }
        }
        scan
    }

    /// Whether a word may begin with this character.
    fn may_begin(&self, c: char) -> bool {
        !c.is_ascii() || self.ascii.get(c as usize) == Some(&true)
    }

    /// The longest word at the beginning of a text, and its place in the list; open if a longer one may be there.
    fn longest(&self, text: &str, before: Option<char>, last: bool) -> (Match, usize) {
        let first = text.chars().next().filter(|first| !joins(before, Some(*first)));
        let lower = first.and_then(|first| first.to_lowercase().next());
        let candidates = lower.and_then(|lower| self.by_first.get(&lower));
        let mut longest = (Match::No, 0);
        for (word, place) in candidates.into_iter().flatten() {
            match (compare(text, word, last), longest.0) {
                (Match::Open, _) => return (Match::Open, *place),
                (Match::Whole(length), Match::Whole(known)) if length <= known => {}
                (found @ Match::Whole(_), _) => longest = (found, *place),
                (Match::No, _) => {}
            }
        }
        longest
    }
}

fn compare(text: &str, word: &[char], last: bool) -> Match {
    let mut rest = word;
    for (at, c) in text.char_indices() {
        if rest.is_empty() {
            let goes_on = joins(word.last().copied(), Some(c));
            return if goes_on { Match::No } else { Match::Whole(at) };
        }
        for letter in c.to_lowercase() {
            let Some(after) = rest.strip_prefix(&[letter]) else {
                return Match::No;
            };
            rest = after;
        }
    }
    match rest {
        _ if !last => Match::Open,
        [] => Match::Whole(text.len()),
        _ => Match::No,
    }
}

/// Whether these two stand within one word. Signs begin and end words by themselves.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    before.is_some_and(in_word) && after.is_some_and(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(text: &'a str, words: &[&str]) -> Vec<&'a str> {
        let found = Words::new(words).find(text);
        found.into_iter().map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn a_word_is_found_in_either_case_and_whole() {
        assert_eq!(
            found("Bluebird, BLUEBIRD; bluebirds", &["bluebird"]),
            ["Bluebird", "BLUEBIRD"]
        );
        assert_eq!(found("my_bluebird bluebird_2", &["bluebird"]), Vec::<&str>::new());
        assert_eq!(found("MÜLLER müller Müllers İ", &[" Müller "]), ["MÜLLER", "müller"]);
        assert_eq!(found("a C++ b c++20 .net", &["C++", ".NET"]), ["C++", "c++", ".net"]);
        assert_eq!(found("aaa aa", &["aa"]), ["aa"]);
        assert_eq!(found("anything", &["", " "]), Vec::<&str>::new());
        assert!(Words::new([" "]).is_empty());
    }

    #[test]
    fn the_longest_of_several_counts() {
        let words = ["blue", "blue bird", "bird cage"];
        assert_eq!(found("a blue bird cage, blue", &words), ["blue bird", "blue"]);
        assert_eq!(found("blue birds", &words), ["blue"]);
    }

    #[test]
    fn a_text_in_pieces_has_the_words_of_the_whole() {
        let words = Words::new(["blue", "blue bird", "ß", "++"]);
        for text in [
            "a blue bird, blueish, blue birds ß+++x Blue",
            "blue blue bird",
            "ss ß_ ++",
            "ÄblueÄ blue",
        ] {
            let boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            for one in &boundaries {
                for two in boundaries.iter().filter(|two| *two >= one) {
                    let mut found = Vec::new();
                    let mut start = 0;
                    for (end, last) in [(*one, false), (*two, false), (text.len(), true)] {
                        let before = text[..start].chars().next_back();
                        let scan = words.scan(&text[start..end], before, last);
                        let moved = scan
                            .found
                            .into_iter()
                            .map(|(range, place)| (range.start + start..range.end + start, place));
                        found.extend(moved);
                        start += scan.settled;
                    }
                    assert_eq!(start, text.len());
                    assert_eq!(found, words.find(text), "{text:?} cut at {one} and {two}");
                }
            }
        }
    }
}
