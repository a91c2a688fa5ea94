//! Translates Cohere's token counts to OpenAI's.
//!
//! Source: <https://docs.cohere.com/reference/chat>, `usage`. `tokens` are what the model read and wrote, `billed_units`
//! are what the invoice has: they leave out what the vendor adds to every prompt.

use jackfield_plugin_sdk::canonical::{Extra, Json, Usage};

/// The canonical usage for the `usage` of a reply. What is billed is kept as `billed_units`.
///
/// Of `cached_tokens` the API says that they hit its cache, and its prompts are counted with them.
pub(crate) fn canonical(mut usage: Extra) -> Usage {
    let tokens: Extra = usage.read("tokens").unwrap_or_default();
    let billed: Extra = usage.read("billed_units").unwrap_or_default();
    let count = |name: &str| {
        let known = tokens.get(name).and_then(Json::as_count);
        known.or_else(|| billed.get(name)?.as_count()).unwrap_or_default()
    };
    let cached = usage.get("cached_tokens").and_then(Json::as_count);
    let mut canonical = Usage::of(count("input_tokens"), count("output_tokens")).cached(cached);
    usage.retain(|name, value| !matches!(name, "tokens" | "cached_tokens") && !value.is_null());
    canonical.extra = usage;
    canonical
}

/// The tokens in the request, as the `meta` of an embedding or a ranking tells them.
pub(crate) fn input_of_meta(meta: &Extra) -> Option<u64> {
    let in_place = |place: &str| meta.read::<Extra>(place)?.get("input_tokens")?.as_count();
    in_place("tokens").or_else(|| in_place("billed_units"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn canonical(usage: Value) -> Value {
        serde_json::to_value(super::canonical(serde_json::from_value(usage).unwrap())).unwrap()
    }

    #[test]
    fn the_models_own_counts_are_the_truth() {
        let usage = canonical(json!({
            "billed_units": {"input_tokens": 39, "output_tokens": 27},
            "tokens": {"input_tokens": 1683.0, "output_tokens": 62},
            "cached_tokens": 992,
        }));
        assert_eq!(
            usage,
            json!({
                "prompt_tokens": 1683, "completion_tokens": 62, "total_tokens": 1745,
                "prompt_tokens_details": {"cached_tokens": 992},
                "billed_units": {"input_tokens": 39, "output_tokens": 27},
            })
        );
    }

    #[test]
    fn without_them_the_invoice_counts() {
        let usage = canonical(json!({"billed_units": {"input_tokens": 3, "output_tokens": 2}, "tokens": null}));
        assert_eq!(
            (&usage["prompt_tokens"], &usage["completion_tokens"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(canonical(json!({}))["total_tokens"], 0);
    }
}
