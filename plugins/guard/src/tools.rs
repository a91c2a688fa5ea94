//! Which tools a request offers, in every dialect.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/chat/create>,
//! <https://platform.openai.com/docs/api-reference/responses/create>, <https://platform.claude.com/docs/en/api/messages>.

use jackfield_plugin_sdk::canonical::{Extra, Json};

use crate::names;
use crate::settings::Tools;

/// Where requests list tools; `functions` is OpenAI's older form, and the servers' own lists bring tools too.
const LISTS: [&str; 3] = ["tools", "functions", "mcp_servers"];

/// What means nothing, and is an error for some vendors, once there are no tools.
const WITHOUT_TOOLS: [&str; 3] = ["tool_choice", "parallel_tool_calls", "function_call"];

/// The first tool that is not allowed.
pub fn first_denied(parameters: &Extra, rule: &Tools) -> Option<String> {
    let tools = LISTS.iter().flat_map(|list| offered(parameters, list));
    tools.map(|tool| name(&tool)).find(|name| !is_allowed(name, rule))
}

/// The members that change if the tools that are not allowed are removed; null removes one.
pub fn without_denied(parameters: &Extra, rule: &Tools) -> Vec<(&'static str, Json)> {
    let mut changes = Vec::new();
    let (mut removed, mut left) = (Vec::new(), 0);
    for list in LISTS {
        let (allowed, denied): (Vec<Json>, Vec<Json>) = offered(parameters, list)
            .into_iter()
            .partition(|tool| is_allowed(&name(tool), rule));
        left += allowed.len();
        if denied.is_empty() {
            continue;
        }
        removed.extend(denied.iter().map(name));
        let list_left = if allowed.is_empty() {
            Json::default()
        } else {
            Json::of(&allowed)
        };
        changes.push((list, list_left));
    }
    if removed.is_empty() {
        return changes;
    }
    let pointless = |member: &&&str| {
        let value = parameters.get(member).filter(|value| !value.is_null());
        value.is_some_and(|value| left == 0 || removed.iter().any(|name| names_tool(value, name)))
    };
    changes.extend(
        WITHOUT_TOOLS
            .iter()
            .filter(pointless)
            .map(|member| (*member, Json::default())),
    );
    changes
}

fn offered(parameters: &Extra, list: &str) -> Vec<Json> {
    parameters.read(list).unwrap_or_default()
}

/// The name of a tool: its function's, its own, or its type if the vendor runs it.
fn name(tool: &Json) -> String {
    let tool: Extra = tool.read().unwrap_or_default();
    let inner = |member: &str| tool.read::<Extra>(member)?.text("name");
    inner("function")
        .or_else(|| inner("custom"))
        .or_else(|| tool.text("name"))
        .or_else(|| tool.text("server_label"))
        .or_else(|| tool.text("type"))
        .unwrap_or_default()
}

fn is_allowed(name: &str, rule: &Tools) -> bool {
    let allowed = rule.allow.as_ref().is_none_or(|allow| names::any(allow, name));
    allowed && !names::any(&rule.deny, name)
}

/// Whether a choice names this tool: `{"type": "function", "function": {"name": …}}`, or `{"type": "tool", "name": …}`.
fn names_tool(choice: &Json, tool: &str) -> bool {
    choice.is_object() && name(choice) == tool
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parameters(parameters: Value) -> Extra {
        serde_json::from_value(parameters).unwrap()
    }

    fn deny(names: &[&str]) -> Tools {
        Tools {
            deny: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Tools::default()
        }
    }

    #[test]
    fn a_tool_is_known_by_its_name_in_every_dialect() {
        for (tool, expected) in [
            (json!({"type": "function", "function": {"name": "shell"}}), "shell"),
            (json!({"type": "custom", "custom": {"name": "shell"}}), "shell"),
            (json!({"type": "function", "name": "shell", "parameters": {}}), "shell"),
            (json!({"name": "shell", "input_schema": {}}), "shell"),
            (json!({"type": "bash_20250124", "name": "bash"}), "bash"),
            (json!({"type": "mcp", "server_label": "files"}), "files"),
            (json!({"type": "web_search"}), "web_search"),
            (json!("shell"), ""),
        ] {
            assert_eq!(name(&Json::of(&tool)), expected, "{tool}");
        }
    }

    #[test]
    fn the_lists_of_allowed_and_denied_tools_hold_together() {
        let rule: Tools = serde_json::from_value(json!({"allow": ["get_*"], "deny": ["get_secrets"]})).unwrap();
        let offering = |name: &str| parameters(json!({"tools": [{"name": name}]}));
        assert_eq!(first_denied(&offering("get_time"), &rule), None);
        assert_eq!(
            first_denied(&offering("get_secrets"), &rule).as_deref(),
            Some("get_secrets")
        );
        assert_eq!(first_denied(&offering("shell"), &rule).as_deref(), Some("shell"));
        assert_eq!(first_denied(&parameters(json!({"tools": null})), &rule), None);
    }

    #[test]
    fn what_is_left_without_a_tool_makes_sense() {
        let function = |name: &str| json!({"type": "function", "function": {"name": name}});
        let both = parameters(json!({
            "tools": [function("a"), function("b")], "tool_choice": function("b"), "parallel_tool_calls": false,
        }));
        let changed = |parameters: &Extra, denied: &[&str]| -> Value {
            let changes = without_denied(parameters, &deny(denied));
            changes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect()
        };
        assert_eq!(
            changed(&both, &["b"]),
            json!({"tools": [function("a")], "tool_choice": null})
        );
        assert_eq!(changed(&both, &["a"]), json!({"tools": [function("b")]}));
        assert_eq!(
            changed(&both, &["*"]),
            json!({"tools": null, "tool_choice": null, "parallel_tool_calls": null})
        );
        assert_eq!(changed(&both, &["c"]), json!({}));
    }
}
