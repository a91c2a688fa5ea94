//! The tools that a model may call. Ollama's models decide by themselves whether they do.
//!
//! Source: <https://docs.ollama.com/capabilities/tool-calling>; `ChatRequest` has no choice of tools.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, FunctionDefinition, Json, Tool, ToolChoice};
use serde::Serialize;

use jackfield_plugin_sdk::Dropped;

/// A tool in Ollama's form.
#[derive(Debug, Serialize)]
pub(super) struct Offer<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    parameters: Json,
}

/// The tools to offer. Without those that the client forbids.
///
/// # Errors
/// If a tool must be called, which cannot be said, or is not a function.
pub(super) fn offered<'a>(
    tools: &'a [Tool],
    choice: Option<&ToolChoice>,
    dropped: &mut Dropped,
) -> Result<Vec<Offer<'a>>, Failure> {
    let forced = || Failure::unsupported("tool_choice: this provider cannot force a tool call");
    let allowed: Option<Vec<String>> = match choice {
        None => None,
        Some(ToolChoice::Mode(mode)) => match mode.as_str() {
            "auto" => None,
            "none" => Some(Vec::new()),
            _ => return Err(forced()),
        },
        Some(ToolChoice::Named { .. }) => return Err(forced()),
        Some(ToolChoice::Other(choice)) => Some(allowed(choice).ok_or_else(forced)?),
    };
    let mut offers = Vec::with_capacity(tools.len());
    for tool in tools {
        let function = tool.function.as_ref().filter(|_| tool.kind == "function");
        let function = function.ok_or_else(|| {
            let message = format!("tools[].type: this provider does not have {:?}", tool.kind);
            Failure::unsupported(message)
        })?;
        if allowed.as_ref().is_none_or(|names| names.contains(&function.name)) {
            if function.strict == Some(true) {
                dropped.add("tools[].function.strict");
            }
            offers.push(Offer::of(function));
        }
    }
    Ok(offers)
}

/// The names in `{"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": […]}}`; none for another choice.
fn allowed(choice: &Json) -> Option<Vec<String>> {
    let allowed: Extra = choice.read::<Extra>()?.read("allowed_tools")?;
    if allowed.text("mode").is_some_and(|mode| mode != "auto") {
        return None;
    }
    let tools: Vec<Extra> = allowed.read("tools")?;
    tools
        .iter()
        .map(|tool| tool.read::<Extra>("function")?.text("name"))
        .collect()
}

// === impl Offer ===

impl<'a> Offer<'a> {
    fn of(function: &'a FunctionDefinition) -> Self {
        let without = || Json::of(&serde_json::json!({ "type": "object", "properties": {} }));
        Self {
            r#type: "function",
            function: Function {
                name: &function.name,
                description: function.description.as_deref(),
                parameters: function.parameters.clone().unwrap_or_else(without),
            },
        }
    }
}
