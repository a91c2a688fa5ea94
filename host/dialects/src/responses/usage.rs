//! Token counts in the words of this API.

use serde_json::json;

use crate::words::usage::Usage;

/// The value of `usage`: every sum and every detail, or `null` if the upstream told nothing. Clients fail on half of it.
pub(super) fn usage(usage: &Usage) -> String {
    if !usage.is_told() {
        return "null".to_owned();
    }
    let (input, output) = (usage.input_tokens.unwrap_or(0), usage.output_tokens.unwrap_or(0));
    json!({
        "input_tokens": input,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens.unwrap_or(0),
            "cache_write_tokens": usage.cache_write_tokens.unwrap_or(0),
        },
        "output_tokens": output,
        "output_tokens_details": { "reasoning_tokens": usage.reasoning_tokens.unwrap_or(0) },
        "total_tokens": input.saturating_add(output),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::usage;
    use crate::words::usage::Usage;

    #[test]
    fn the_details_are_complete_whatever_the_upstream_told() {
        let told = Usage::from_canonical(
            r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}"#,
        );
        let written: Value = serde_json::from_str(&usage(&told)).unwrap();
        assert_eq!(
            written,
            json!({
                "input_tokens": 9,
                "input_tokens_details": { "cached_tokens": 6, "cache_write_tokens": 0 },
                "output_tokens": 4,
                "output_tokens_details": { "reasoning_tokens": 0 },
                "total_tokens": 13,
            })
        );
        assert_eq!(usage(&Usage::default()), "null");
    }
}
