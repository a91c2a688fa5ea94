//! Translates OpenAI's reasoning effort to Anthropic's thinking.

use serde_json::{Map, Value, json};

use super::messages::Turn;
use super::tools::is_forced;

/// The smallest budget the API accepts, in tokens.
const LEAST_BUDGET: u64 = 1024;

/// Enables thinking for the effort, in a request that already has its `max_tokens`, `tool_choice` and sampling.
///
/// Does nothing if the effort is `none` or unknown, or if the client sets `thinking` itself. Thinking also stays off
/// where the API would refuse it: if a tool call is forced, or (with a budget) if the conversation ends in results of
/// tool calls whose thinking the client did not send back. An effort is only a hint, so answering without thinking
/// beats failing.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>, sections "Feature compatibility"
/// and "Preserving thinking blocks"; <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>.
pub(super) fn apply(body: &mut Map<String, Value>, effort: &str, adaptive: bool, turns: &[Turn]) {
    let Some(budget) = budget(effort) else { return };
    if body.contains_key("thinking") {
        return;
    }
    if adaptive {
        set_effort(body, effort);
    }
    if is_forced(body.get("tool_choice")) || (!adaptive && is_amid_unexplained_calls(turns)) {
        return;
    }
    let thinking = if adaptive {
        json!({"type": "adaptive"})
    } else {
        make_room(body, budget);
        json!({"type": "enabled", "budget_tokens": budget})
    };
    body.insert("thinking".to_owned(), thinking);
    // The API refuses these in combination with thinking.
    for sampling in ["temperature", "top_p", "top_k"] {
        body.shift_remove(sampling);
    }
}

/// Raises the default limit if the client requests a thinking budget in Anthropic's form without setting a limit: our
/// default must not make the request fail.
pub(super) fn raise_default_limit(body: &mut Map<String, Value>) {
    let budget = body.get("thinking").and_then(|thinking| thinking.get("budget_tokens"));
    if let Some(budget) = budget.and_then(Value::as_u64) {
        make_room(body, budget);
    }
}

/// The thinking budget for an effort, in tokens. The minimum is the vendor's. Each step is four times the one below,
/// up to 32,768, beyond which the vendor advises against waiting for a reply. The steps are our own choice, because
/// OpenAI publishes no numbers.
fn budget(effort: &str) -> Option<u64> {
    match effort {
        "minimal" | "low" => Some(LEAST_BUDGET),
        "medium" => Some(4 * LEAST_BUDGET),
        "high" => Some(16 * LEAST_BUDGET),
        "xhigh" | "max" => Some(32 * LEAST_BUDGET),
        _ => None,
    }
}

fn set_effort(body: &mut Map<String, Value>, effort: &str) {
    let effort = if effort == "minimal" { "low" } else { effort };
    let config = body.entry("output_config").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(config) = config {
        config
            .entry("effort")
            .or_insert_with(|| Value::String(effort.to_owned()));
    }
}

/// Raises `max_tokens` if the budget does not fit. The budget is part of `max_tokens` and must be smaller, so a limit
/// too small for it is taken as meant for the answer alone.
fn make_room(body: &mut Map<String, Value>, budget: u64) {
    let limit = body.get("max_tokens").and_then(Value::as_u64).unwrap_or_default();
    if limit <= budget {
        body.insert("max_tokens".to_owned(), Value::from(limit.saturating_add(budget)));
    }
}

/// Whether the last turn has tool results for calls that do not start with their thinking.
fn is_amid_unexplained_calls(turns: &[Turn]) -> bool {
    match turns {
        [.., calls, results] => results.has("tool_result") && calls.has("tool_use") && !calls.begins_with_thinking(),
        _ => false,
    }
}
