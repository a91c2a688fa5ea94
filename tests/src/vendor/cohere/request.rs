//! Checking a chat request as Cohere does.

use serde_json::Value;

use crate::vendor::door::{closed, items};
use crate::vendor::fault::{Fault, demand};

/// The members of Cohere's API reference, "Chat".
const BODY: &[&str] = &[
    "citation_options",
    "documents",
    "frequency_penalty",
    "k",
    "logprobs",
    "max_tokens",
    "messages",
    "model",
    "p",
    "presence_penalty",
    "priority",
    "raw_prompting",
    "response_format",
    "safety_mode",
    "seed",
    "stop_sequences",
    "stream",
    "strict_tools",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
];

/// Refuses what Cohere would refuse.
pub(super) fn check(body: &Value) -> Result<(), Fault> {
    closed(body, BODY, "the request")?;
    demand(body["model"].is_string(), "model is required")?;
    within(body, "p", 0.01, 0.99)?;
    within(body, "k", 0.0, 500.0)?;
    within(body, "frequency_penalty", 0.0, 1.0)?;
    within(body, "presence_penalty", 0.0, 1.0)?;
    for tool in items(&body["tools"], "tools")? {
        closed(tool, &["function", "type"], "a tool")?;
        closed(&tool["function"], &["description", "name", "parameters"], "a function")?;
    }
    let choice = &body["tool_choice"];
    let known = choice.is_null() || choice == "REQUIRED" || choice == "NONE";
    demand(known, "tool_choice must be one of REQUIRED, NONE")?;
    let formatted = body["response_format"]["type"] == "json_object";
    let alone = body["tools"].is_null() && body["documents"].is_null();
    demand(
        !formatted || alone,
        "cannot specify both response_format and tools or documents",
    )?;
    messages(items(&body["messages"], "messages")?)
}

fn within(body: &Value, name: &str, low: f64, high: f64) -> Result<(), Fault> {
    let value = &body[name];
    let fits = value.is_null() || value.as_f64().is_some_and(|v| (low..=high).contains(&v));
    demand(
        fits,
        format!("invalid request: {name} must be between {low} and {high}"),
    )
}

fn messages(messages: &[Value]) -> Result<(), Fault> {
    demand(!messages.is_empty(), "messages must not be empty")?;
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        let known: &[&str] = match message["role"].as_str() {
            Some("system" | "user") => &["content", "role"],
            Some("assistant") => &["citations", "content", "role", "tool_calls", "tool_plan"],
            Some("tool") => &["content", "role", "tool_call_id"],
            _ => return Err(Fault::invalid("invalid role in messages")),
        };
        closed(message, known, "a message")?;
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let place = open.iter().position(|known| *known == id);
            open.remove(place.ok_or_else(|| Fault::invalid("tool_call_id does not match a tool call"))?);
            continue;
        }
        demand(open.is_empty(), "each tool call must be followed by its result")?;
        for part in message["content"].as_array().into_iter().flatten() {
            let kind = part["type"].as_str().unwrap_or_default();
            let known = ["text", "thinking", "image_url", "document"].contains(&kind);
            demand(known, format!("unknown type of content {kind:?}"))?;
            demand(
                kind != "image_url" || message["role"] == "user",
                "images are the user's",
            )?;
        }
        let calls = items(&message["tool_calls"], "tool_calls")?;
        let says = !message["content"].is_null();
        demand(says || !calls.is_empty(), "a message must have content or tool calls")?;
        open = calls.iter().filter_map(|call| call["id"].as_str()).collect();
    }
    Ok(())
}
