//! Translates the members other than messages, tools and thinking.

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json};
use jackfield_plugin_sdk::claude::Sampling;

use super::body::Body;
use super::tools::one;
use crate::model::{Family, Model};
use crate::settings::{Guardrail, Settings};

/// The API's own members that a client may set, beside OpenAI's.
const OWN: [&str; 4] = [
    "additionalModelResponseFieldPaths",
    "performanceConfig",
    "promptVariables",
    "requestMetadata",
];

/// OpenAI's members that are not sent on: hints, and features of its own platform.
const DROPPED: [&str; 19] = [
    "audio",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "metadata",
    "modalities",
    "moderation",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "seed",
    "store",
    "top_logprobs",
    "verbosity",
    "web_search_options",
    "mcp_servers",
];

/// The tiers that the API has.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html>.
const TIERS: [&str; 4] = ["default", "flex", "priority", "reserved"];

/// Sets `inferenceConfig`.
pub(super) fn inference(request: &ChatRequest, settings: &Settings, body: &mut Body) {
    if let Some(limit) = request.token_limit().or(settings.default_max_tokens) {
        body.inference.insert("maxTokens", limit);
    }
    if let Some(temperature) = request.temperature {
        // OpenAI's range ends at 2, the API's at 1.
        body.inference.set("temperature", &temperature.min(1.0));
    }
    if let Some(top_p) = request.top_p {
        body.inference.set("topP", &top_p);
    }
    let stop = request
        .stop
        .as_ref()
        .map(jackfield_plugin_sdk::canonical::Stop::sequences);
    let stop: Vec<&String> = stop
        .unwrap_or_default()
        .iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    if !stop.is_empty() {
        body.inference.set("stopSequences", &stop);
    }
}

/// Asks for the sequence that stopped Claude, if there are any: others do not tell.
pub(super) fn ask_for_sequence(body: &mut Body, model: &Model<'_>, stream: bool) {
    if model.is_claude() && body.inference.contains_key("stopSequences") {
        let path = if stream {
            "/delta/stop_sequence"
        } else {
            "/stop_sequence"
        };
        let mut paths: Vec<String> = body
            .members
            .read("additionalModelResponseFieldPaths")
            .unwrap_or_default();
        paths.push(path.to_owned());
        body.members.set("additionalModelResponseFieldPaths", &paths);
    }
}

/// Removes the sampling parameters that Claude refuses; thinking refuses them too. Of `temperature` and `top_p` the first
/// is kept, as its vendor advises.
pub(super) fn limit_sampling(body: &mut Body, model: &Model<'_>) {
    let Family::Claude(rules) = model.family() else { return };
    let thinking = body.additional.read::<Extra>("thinking");
    let thinks = thinking.is_some_and(|thinking| thinking.text("type").as_deref() != Some("disabled"));
    match rules.sampling {
        Sampling::Any if !thinks => {}
        Sampling::One if !thinks => {
            if body.inference.contains_key("temperature") {
                body.drop_inference(&["topP"]);
            }
        }
        _ => {
            body.drop_inference(&["temperature", "topP"]);
            if body.additional.remove("top_k").is_some() {
                body.dropped.insert("top_k");
            }
        }
    }
}

/// Sets or names each of the client's other members; returns the names of those that nobody knows.
pub(super) fn others(extra: Extra, settings: &Settings, model: &Model<'_>, body: &mut Body) -> Vec<String> {
    let mut unknown = Vec::new();
    for (name, value) in extra.into_iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "additionalModelRequestFields" => {
                for (name, value) in value.read::<Extra>().unwrap_or_default() {
                    body.additional.insert(name, value);
                }
            }
            "guardrailConfig" if settings.guardrail.is_none() => body.members.insert(name, value),
            "top_k" => top_k(value, model, body),
            "service_tier" => service_tier(&value, body),
            // They are sent as a member of their own.
            "anthropic_beta" => {}
            _ if OWN.contains(&&*name) => body.members.insert(name, value),
            _ => match DROPPED.iter().find(|dropped| **dropped == name) {
                Some(dropped) => {
                    body.dropped.insert(dropped);
                }
                None => unknown.push(name),
            },
        }
    }
    unknown
}

/// The operator's guardrail.
pub(super) fn guardrail(guardrail: &Guardrail, stream: bool, body: &mut Body) {
    let mut config = one("guardrailIdentifier", guardrail.identifier.as_str());
    config.insert("guardrailVersion", guardrail.version.as_str());
    if let Some(trace) = &guardrail.trace {
        config.insert("trace", trace.as_str());
    }
    if let Some(mode) = guardrail.stream_processing_mode.as_ref().filter(|_| stream) {
        config.insert("streamProcessingMode", mode.as_str());
    }
    body.members.insert("guardrailConfig", config);
}

/// Sampling from the k likeliest tokens, in each maker's words.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>.
fn top_k(value: Json, model: &Model<'_>, body: &mut Body) {
    match (model.family(), model.maker) {
        (Family::Nova | Family::Nova2, _) => body.additional.insert_new("inferenceConfig", one("topK", value)),
        (Family::Claude(_), _) | (_, "mistral" | "qwen") => body.additional.insert_new("top_k", value),
        (_, "cohere") => body.additional.insert_new("k", value),
        _ => {
            body.dropped.insert("top_k");
        }
    }
}

fn service_tier(tier: &Json, body: &mut Body) {
    match tier.as_str() {
        Some(tier) if tier == "auto" => {}
        Some(tier) if TIERS.contains(&&*tier) => body.members.insert("serviceTier", one("type", tier)),
        _ => {
            body.dropped.insert("service_tier");
        }
    }
}
