//! Translates the members other than messages and tools: sampling, members passed through, and members dropped.

use jackfield_plugin_sdk::Dropped;
use jackfield_plugin_sdk::canonical::{Extra, Json, Stop};
use jackfield_plugin_sdk::claude::Sampling;

use super::user_id;
use crate::betas;

/// OpenAI's members that Anthropic refuses and that do not affect what is answered: hints, tuning, and features of
/// OpenAI's own platform. They are named; all others are passed through.
///
/// Source: <https://platform.claude.com/docs/en/api/openai-sdk>, "Important OpenAI compatibility limitations".
const DROPPED: [&str; 15] = [
    "audio",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "modalities",
    "moderation",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "seed",
    "store",
    "top_logprobs",
    "verbosity",
];

/// Sets the sampling parameters.
pub(super) fn sampling(body: &mut Extra, temperature: Option<f64>, top_p: Option<f64>) {
    if let Some(temperature) = temperature {
        // OpenAI's range ends at 2, Anthropic's at 1.
        body.set("temperature", &temperature.min(1.0));
    }
    if let Some(top_p) = top_p {
        body.set("top_p", &top_p);
    }
}

/// Removes the sampling parameters that the model refuses. Thinking refuses them too. Of `temperature` and `top_p` the
/// first is kept, as the vendor advises.
pub(super) fn limit_sampling(body: &mut Extra, accepts: Sampling, dropped: &mut Dropped) {
    let thinks = body
        .read::<Extra>("thinking")
        .and_then(|thinking| thinking.text("type"))
        .is_some_and(|kind| kind != "disabled");
    let refused: &[&'static str] = match accepts {
        _ if thinks => &["temperature", "top_p", "top_k"],
        Sampling::Never => &["temperature", "top_p", "top_k"],
        Sampling::One if body.contains_key("temperature") => &["top_p"],
        Sampling::One | Sampling::Any => &[],
    };
    for name in refused {
        if body.remove(name).is_some() {
            dropped.add(*name);
        }
    }
}

/// Sets the stop sequences. One of white space alone is left out, because the API refuses it.
pub(super) fn stop(body: &mut Extra, stop: Option<&Stop>, dropped: &mut Dropped) {
    let given = stop.map(Stop::sequences).unwrap_or_default();
    let sequences: Vec<&String> = given.iter().filter(|text| !text.trim().is_empty()).collect();
    if sequences.len() < given.len() {
        dropped.add("stop");
    }
    if !sequences.is_empty() {
        body.set("stop_sequences", &sequences);
    }
}

/// Copies the client's other members to the request, unless the translation has set them.
pub(super) fn pass_through(body: &mut Extra, extra: Extra, user: Option<String>, dropped: &mut Dropped) {
    let mut user = user;
    for (name, value) in extra {
        match name.as_str() {
            _ if value.is_null() => {}
            // It is sent as a header.
            betas::PARAMETER => {}
            "safety_identifier" => user = value.as_str().or(user),
            "metadata" => metadata(body, &value, dropped),
            "service_tier" => service_tier(body, value, dropped),
            "web_search_options" => web_search(body, &value),
            "frequency_penalty" | "presence_penalty" if value.read() == Some(0.0) => {}
            "modalities" if value.read() == Some(["text".to_owned()]) => {}
            unknown if DROPPED.contains(&unknown) => dropped.add_said(name, &value),
            _ => body.insert_new(name, value),
        }
    }
    if let Some(user) = user.filter(|user| !user.is_empty()) {
        body.insert_new("metadata", with_user(&user));
    }
}

/// Keeps only the end user's id: Anthropic refuses other metadata, such as OpenAI's labels for stored completions.
fn metadata(body: &mut Extra, metadata: &Json, dropped: &mut Dropped) {
    let metadata: Extra = metadata.read().unwrap_or_default();
    if let Some(user) = metadata.text("user_id") {
        body.insert("metadata", with_user(&user));
    }
    if metadata.iter().any(|(name, _)| name != "user_id") {
        dropped.add("metadata");
    }
}

fn with_user(user: &str) -> Extra {
    let mut metadata = Extra::new();
    metadata.insert("user_id", user_id::opaque(user));
    metadata
}

/// Translates OpenAI's `default` to Anthropic's `standard_only`, and drops tiers that only OpenAI has.
fn service_tier(body: &mut Extra, tier: Json, dropped: &mut Dropped) {
    match tier.as_str().as_deref() {
        Some("default") => body.insert("service_tier", "standard_only"),
        Some("flex" | "priority" | "scale" | "fast") => dropped.add("service_tier"),
        _ => body.insert("service_tier", tier),
    }
}

/// Translates OpenAI's web search to Anthropic's tool for it, after the client's own tools.
///
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool>.
fn web_search(body: &mut Extra, options: &Json) {
    let mut search = Extra::new();
    search.insert("type", "web_search_20250305");
    search.insert("name", "web_search");
    let location = options
        .read::<Extra>()
        .and_then(|mut options| options.take::<Extra>("user_location"));
    if let Some(mut location) = location.and_then(|mut location| location.take::<Extra>("approximate")) {
        location.insert("type", "approximate");
        search.insert("user_location", location);
    }
    let mut tools: Vec<Json> = body.read("tools").unwrap_or_default();
    tools.push(search.into());
    body.set("tools", &tools);
}
