//! The words that upstreams use for errors, and the class each stands for: the one table for all plugins.
//!
//! Sources: <https://platform.openai.com/docs/guides/error-codes>, <https://platform.claude.com/docs/en/api/errors>.

use super::FailureClass;

// === impl FailureClass ===

impl FailureClass {
    /// Error codes and types by class, in alphabetical order within each.
    ///
    /// The host has the same table.
    pub const WORDS: [(&'static str, Self); 21] = [
        ("context_length_exceeded", Self::Client),
        ("invalid_request_error", Self::Client),
        ("request_too_large", Self::Client),
        ("account_deactivated", Self::Refused),
        ("authentication_error", Self::Refused),
        ("billing_error", Self::Refused),
        ("billing_hard_limit_reached", Self::Refused),
        ("billing_not_active", Self::Refused),
        ("insufficient_quota", Self::Refused),
        ("invalid_api_key", Self::Refused),
        ("model_not_found", Self::Refused),
        ("not_found_error", Self::Refused),
        ("payment_required", Self::Refused),
        ("permission_error", Self::Refused),
        ("rate_limit_error", Self::RateLimited),
        ("rate_limit_exceeded", Self::RateLimited),
        ("api_error", Self::Overloaded),
        ("overloaded_error", Self::Overloaded),
        ("server_error", Self::Overloaded),
        ("timeout", Self::Timeout),
        ("timeout_error", Self::Timeout),
    ];

    /// The class of an error with this code or type; `None` if the word is unknown.
    pub fn of_word(word: &str) -> Option<Self> {
        let known = Self::WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, class)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_gives_its_class() {
        let table = [
            ("invalid_request_error", Some(FailureClass::Client)),
            ("invalid_api_key", Some(FailureClass::Refused)),
            ("model_not_found", Some(FailureClass::Refused)),
            ("rate_limit_exceeded", Some(FailureClass::RateLimited)),
            ("server_error", Some(FailureClass::Overloaded)),
            ("timeout", Some(FailureClass::Timeout)),
            ("brand_new_error", None),
            ("", None),
        ];
        for (word, class) in table {
            assert_eq!(FailureClass::of_word(word), class, "{word}");
        }
    }

    #[test]
    fn the_words_are_unique_and_in_order_of_class_and_alphabet() {
        let place = |class| FailureClass::ALL.iter().position(|known| *known == class);
        let keys = FailureClass::WORDS.map(|(word, class)| (place(class), word));
        assert!(keys.is_sorted_by(|one, next| one < next));
        let unique: std::collections::BTreeSet<&str> = FailureClass::WORDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(unique.len(), FailureClass::WORDS.len());
    }
}
