//! How much the model may think: OpenAI's effort becomes thinking.

use serde_json::{Map, Value, json};

use super::messages::Turn;
use super::tools::is_forced;

/// The least budget that the API takes.
const LEAST_BUDGET: u64 = 1024;

/// Turns thinking on as the effort asks, in a request that has its `max_tokens`, `tool_choice` and sampling.
///
/// Nothing happens for `none`, for a word we do not know, and where the client speaks of `thinking` itself.
/// Nor where the API would refuse thinking: when a tool call is forced, and (with a budget) when the
/// conversation stands amid tool calls whose thinking the client did not hand back. An effort is a wish, so
/// that answering without thinking beats failing.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>, sections "Feature
/// compatibility" and "Preserving thinking blocks"; <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>.
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
    // The API refuses to mix these with thinking.
    for sampling in ["temperature", "top_p", "top_k"] {
        body.shift_remove(sampling);
    }
}

/// Makes room for thinking that the client asks for in Anthropic's words without setting a limit: our default
/// must not be what the request fails of.
pub(super) fn raise_default_limit(body: &mut Map<String, Value>) {
    let budget = body.get("thinking").and_then(|thinking| thinking.get("budget_tokens"));
    if let Some(budget) = budget.and_then(Value::as_u64) {
        make_room(body, budget);
    }
}

/// The tokens of thinking for an effort. The least is the vendor's; each step is four times the one
/// below, up to the 32,768 beyond which the vendor advises against waiting for a reply. The steps are ours:
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

/// The budget is a part of `max_tokens` and must be smaller: a limit that it does not fit into is meant for
/// the answer alone.
fn make_room(body: &mut Map<String, Value>, budget: u64) {
    let limit = body.get("max_tokens").and_then(Value::as_u64).unwrap_or_default();
    if limit <= budget {
        body.insert("max_tokens".to_owned(), Value::from(limit.saturating_add(budget)));
    }
}

/// Whether the last turn brings tool results for calls that do not begin with their thinking.
fn is_amid_unexplained_calls(turns: &[Turn]) -> bool {
    match turns {
        [.., calls, results] => results.has("tool_result") && calls.has("tool_use") && !calls.begins_with_thinking(),
        _ => false,
    }
}
