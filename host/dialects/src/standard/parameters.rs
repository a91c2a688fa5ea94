//! The members of a translated request besides its messages and tools, as OpenAI's API has them.

use sha2::{Digest, Sha256};

use super::target::{Edits, Target};
use crate::accepts::Extension;
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::given;
use crate::json::raw::inside;
use crate::words::effort::{effort_of_budget, effort_of_word};

/// The members that OpenAI has.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/create>.
const STANDARD: [&str; 34] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
];

/// The longest `user`.
const LONGEST_USER: usize = 64;

/// The changes to the members of a request.
///
/// # Errors
/// If it names MCP servers that another target's vendor may call.
pub(super) fn edits<'m>(request: &'m Members<'_>, target: &mut Target) -> Result<Edits<'m>, RequestFault> {
    let mut edits = Edits::default();
    let effort = effort(request).filter(|_| !target.accepts(Extension::Thinking));
    for (name, value) in request.all() {
        if STANDARD.contains(&name) || target.accepts(extension(name)) {
            continue;
        }
        edits.remove(name);
        match name {
            "mcp_servers" if target.elsewhere && value.get() != "[]" => {
                return Err(RequestFault::new(name.to_owned(), "this provider calls no MCP servers"));
            }
            _ if value.get() == "null" => {}
            "thinking" if effort.is_some() => drop_members(name, value.get(), &["type", "budget_tokens"], target),
            "output_config" if effort.is_some() => drop_members(name, value.get(), &["effort"], target),
            "output_config" | "metadata" => drop_members(name, value.get(), &[], target),
            _ => target.dropped.add("", name),
        }
    }
    if given(request, "reasoning_effort").is_none() {
        edits.set_if("reasoning_effort", effort.map(|effort| format!("\"{effort}\"")));
    }
    if !target.accepts(Extension::LongUserIds) {
        edits.set_if("user", given(request, "user").and_then(shorter_user));
    }
    Ok(edits)
}

/// The extension that a member which OpenAI does not have belongs to.
fn extension(name: &str) -> Extension {
    match name {
        "thinking" | "output_config" => Extension::Thinking,
        "top_k" => Extension::TopK,
        "mcp_servers" => Extension::ServerTools,
        "cache_control" => Extension::CacheControl,
        _ => Extension::VendorMembers,
    }
}

/// Lists the members of an object that is left out, but those that the request says in other words.
fn drop_members(name: &str, value: &str, said: &[&str], target: &mut Target) {
    let members = Members::of(value).ok();
    let members = members.iter().flat_map(Members::all);
    for (inner, _) in members.filter(|(inner, value)| !said.contains(inner) && value.get() != "null") {
        target.dropped.add(name, inner);
    }
}

/// The effort, if the client wants the model to think: by its own word for it, else by the budget.
fn effort(request: &Members<'_>) -> Option<&'static str> {
    let thinking = Members::of(given(request, "thinking")?).ok()?;
    let config = given(request, "output_config").and_then(|config| Members::of(config).ok());
    let word = config.as_ref().and_then(|config| given(config, "effort")).map(inside);
    match (given(&thinking, "type").map(inside)?, word) {
        ("enabled" | "adaptive", Some(word)) => Some(effort_of_word(word)),
        ("enabled", None) => {
            let budget = given(&thinking, "budget_tokens").and_then(|budget| budget.parse().ok());
            Some(budget.map_or("medium", effort_of_budget))
        }
        ("adaptive", None) => Some(effort_of_word("")),
        _ => None,
    }
}

/// A long id's hash, which has the greatest length that OpenAI allows; `None` if it is short enough.
fn shorter_user(user: &str) -> Option<String> {
    let id: String = serde_json::from_str(user).ok()?;
    (id.chars().count() > LONGEST_USER).then(|| format!("\"{:x}\"", Sha256::digest(id)))
}
