//! Tools: what the client offers, and what the model may choose.

use super::parameters::Member;
use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::{entries, given};
use crate::json::{List, Members, Object};

/// `tools`, `tool_choice` and `parallel_tool_calls` in OpenAI's words.
///
/// # Errors
/// If a tool or the choice is not of its shape.
pub(super) fn translate(members: &Members<'_>) -> Result<Vec<Member>, RequestFault> {
    let mut set = Vec::new();
    if let Some(tools) = given(members, "tools") {
        let tools = entries(tools).ok_or_else(|| RequestFault::new("tools", "must be a list of tools"))?;
        let mut list = List::default();
        for (index, raw) in tools.into_iter().enumerate() {
            let fault = |fault: RequestFault| fault.within(&format!("tools[{index}]"));
            let tool = Block::read(raw, "type").map_err(fault)?;
            list.push(translate_tool(&tool).map_err(fault)?);
        }
        if !list.is_empty() {
            set.push(("tools", list.into_text()));
        }
    }
    if let Some(choice) = members.get("tool_choice").filter(|it| it.get() != "null") {
        let choice = Block::read(choice, "type").map_err(|fault| fault.within("tool_choice"))?;
        set.push(("tool_choice", translate_choice(&choice)?));
        if is_one_at_a_time(&choice)? {
            set.push(("parallel_tool_calls", b"false".to_vec()));
        }
    }
    Ok(set)
}

/// A tool of the client's own becomes a function. One of the vendor's, or of an unknown kind, is copied as it came.
fn translate_tool(tool: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    if !matches!(tool.kind.as_str(), "" | "custom") {
        return Ok(tool.text.as_bytes().to_vec());
    }
    let name = tool.name("name")?;
    let schema = tool.get("input_schema").unwrap_or_default();
    if !schema.starts_with('{') {
        let message = "must be an object, the JSON Schema of the tool's input";
        return Err(RequestFault::new("input_schema", message));
    }
    Ok(Object::text(|translated| {
        translated.raw("type", "\"function\"");
        translated.object("function", |function| {
            function.raw("name", name);
            for key in ["description", "strict"] {
                if let Some(value) = tool.get(key) {
                    function.raw(key, value);
                }
            }
            function.raw("parameters", schema);
        });
        let said = ["type", "name", "description", "strict", "input_schema"];
        translated.members(tool.others(&said));
    }))
}

fn translate_choice(choice: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    Ok(match choice.kind.as_str() {
        "auto" => b"\"auto\"".to_vec(),
        "any" => b"\"required\"".to_vec(),
        "none" => b"\"none\"".to_vec(),
        "tool" => {
            let name = choice.name("name").map_err(|fault| fault.within("tool_choice"))?;
            format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#).into_bytes()
        }
        "" => {
            let message = "is missing; give auto, any, tool or none";
            return Err(RequestFault::new("tool_choice.type", message));
        }
        _ => choice.text.as_bytes().to_vec(),
    })
}

fn is_one_at_a_time(choice: &Block<'_>) -> Result<bool, RequestFault> {
    choice
        .flag("disable_parallel_tool_use")
        .map_err(|fault| fault.within("tool_choice"))
}
