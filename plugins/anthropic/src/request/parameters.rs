//! Translates the members other than messages and tools: sampling, members passed through, and members dropped.

use jackfield_plugin_sdk::canonical::{Extra, Stop};
use jackfield_plugin_sdk::log;
use serde_json::{Map, Value, json};

use crate::betas;

/// OpenAI's members that Anthropic refuses and that do not affect what is answered: hints, tuning, and features of
/// OpenAI's own platform. All others are passed through, so that nothing is lost silently.
///
/// Source: <https://platform.claude.com/docs/en/api/openai-sdk>, "Important OpenAI compatibility limitations".
const DROPPED: [&str; 13] = [
    "audio",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "modalities",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "seed",
    "store",
    "top_logprobs",
    "verbosity",
];

/// Sets the sampling parameters and stop sequences.
pub(super) fn sampling(
    body: &mut Map<String, Value>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop: Option<Stop>,
) {
    if let Some(temperature) = temperature {
        // OpenAI's range ends at 2, Anthropic's at 1.
        body.insert("temperature".to_owned(), Value::from(temperature.min(1.0)));
    }
    if let Some(top_p) = top_p {
        body.insert("top_p".to_owned(), Value::from(top_p));
    }
    if let Some(stop) = stop {
        body.insert("stop_sequences".to_owned(), json!(stop.sequences()));
    }
}

/// Copies the client's other members to the request, unless the translation has set them.
pub(super) fn pass_through(body: &mut Map<String, Value>, extra: Extra, user: Option<String>) {
    let mut user = user.map(Value::String);
    for (name, value) in extra {
        match name.as_str() {
            _ if value.is_null() => {}
            // It is sent as a header.
            betas::PARAMETER => {}
            "safety_identifier" => user = Some(value),
            "metadata" => metadata(body, &value),
            "service_tier" => service_tier(body, value),
            dropped if DROPPED.contains(&dropped) => {
                log::debug(&format!("dropped {dropped}: the API does not accept it"));
            }
            _ => {
                body.entry(name).or_insert(value);
            }
        }
    }
    if let Some(user) = user {
        body.entry("metadata").or_insert_with(|| json!({ "user_id": user }));
    }
}

/// Keeps only the end user's id: Anthropic refuses other metadata, such as OpenAI's labels for stored completions.
fn metadata(body: &mut Map<String, Value>, metadata: &Value) {
    if let Some(user) = metadata.get("user_id") {
        body.insert("metadata".to_owned(), json!({ "user_id": user }));
    }
}

/// Translates OpenAI's `default` to Anthropic's `standard_only`, and drops tiers that only OpenAI has.
fn service_tier(body: &mut Map<String, Value>, tier: Value) {
    let tier = match tier.as_str() {
        Some("default") => Value::from("standard_only"),
        Some("flex" | "priority" | "scale") => return,
        _ => tier,
    };
    body.insert("service_tier".to_owned(), tier);
}
