//! Translates OpenAI's reasoning effort to Anthropic's thinking.

use jackfield_plugin_sdk::Dropped;
use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::claude::{LEAST_BUDGET, LEVELS, Rules, Thinking, level_of_budget, nearest_effort};

use super::turn::Turn;

/// Enables thinking for the effort, in a request that already has its `max_tokens`; false if the effort is lost.
///
/// `prevented` says that the API would refuse thinking: a tool call is forced, or the reply is begun.
///
/// Does nothing if the effort is `none`, or if the client sets `thinking` itself. An unknown effort is dropped, and so is
/// any where the model does not think, or where the API would refuse it: if a tool call is forced, if the reply is begun,
/// or (with a budget) if the conversation ends in results of tool calls whose thinking the client did not send back. An
/// effort is only a hint, so answering without thinking beats failing.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>, sections "Feature compatibility"
/// and "Preserving thinking blocks"; <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>.
pub(super) fn apply(body: &mut Extra, effort: &str, rules: Rules, prevented: bool, turns: &[Turn]) -> bool {
    if effort == "none" || body.contains_key("thinking") {
        return true;
    }
    let Some(level) = LEVELS.iter().position(|(name, _)| *name == effort) else {
        return false;
    };
    let (_, budget) = LEVELS[level];
    let mut thinking = Extra::new();
    match rules.thinking {
        Thinking::Never => return false,
        Thinking::Budget if prevented || is_amid_unexplained_calls(turns) => return false,
        Thinking::Budget => {
            let budget = rules.max_output.map_or(budget, |most| budget.min(most / 2));
            make_room(body, budget, rules.max_output);
            thinking.insert("type", "enabled");
            thinking.insert("budget_tokens", budget);
        }
        Thinking::Adaptive(efforts) => {
            set_effort(body, level, efforts);
            if prevented {
                return true;
            }
            thinking.insert("type", "adaptive");
        }
    }
    body.insert("thinking", thinking);
    true
}

/// Brings the client's own thinking into the form that the model accepts: a budget becomes an effort, and an effort a
/// budget.
pub(super) fn convert(body: &mut Extra, rules: Rules, dropped: &mut Dropped) {
    let Some(mut thinking) = body.read::<Extra>("thinking") else {
        return;
    };
    let kind = thinking.text("type").unwrap_or_default();
    match (rules.thinking, kind.as_str()) {
        (Thinking::Adaptive(efforts), "enabled") => {
            let tokens = thinking.take("budget_tokens").unwrap_or(LEAST_BUDGET);
            set_effort(body, level_of_budget(tokens), efforts);
            thinking.insert("type", "adaptive");
            body.insert("thinking", thinking);
        }
        (Thinking::Never, "enabled" | "adaptive") => {
            body.remove("thinking");
            dropped.add("thinking");
        }
        _ => {}
    }
}

/// Raises the default limit if the client requests a thinking budget in Anthropic's form without setting a limit: our
/// default must not make the request fail.
pub(super) fn raise_default_limit(body: &mut Extra, rules: Rules) {
    let thinking = body.read::<Extra>("thinking");
    if let Some(budget) = thinking.and_then(|thinking| thinking.read("budget_tokens")) {
        make_room(body, budget, rules.max_output);
    }
}

/// Sets the effort of this level: the nearest one below that the model has.
fn set_effort(body: &mut Extra, level: usize, efforts: &[&'static str]) {
    let mut config: Extra = body.read("output_config").unwrap_or_default();
    config.insert_new("effort", nearest_effort(level, efforts));
    body.insert("output_config", config);
}

/// Raises `max_tokens` if the budget does not fit. The budget is part of `max_tokens` and must be smaller, so a limit
/// too small for it is taken as meant for the answer alone.
fn make_room(body: &mut Extra, budget: u64, most: Option<u64>) {
    let limit: u64 = body.read("max_tokens").unwrap_or_default();
    if limit <= budget {
        let raised = limit.saturating_add(budget);
        body.insert("max_tokens", most.map_or(raised, |most| raised.min(most)));
    }
}

/// Whether the last turn has tool results for calls that do not start with their thinking.
fn is_amid_unexplained_calls(turns: &[Turn]) -> bool {
    match turns {
        [.., calls, results] => results.has_result() && calls.has_call() && !calls.begins_with_thinking(),
        _ => false,
    }
}
