//! The parameters of requests: what a reply is held to, how it is sampled, and what is told beside it.

use serde_json::json;

use super::{said, schema};
use crate::feature::Feature;

/// Every parameter, in the order of the tables.
pub(super) fn all() -> Vec<Feature> {
    [forms(), sampling(), beside()].into_iter().flatten().collect()
}

fn forms() -> Vec<Feature> {
    let format = json!({ "type": "json_schema", "json_schema": { "name": "answer", "schema": schema() } });
    let named = json!({ "type": "json_schema", "name": "answer", "schema": schema() });
    let config = json!({ "format": { "type": "json_schema", "schema": schema() } });
    vec![
        Feature::of_requests("structured output", &["format"])
            .chat(json!({ "response_format": format }))
            .messages(json!({ "output_config": config }))
            .responses(json!({ "text": { "format": named } }))
            .gemini(config_of(
                json!({ "responseMimeType": "application/json", "responseJsonSchema": schema() }),
            )),
        Feature::of_requests("JSON without a schema", &["format"])
            .chat(json!({ "response_format": { "type": "json_object" } }))
            .responses(json!({ "text": { "format": { "type": "json_object" } } }))
            .gemini(config_of(json!({ "responseMimeType": "application/json" }))),
        Feature::of_requests("stop sequences", &["stop"])
            .chat(json!({ "stop": ["###"] }))
            .messages(json!({ "stop_sequences": ["###"] }))
            .gemini(config_of(json!({ "stopSequences": ["###"] }))),
        Feature::of_requests("several choices", &["choice", "n above 1"])
            .chat(json!({ "n": 2 }))
            .gemini(config_of(json!({ "candidateCount": 2 }))),
        Feature::of_requests("log probabilities", &["logprobs", "responseLogprobs"])
            .chat(json!({ "logprobs": true, "top_logprobs": 2 }))
            .gemini(config_of(json!({ "responseLogprobs": true, "logprobs": 2 }))),
    ]
}

fn sampling() -> Vec<Feature> {
    vec![
        Feature::of_requests("temperature", &["temperature"])
            .chat(json!({ "temperature": 0.5 }))
            .messages(json!({ "temperature": 0.5 }))
            .responses(json!({ "temperature": 0.5 }))
            .gemini(config_of(json!({ "temperature": 0.5 }))),
        Feature::of_requests("top_p", &["top_p", "topP"])
            .chat(json!({ "top_p": 0.5 }))
            .messages(json!({ "top_p": 0.5 }))
            .responses(json!({ "top_p": 0.5 }))
            .gemini(config_of(json!({ "topP": 0.5 }))),
        Feature::of_requests("top_k", &["top_k", "topK"])
            .messages(json!({ "top_k": 5 }))
            .gemini(config_of(json!({ "topK": 5 }))),
        Feature::of_requests("seed", &["seed"])
            .chat(json!({ "seed": 7 }))
            .gemini(config_of(json!({ "seed": 7 }))),
        Feature::of_requests("penalties", &["frequency_penalty", "frequencyPenalty"])
            .chat(json!({ "frequency_penalty": 0.5, "presence_penalty": 0.5 }))
            .gemini(config_of(json!({ "frequencyPenalty": 0.5, "presencePenalty": 0.5 }))),
    ]
}

fn beside() -> Vec<Feature> {
    let cached = json!({ "type": "text", "text": "long", "cache_control": { "type": "ephemeral" } });
    vec![
        Feature::of_requests("cache_control", &["cache_control"]).messages(said(&[cached])),
        Feature::of_requests("the end user's id", &["user", "metadata"])
            .chat(json!({ "user": "u-1" }))
            .messages(json!({ "metadata": { "user_id": "u-1" } }))
            .responses(json!({ "user": "u-1" })),
        Feature::of_requests("a cheaper tier", &["service_tier"])
            .chat(json!({ "service_tier": "flex" }))
            .responses(json!({ "service_tier": "flex" })),
    ]
}

fn config_of(config: serde_json::Value) -> serde_json::Value {
    let mut members = json!({});
    members["generationConfig"] = config;
    members
}
