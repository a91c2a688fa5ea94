//! Translates the members other than messages, tools and thinking.
//!
//! Source: <https://docs.cohere.com/reference/chat>, which also has the ranges.

use jackfield_plugin_sdk::Draft;
use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, JsonSchemaFormat, ResponseFormat, Stop};

use super::RequestError;

/// Cohere's own members. It refuses what it does not know.
const OWN: [&str; 10] = [
    "citation_options",
    "documents",
    "k",
    "logprobs",
    "p",
    "priority",
    "raw_prompting",
    "safety_mode",
    "stop_sequences",
    "strict_tools",
];

/// What changes the answer so much that leaving it out would be wrong: another target may have it.
const NEEDED: [&str; 2] = ["audio", "web_search_options"];

/// The most tokens that the API samples from.
const MOST_K: u64 = 500;

/// Sets the parameters, and names those that the API does not have.
///
/// # Errors
/// If the request cannot do without a parameter that the API does not have.
pub(super) fn set(mut request: ChatRequest, draft: &mut Draft) -> Result<(), RequestError> {
    for name in NEEDED {
        if request.extra.get(name).is_some_and(|value| !value.is_null()) {
            return Err(RequestError::Member(name));
        }
    }
    let members = &mut draft.members;
    if let Some(limit) = request.token_limit() {
        members.insert("max_tokens", limit);
    }
    if let Some(temperature) = request.temperature {
        members.set("temperature", &temperature);
    }
    let sequences = request.stop.as_ref().map(Stop::sequences).unwrap_or_default();
    if !sequences.is_empty() {
        members.set("stop_sequences", sequences);
    }
    match request.extra.remove("seed") {
        Some(seed) if seed.as_count().is_some() => members.insert("seed", seed),
        Some(seed) if !seed.is_null() => draft.leave_out("seed"),
        _ => {}
    }
    // These ranges are narrower than OpenAI's: a value beyond becomes the nearest within.
    for name in ["frequency_penalty", "presence_penalty"] {
        if let Some(penalty) = request.extra.take::<f64>(name) {
            draft.members.set(name, &penalty.clamp(0.0, 1.0));
        }
    }
    if let Some(p) = request.top_p {
        draft.members.set("p", &p.clamp(0.01, 0.99));
    }
    if let Some(k) = request.extra.remove("top_k").and_then(|k| k.as_count()) {
        draft.members.insert("k", k.min(MOST_K));
    }
    if request.parallel_tool_calls == Some(false) && draft.members.contains_key("tools") {
        draft.leave_out("parallel_tool_calls");
    }
    if request.user.is_some() {
        draft.leave_out("user");
    }
    draft.pass(request.extra, &OWN);
    Ok(())
}

/// Sets the form of the answer: a JSON object, perhaps with a schema.
///
/// Source: <https://docs.cohere.com/docs/structured-outputs>.
///
/// # Errors
/// If the API does not have the form, or a schema is missing.
pub(super) fn response_format(format: ResponseFormat, draft: &mut Draft) -> Result<(), RequestError> {
    let mut own = Extra::new();
    own.insert("type", "json_object");
    match format.kind.as_str() {
        "text" => return Ok(()),
        "json_object" => {
            // In Cohere's own form, the schema itself is in `json_schema`.
            if let Some(mut given) = format.json_schema {
                if let Some(description) = given.description {
                    given.extra.insert("description", description);
                }
                own.insert("json_schema", given.schema.unwrap_or_else(|| given.extra.into()));
            }
        }
        "json_schema" => {
            let schema = format.json_schema.and_then(JsonSchemaFormat::into_schema);
            own.insert("json_schema", schema.ok_or(RequestError::NoSchema)?);
        }
        other => return Err(RequestError::Format(other.to_owned())),
    }
    draft.members.insert("response_format", own);
    Ok(())
}

/// Refuses what the API refuses: a form together with tools or documents.
///
/// # Errors
/// If the request has both.
pub(super) fn check_format(members: &Extra) -> Result<(), RequestError> {
    for name in ["tools", "documents"] {
        if members.contains_key(name) {
            return Err(RequestError::FormatWith(name));
        }
    }
    Ok(())
}
