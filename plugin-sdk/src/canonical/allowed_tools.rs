//! OpenAI's choice among some of the tools, for upstreams that have no word for it.
//!
//! Source: `tool_choice` in <https://platform.openai.com/docs/api-reference/chat/create>.

use serde::Deserialize;

use super::{ChatRequest, Extra, FunctionName, Json, ToolChoice};

#[derive(Deserialize)]
struct Allowed {
    #[serde(default)]
    mode: String,
    #[serde(default)]
    tools: Vec<AllowedTool>,
}

#[derive(Deserialize)]
struct AllowedTool {
    #[serde(default)]
    function: Option<FunctionName>,
    #[serde(default)]
    name: Option<String>,
}

// === impl ChatRequest ===

impl ChatRequest {
    /// Turns a `tool_choice` of type `allowed_tools` into what every upstream has: only the allowed tools remain, and the
    /// choice is its mode (`auto` or `required`). Any other choice stays as it is.
    ///
    /// ```
    /// use jackfield_plugin_sdk::canonical::{ChatRequest, ToolChoice};
    ///
    /// let mut request: ChatRequest = serde_json::from_str(r#"{
    ///     "model": "m", "messages": [],
    ///     "tools": [{"type": "function", "function": {"name": "a"}}, {"type": "function", "function": {"name": "b"}}],
    ///     "tool_choice": {"type": "allowed_tools", "allowed_tools": {
    ///         "mode": "required", "tools": [{"type": "function", "function": {"name": "b"}}]}}
    /// }"#).unwrap();
    /// request.keep_allowed_tools();
    /// assert_eq!(request.tools.len(), 1);
    /// assert_eq!(request.tool_choice, Some(ToolChoice::Mode("required".into())));
    /// ```
    pub fn keep_allowed_tools(&mut self) {
        let Some(ToolChoice::Other(choice)) = &self.tool_choice else {
            return;
        };
        let Some(Allowed { mode, tools }) = choice.read::<Extra>().and_then(allowed) else {
            return;
        };
        let name = |tool: AllowedTool| tool.function.map(|function| function.name).or(tool.name);
        let names: Vec<String> = tools.into_iter().filter_map(name).collect();
        self.tools.retain(|tool| {
            let name = tool.function.as_ref().map(|function| &function.name);
            name.is_some_and(|name| names.contains(name))
        });
        self.tool_choice = Some(ToolChoice::Mode(mode));
    }
}

/// What the choice allows; OpenAI's Responses API has the members beside the type, and the name beside the tool's type.
fn allowed(mut choice: Extra) -> Option<Allowed> {
    if choice.text("type").as_deref() != Some("allowed_tools") {
        return None;
    }
    choice.take("allowed_tools").or_else(|| Json::from(choice).read())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::canonical::ChatRequest;

    fn reduced(choice: &Value) -> (usize, Value) {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        let request = json!({"messages": [], "tools": [tool("a"), tool("b"), {"type": "x"}], "tool_choice": choice});
        let mut request: ChatRequest = serde_json::from_value(request).unwrap();
        request.keep_allowed_tools();
        (request.tools.len(), serde_json::to_value(&request.tool_choice).unwrap())
    }

    #[test]
    fn the_allowed_tools_remain_and_the_mode_is_the_choice() {
        let tools = json!([{"type": "function", "function": {"name": "a"}}, {"type": "function"}]);
        for choice in [
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": tools}}),
            json!({"type": "allowed_tools", "mode": "auto", "tools": tools}),
            json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "a"}]}),
        ] {
            assert_eq!(reduced(&choice), (1, json!("auto")), "{choice}");
        }
    }

    #[test]
    fn any_other_choice_stays() {
        for choice in [
            json!("required"),
            json!({"type": "function", "function": {"name": "a"}}),
            json!({"type": "of_tomorrow"}),
            json!({"type": "allowed_tools", "allowed_tools": 1, "tools": 2}),
        ] {
            assert_eq!(reduced(&choice), (3, choice.clone()));
        }
    }
}
