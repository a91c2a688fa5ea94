//! Words, which count as tokens here.

/// The words of a text, each with its leading white space, so that they concatenate to the text.
pub fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, letter) in text.char_indices() {
        if letter.is_whitespace() && in_word {
            pieces.push(&text[start..at]);
            start = at;
        }
        in_word = !letter.is_whitespace();
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// The number of words in a text.
pub fn count(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// The first `words` words of a text, and whether any were cut off.
pub fn first(text: &str, words: u64) -> (&str, bool) {
    if count(text) <= words {
        return (text, false);
    }
    let words = usize::try_from(words).unwrap_or(usize::MAX);
    let end = pieces(text).iter().take(words).map(|piece| piece.len()).sum();
    (&text[..end], true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_text_are_the_text() {
        for text in ["", " ", "a", "a b", "  two  words \n", "日本 語"] {
            assert_eq!(pieces(text).concat(), text);
        }
        assert_eq!(pieces(" one  two\nthree "), [" one", "  two", "\nthree", " "]);
    }

    #[test]
    fn a_text_is_cut_after_its_first_words() {
        assert_eq!(first("one two three", 2), ("one two", true));
        assert_eq!(first("one two ", 2), ("one two ", false));
        assert_eq!(first("one", 0), ("", true));
    }
}
