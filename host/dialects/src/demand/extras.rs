//! Options for which an upstream charges extra: a better service, another model, tools that it runs itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::fault::RequestFault;
use crate::json::fields::entries;
use crate::json::raw::inside;
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// The names of all extras, as a configuration lists those that it passes on: members of requests, and
/// [`server_tools`](SERVER_TOOLS).
pub const EXTRAS: [&str; 15] = [
    "enable_search",
    "fallbacks",
    "inference_geo",
    "modalities",
    "models",
    "plugins",
    "provider",
    "quality",
    "search_parameters",
    SERVER_TOOLS,
    "service_tier",
    "speed",
    "store",
    "web_search",
    "web_search_options",
];

/// The name for tools that the vendor runs, and for MCP servers that it calls.
const SERVER_TOOLS: &str = "server_tools";

/// The beginnings of the types of tools that a vendor defines and the client runs. They cost their tokens only.
///
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview>.
const RUN_BY_CLIENTS: [&str; 4] = ["bash_", "computer_", "memory_", "text_editor_"];

/// A tool, as far as it shows who runs it.
#[derive(Deserialize)]
struct Tool {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<IgnoredAny>,
    function: Option<IgnoredAny>,
    /// Functions of Google's dialect, in which each member of a tool is one of its kinds.
    #[serde(alias = "function_declarations", rename = "functionDeclarations")]
    functions: Option<IgnoredAny>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

// === impl ParsedRequest ===

impl ParsedRequest<'_> {
    /// Looks for extras that are not passed on; `passes` is asked by their names.
    ///
    /// # Errors
    /// The fault that names the first one.
    pub fn without_extras(&self, passes: impl Fn(&str) -> bool) -> Result<(), RequestFault> {
        for (member, value) in self.members.all() {
            let value = value.get();
            let (name, field) = match member {
                _ if value == "null" => continue,
                "tools" => match server_tool(value) {
                    Some(index) => (SERVER_TOOLS, format!("tools[{index}]")),
                    None => continue,
                },
                "mcp_servers" if !is_empty(value) => (SERVER_TOOLS, member.to_owned()),
                _ if costs_extra(self.operation, member, value) => (member, member.to_owned()),
                _ => continue,
            };
            if !passes(name) {
                let message = "costs extra, which your plan does not include; leave it out";
                return Err(RequestFault::new(field, message));
            }
        }
        Ok(())
    }
}

/// True if a member with this value is an extra. The values that cost nothing extra are listed, because vendors invent
/// others.
fn costs_extra(operation: Operation, member: &str, value: &str) -> bool {
    let one_of = |words: &[&str]| words.contains(&inside(value));
    match member {
        "service_tier" => !one_of(&["auto", "default", "flex", "standard", "standard_only"]),
        "speed" => !one_of(&["normal", "standard"]),
        "inference_geo" => !one_of(&["global"]),
        "quality" => operation == Operation::Images && !one_of(&["auto", "low", "medium", "standard"]),
        "modalities" => entries(value).is_none_or(|kinds| kinds.iter().any(|kind| kind.get() != "\"text\"")),
        "provider" => !is_empty(value) && value.trim_matches(['{', '}']).trim() != "",
        SERVER_TOOLS => false,
        other => EXTRAS.contains(&other) && value != "false" && !is_empty(value),
    }
}

/// The place of the first tool that the vendor runs.
fn server_tool(tools: &str) -> Option<usize> {
    let tools = entries(tools).unwrap_or_default();
    // What is no tool at all is the upstream's to judge.
    tools.iter().position(|tool| {
        let tool = tool
            .get()
            .starts_with('{')
            .then(|| serde_json::from_str(tool.get()).ok());
        tool.flatten().is_some_and(|tool: Tool| !tool.is_clients())
    })
}

fn is_empty(list: &str) -> bool {
    entries(list).is_some_and(|entries| entries.is_empty())
}

// === impl Tool ===

