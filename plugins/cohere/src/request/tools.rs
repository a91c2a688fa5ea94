//! Translates the tools the client offers, and the tool choice.
//!
//! Source: <https://docs.cohere.com/docs/tool-use-parameters>.

use jackfield_plugin_sdk::Draft;
use jackfield_plugin_sdk::canonical::{FunctionDefinition, Json, Tool, ToolChoice};
use serde_json::json;

use super::RequestError;

/// Sets `tools`, `tool_choice` and `strict_tools`; none of them without tools.
///
/// The API can force a call, but not of one tool among several. So a forced tool is offered alone.
///
/// # Errors
/// If a tool is no function, or the forced one is not offered.
pub(super) fn offer(mut tools: Vec<Tool>, choice: Option<ToolChoice>, draft: &mut Draft) -> Result<(), RequestError> {
    if tools.is_empty() {
        return Ok(());
    }
    if let Some(ToolChoice::Named { function, .. }) = &choice {
        tools.retain(|tool| tool.function.as_ref().is_some_and(|known| known.name == function.name));
        if tools.is_empty() {
            return Err(RequestError::UnknownTool(function.name.clone()));
        }
    }
    let strict = |tool: &Tool| tool.function.as_ref().and_then(|function| function.strict) == Some(true);
    // The API is strict about all tools or none.
    let (some, all) = (tools.iter().any(strict), tools.iter().all(strict));
    let mut offered = Vec::with_capacity(tools.len());
    for tool in tools {
        offered.push(function(tool)?);
    }
    draft.members.set("tools", &offered);
    if all {
        draft.members.insert("strict_tools", true);
    } else if some {
        draft.leave_out("tools[].function.strict");
    }
    match choice {
        Some(ToolChoice::Named { .. }) => draft.members.insert("tool_choice", "REQUIRED"),
        Some(ToolChoice::Mode(mode)) => match mode.as_str() {
            "required" | "any" => draft.members.insert("tool_choice", "REQUIRED"),
            "none" => draft.members.insert("tool_choice", "NONE"),
            _ => {}
        },
        Some(ToolChoice::Other(_)) => draft.leave_out("tool_choice"),
        None => {}
    }
    Ok(())
}

/// The function, with the parameters that the API requires.
fn function(tool: Tool) -> Result<Tool, RequestError> {
    let Some(function) = tool.function.filter(|_| tool.kind == "function") else {
        return Err(RequestError::Tool(tool.kind.into_owned()));
    };
    let none = || Json::of(&json!({"type": "object", "properties": {}}));
    Ok(Tool {
        function: Some(FunctionDefinition {
            name: function.name,
            description: function.description,
            parameters: Some(function.parameters.filter(Json::is_object).unwrap_or_else(none)),
            ..FunctionDefinition::default()
        }),
        ..Tool::default()
    })
}
