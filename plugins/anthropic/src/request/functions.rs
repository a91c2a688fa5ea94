//! Brings OpenAI's deprecated functions into the form of tools.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>, `functions` and `function_call`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{
    ChatRequest, Extra, FunctionCall, FunctionDefinition, FunctionName, Json, Message, Role, Tool, ToolCall, ToolChoice,
};

use super::RequestError;

/// The members of a request by which it offers functions.
const FUNCTIONS: &str = "functions";
const FUNCTION_CALL: &str = "function_call";

/// Whether the client offers functions, and so expects `function_call` in the reply.
pub(crate) fn are_offered(members: &Extra) -> bool {
    members.contains_key(FUNCTIONS)
}

/// Replaces the functions of a request, and those of its messages, by tools.
///
/// # Errors
/// If the functions are no list of definitions.
pub(super) fn modernise(request: &mut ChatRequest) -> Result<(), RequestError> {
    let choice = request
        .extra
        .remove(FUNCTION_CALL)
        .and_then(|choice| self::choice(&choice));
    if let Some(functions) = request.extra.remove(FUNCTIONS).filter(|functions| !functions.is_null()) {
        let functions: Vec<FunctionDefinition> = functions.read().ok_or(RequestError::Functions)?;
        request.tools.extend(functions.into_iter().map(|function| Tool {
            function: Some(function),
            ..Tool::default()
        }));
        request.tool_choice = request.tool_choice.take().or(choice);
        // A reply has one `function_call`.
        request.parallel_tool_calls = Some(false);
    }
    let mut ids = BTreeMap::new();
    for (index, message) in request.messages.iter_mut().enumerate() {
        rewrite(message, index, &mut ids);
    }
    Ok(())
}

fn choice(choice: &Json) -> Option<ToolChoice> {
    if let Some(mode) = choice.as_str() {
        return Some(ToolChoice::Mode(mode));
    }
    let name = choice.read::<Extra>()?.text("name")?;
    Some(ToolChoice::Named {
        kind: "function".into(),
        function: FunctionName { name },
    })
}

/// Gives a call an id, and its result the same one: functions are told apart by their names alone.
fn rewrite(message: &mut Message, index: usize, ids: &mut BTreeMap<String, String>) {
    if let Some(call) = message.extra.take::<FunctionCall>(FUNCTION_CALL) {
        let id = format!("call_{index}");
        ids.insert(call.name.clone(), id.clone());
        message
            .tool_calls
            .push(ToolCall::function(id, call.name, call.arguments));
    }
    if message.role == Role::Other("function".to_owned()) {
        let name = message.name.take().unwrap_or_default();
        let id = ids.get(&name).cloned();
        message.role = Role::Tool;
        message.tool_call_id.get_or_insert(id.unwrap_or(name));
    }
}
