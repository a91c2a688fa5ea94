//! The deprecated functions: what is said of them in messages, and how replies call them.

use serde_json::{Value, json};

use crate::vendor::fault::{Fault, demand};

/// Whether the request offers functions in place of tools.
pub(super) fn are_offered(request: &Value) -> bool {
    request["functions"].is_array()
}

/// Checks the functions and the choice among them.
pub(super) fn check(request: &Value) -> Result<(), Fault> {
    let functions = request["functions"].as_array();
    demand(
        functions.is_some() || request["function_call"].is_null(),
        "'function_call' is only allowed when 'functions' are specified.",
    )?;
    let named = |function: &Value| function["name"].is_string();
    demand(
        functions.is_none_or(|functions| !functions.is_empty() && functions.iter().all(named)),
        "Invalid 'functions'",
    )
}

/// The reply, or a chunk of it, with a `function_call` in place of the first call of a tool.
pub(super) fn called(mut reply: Value) -> Value {
    for choice in reply["choices"].as_array_mut().into_iter().flatten() {
        for name in ["message", "delta"] {
            let message = choice.get_mut(name).and_then(Value::as_object_mut);
            let calls = message.and_then(|message| message.remove("tool_calls"));
            let first = calls.filter(|calls| calls[0]["index"].as_u64().unwrap_or_default() == 0);
            if let Some(calls) = first {
                choice[name]["function_call"] = calls[0]["function"].clone();
            }
        }
        if choice["finish_reason"] == "tool_calls" {
            choice["finish_reason"] = json!("function_call");
        }
    }
    reply
}
