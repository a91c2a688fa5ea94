//! Checking a chat request as Mistral does.

use serde_json::Value;

use crate::vendor::door::{closed, items};
use crate::vendor::fault::{Fault, demand};

/// The members of `ChatCompletionRequest` in the SDK `mistralai` 3.7.
const BODY: &[&str] = &[
    "frequency_penalty",
    "guardrails",
    "logprobs",
    "max_tokens",
    "messages",
    "metadata",
    "min_tokens",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_logprobs",
    "prompt_mode",
    "random_seed",
    "reasoning_effort",
    "repetition_penalty",
    "response_format",
    "safe_prompt",
    "service_tier",
    "stop",
    "stream",
    "temperature",
    "tool_choice",
    "tools",
    "top_k",
    "top_logprobs",
    "top_p",
    "top_prompt_logprobs",
];

/// Refuses what Mistral would refuse.
pub(super) fn check(body: &Value) -> Result<(), Fault> {
    closed(body, BODY, "the request")?;
    let heat = body["temperature"].as_f64().unwrap_or_default();
    demand(
        (0.0..=1.5).contains(&heat),
        "temperature: Input should be less than or equal to 1.5",
    )?;
    for tool in items(&body["tools"], "tools")? {
        demand(tool["type"] == "function", "tools: Input should be 'function'")?;
        let function = &tool["function"];
        demand(
            function["parameters"].is_object(),
            "tools.function.parameters: Field required",
        )?;
    }
    let choice = &body["tool_choice"];
    let word = choice
        .as_str()
        .is_none_or(|word| ["auto", "none", "any", "required"].contains(&word));
    demand(word, "tool_choice: Input should be 'auto', 'none', 'any' or 'required'")?;
    messages(items(&body["messages"], "messages")?)
}

fn messages(messages: &[Value]) -> Result<(), Fault> {
    let (mut before, mut open) = ("", Vec::<&str>::new());
    for message in messages {
        let (role, known): (&str, &[&str]) = match message["role"].as_str() {
            Some("system") => ("system", &["content", "role"]),
            Some("user") => ("user", &["content", "role"]),
            Some("assistant") => ("assistant", &["content", "prefix", "role", "tool_calls"]),
            Some("tool") => ("tool", &["content", "name", "role", "tool_call_id"]),
            _ => {
                return Err(Fault::invalid(
                    "messages: Input tag found using 'role' does not match any of the expected tags",
                ));
            }
        };
        closed(message, known, "a message")?;
        let order = !(before == "tool" && role == "user");
        demand(order, "Unexpected role 'user' after role 'tool'")?;
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let place = open.iter().position(|known| *known == id);
            open.remove(place.ok_or_else(|| Fault::invalid("Unexpected tool call id in tool results"))?);
        } else {
            demand(open.is_empty(), "Not the same number of function calls and responses")?;
        }
        parts(&message["content"])?;
        for call in items(&message["tool_calls"], "tool_calls")? {
            let id = call["id"].as_str().unwrap_or_default();
            let fits = id.len() == 9 && id.chars().all(|c| c.is_ascii_alphanumeric());
            demand(
                fits,
                "Tool call id has to be defined: a-z, A-Z, 0-9, with a length of 9",
            )?;
            open.push(id);
        }
        before = role;
    }
    let prefixed = messages.last().is_some_and(|last| last["prefix"] == true);
    demand(open.is_empty(), "Not the same number of function calls and responses")?;
    let last = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant";
    demand(before == "user" || before == "tool" || prefixed, last)
}

fn parts(content: &Value) -> Result<(), Fault> {
    for part in content.as_array().into_iter().flatten() {
        let kind = part["type"].as_str().unwrap_or_default();
        let known = [
            "text",
            "image_url",
            "document_url",
            "reference",
            "file",
            "thinking",
            "input_audio",
        ];
        demand(
            known.contains(&kind),
            format!("content: no part is of the type {kind:?}"),
        )?;
    }
    Ok(())
}
