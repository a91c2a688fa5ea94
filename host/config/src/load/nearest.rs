//! Guesses what a misspelt name was meant to be.

/// Below this likeness (Jaro-Winkler, 0 to 1) a suggestion misleads more often than it helps.
const LIKENESS: f64 = 0.85;

/// The candidate that is most like `name`, if any is like it at all.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_word_and_a_foreign_word_finds_none() {
        let words = ["adapter", "api_key", "base_url", "timeouts"];
        for (slip, word) in [
            ("adaptor", "adapter"),
            ("apikey", "api_key"),
            ("timeout", "timeouts"),
            ("baseurl", "base_url"),
        ] {
            assert_eq!(nearest(slip, words.into_iter()), Some(word));
        }
        assert_eq!(nearest("region", words.into_iter()), None);
    }
}
