//! Guesses which name a misspelt one was meant to be.

/// Below this similarity (Jaro-Winkler, 0 to 1), a suggestion misleads more often than it helps.
const SIMILARITY: f64 = 0.85;

/// The candidate most similar to `name`, if any is similar enough.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILARITY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_an_unrelated_word_finds_none() {
        let words = ["adapter", "api_key", "base_url", "timeouts"];
        for (typo, word) in [
            ("adaptor", "adapter"),
            ("apikey", "api_key"),
            ("timeout", "timeouts"),
            ("baseurl", "base_url"),
        ] {
            assert_eq!(nearest(typo, words.into_iter()), Some(word));
        }
        assert_eq!(nearest("region", words.into_iter()), None);
    }
}
