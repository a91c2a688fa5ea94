//! How hard a model is to think: OpenAI's word for a budget of tokens, or for Anthropic's word.

/// The reasoning effort for a thinking budget in tokens.
///
/// OpenAI publishes no numbers. The steps are those by which the `anthropic` adapter gives an effort its budget (1,024,
/// 4,096, 16,384), so that an effort that went there and back is the same.
pub(crate) fn effort_of_budget(budget: u64) -> &'static str {
    match budget {
        0..4096 => "low",
        4096..16384 => "medium",
        _ => "high",
    }
}

/// The reasoning effort for Anthropic's `output_config.effort`. Its highest levels are `high`, which every reasoning
/// model knows; without a level, or with one of tomorrow, it is Anthropic's default, `high`.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/effort>.
pub(crate) fn effort_of_word(word: &str) -> &'static str {
    match word {
        "low" => "low",
        "medium" => "medium",
        _ => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::{effort_of_budget, effort_of_word};

    #[test]
    fn a_budget_has_the_effort_that_it_would_be_given_for() {
        for (budget, effort) in [
            (0, "low"),
            (1024, "low"),
            (4095, "low"),
            (4096, "medium"),
            (16383, "medium"),
            (16384, "high"),
            (u64::MAX, "high"),
        ] {
            assert_eq!(effort_of_budget(budget), effort, "{budget}");
        }
    }

    #[test]
    fn the_highest_efforts_are_high() {
        for (word, effort) in [
            ("low", "low"),
            ("medium", "medium"),
            ("high", "high"),
            ("xhigh", "high"),
            ("max", "high"),
        ] {
            assert_eq!(effort_of_word(word), effort);
        }
    }
}
