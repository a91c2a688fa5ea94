//! The beginning of an answer that repeats the text which it goes on with.

use serde::{Deserialize, Serialize};

/// The text that the answer repeats, and how much of it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prefix {
    text: String,
    repeated: usize,
}

// === impl Prefix ===

impl Prefix {
    pub(crate) fn new(text: String) -> Self {
        Self { text, repeated: 0 }
    }

    /// The piece of the answer without what it repeats. If the answer turns out to say something else, all of it comes.
    pub(crate) fn strip(&mut self, piece: &str) -> String {
        let rest = &self.text[self.repeated..];
        if rest.starts_with(piece) {
            self.repeated += piece.len();
            return String::new();
        }
        let said = match piece.strip_prefix(rest) {
            Some(new) => new.to_owned(),
            None => format!("{}{piece}", &self.text[..self.repeated]),
        };
        *self = Self::default();
        said
    }

    /// What was held back of an answer that ended within the text.
    pub(crate) fn finish(&mut self) -> String {
        let Self { mut text, repeated } = std::mem::take(self);
        let is_whole = repeated == text.len();
        text.truncate(if is_whole { 0 } else { repeated });
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Prefix;

    fn stripped(prefix: &str, pieces: &[&str]) -> String {
        let mut prefix = Prefix::new(prefix.to_owned());
        let mut said: String = pieces.iter().map(|piece| prefix.strip(piece)).collect();
        said += &prefix.finish();
        said
    }

    #[test]
    fn what_is_repeated_goes_in_any_pieces() {
        for pieces in [
            &["Dear José, hello"][..],
            &["Dear ", "José,", " hello"],
            &["Dear José, ", "hello"],
        ] {
            assert_eq!(stripped("Dear José,", pieces), " hello", "{pieces:?}");
        }
        assert_eq!(stripped("Dear", &["Dear"]), "");
    }

    #[test]
    fn an_answer_that_repeats_nothing_is_whole() {
        assert_eq!(stripped("Dear", &["Hello", " Dear"]), "Hello Dear");
        assert_eq!(stripped("Dear", &["De", "w"]), "Dew");
        assert_eq!(stripped("Dear", &["De"]), "De");
        assert_eq!(stripped("", &["Hello"]), "Hello");
    }
}