impl Tool {
    fn is_clients(&self) -> bool {
        match self.kind.as_deref() {
            None if self.functions.is_some() => self.others.is_empty(),
            None => self.name.is_some() || self.function.is_some(),
            Some("function" | "custom" | "namespace" | "local_shell" | "apply_patch") => true,
            Some(kind) => RUN_BY_CLIENTS.iter().any(|begin| kind.starts_with(begin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EXTRAS, Operation};
    use crate::tests::request;

    /// The field at which a request is refused; none if nothing is passed on and nothing costs extra.
    fn refused(operation: Operation, text: &str) -> Option<String> {
        let fault = request(operation, text).without_extras(|_| false).err()?;
        assert!(fault.message.starts_with("costs extra"), "{fault}");
        Some(fault.field.into_owned())
    }

    #[test]
    fn what_costs_extra_is_refused_by_its_name() {
        for (text, field) in [
            (r#"{"models":["a/b"]}"#, "models"),
            (r#"{"service_tier":"priority"}"#, "service_tier"),
            (r#"{"service_tier":"\u0070riority"}"#, "service_tier"),
            (r#"{"service_tier":["priority"]}"#, "service_tier"),
            (r#"{"service_\u0074ier":"priority"}"#, "service_tier"),
            (r#"{"service_tier":"auto","service_tier":"priority"}"#, "service_tier"),
            (r#"{"speed":"fast"}"#, "speed"),
            (r#"{"plugins":[{"id":"web"}]}"#, "plugins"),
            (r#"{"web_search_options":{}}"#, "web_search_options"),
            (r#"{"store":true}"#, "store"),
            (r#"{"provider":{"order":["x"]}}"#, "provider"),
            (r#"{"modalities":["text","audio"]}"#, "modalities"),
            (r#"{"mcp_servers":[{"url":"u"}]}"#, "mcp_servers"),
            (r#"{"tools":[{"type":"function"},{"type":"web_search"}]}"#, "tools[1]"),
            (
                r#"{"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#,
                "tools[0]",
            ),
            (r#"{"tools":[{"google_search":{}}]}"#, "tools[0]"),
            (
                r#"{"tools":[{"functionDeclarations":[],"googleSearch":{}}]}"#,
                "tools[0]",
            ),
        ] {
            assert_eq!(refused(Operation::Chat, text).as_deref(), Some(field), "{text}");
        }
        let quality = r#"{"quality":"hd"}"#;
        assert_eq!(refused(Operation::Images, quality).as_deref(), Some("quality"));
        assert_eq!(refused(Operation::Chat, quality), None);
    }

    #[test]
    fn what_costs_nothing_extra_is_passed_on() {
        for text in [
            "{}",
            r#"{"service_tier":null,"models":[],"plugins":[ ],"store":false,"provider":{ }}"#,
            r#"{"service_tier":"auto"}"#,
            r#"{"service_tier":"standard_only","speed":"standard","modalities":["text"]}"#,
            r#"{"tools":[{"type":"function","function":{}},{"type":"custom","name":"x"},{"type":"local_shell"}]}"#,
            r#"{"tools":[{"name":"x","input_schema":{"type":"object"}},{"type":"bash_20250124","name":"bash"}]}"#,
            r#"{"tools":["odd",7],"mcp_servers":[],"n":4,"server_tools":true}"#,
            r#"{"tools":[{"functionDeclarations":[{"name":"f"}]},{"function_declarations":[]}]}"#,
        ] {
            assert_eq!(refused(Operation::Chat, text), None, "{text}");
        }
        assert_eq!(refused(Operation::Images, r#"{"quality":"standard"}"#), None);
    }

    #[test]
    fn an_extra_is_passed_on_where_it_is_listed() {
        let text = r#"{"tools":[{"type":"web_search"}],"service_tier":"priority","mcp_servers":[1]}"#;
        let request = request(Operation::Chat, text);
        let fault = request.without_extras(|name| name == "server_tools").unwrap_err();
        assert_eq!(fault.field, "service_tier");
        assert!(request.without_extras(|name| EXTRAS.contains(&name)).is_ok());
    }
}
