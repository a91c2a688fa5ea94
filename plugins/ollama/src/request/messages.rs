//! The conversation, message by message.
//!
//! Source: `Message` in `api/types.go`. A result carries the tool's name besides the call's id, and arguments are an
//! object.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Content, Extra, Json, Message, Role, Text, ToolCall, ToolNames};
use serde::Serialize;

use super::content;
use jackfield_plugin_sdk::Dropped;

/// A message in Ollama's form.
#[derive(Debug, Serialize)]
pub(super) struct Turn {
    role: String,
    content: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Asked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<String>,
}

/// A tool call of an earlier turn.
#[derive(Debug, Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    function: Function,
}

#[derive(Debug, Serialize)]
struct Function {
    name: String,
    arguments: Json,
}

/// Translates the messages.
///
/// # Errors
/// If a part of one cannot be sent to Ollama.
pub(super) fn translate(messages: Vec<Message>, dropped: &mut Dropped) -> Result<Vec<Turn>, Failure> {
    let results = tool_names(&messages);
    let mut turns = Vec::with_capacity(messages.len());
    for (message, tool_name) in messages.into_iter().zip(results) {
        turns.push(turn(message, tool_name, dropped)?);
    }
    Ok(turns)
}

/// The name of the tool whose result each message is.
fn tool_names(messages: &[Message]) -> Vec<Option<String>> {
    let mut known = ToolNames::default();
    let mut names = Vec::with_capacity(messages.len());
    for message in messages {
        known.see(message);
        let is_result = message.role == Role::Tool;
        let name = is_result.then(|| known.of_result(message)).flatten();
        names.push(name.map(str::to_owned));
    }
    names
}

fn turn(message: Message, tool_name: Option<String>, dropped: &mut Dropped) -> Result<Turn, Failure> {
    let role = match &message.role {
        Role::Developer => "system",
        other => other.as_str(),
    };
    let role = role.to_owned();
    if role != "tool" && message.name.is_some() {
        dropped.add("messages[].name");
    }
    if message.content.is_some() && message.refusal.is_some() {
        dropped.add("messages[].refusal");
    }
    let refusal = message.refusal.map(|refusal| Content::Text(refusal.into()));
    let said = content::translate(message.content.or(refusal), dropped)?;
    Ok(Turn {
        role,
        content: said.text,
        thinking: message.reasoning_content.filter(|thinking| !thinking.is_empty()),
        images: said.images,
        tool_calls: message.tool_calls.into_iter().map(Asked::from).collect(),
        tool_name,
        tool_call_id: message.tool_call_id,
    })
}

/// The arguments as an object. What a model wrote by mistake is kept under a name of its own, so that it can see it.
fn arguments(text: &str) -> Json {
    match Json::parse(text) {
        Ok(arguments) if arguments.is_object() => arguments,
        _ if text.trim().is_empty() => Extra::new().into(),
        _ => {
            let mut wrapped = Extra::new();
            wrapped.insert("arguments", text);
            wrapped.into()
        }
    }
}

// === impl Asked ===

impl From<ToolCall> for Asked {
    fn from(call: ToolCall) -> Self {
        let function = Function {
            name: call.function.name,
            arguments: arguments(&call.function.arguments),
        };
        Self { id: call.id, function }
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn arguments_are_an_object_whatever_the_model_wrote() {
        for (text, object) in [
            (r#"{"b": 1.0, "a": 2}"#, r#"{"b":1.0,"a":2}"#),
            ("", "{}"),
            (" ", "{}"),
            ("[1]", r#"{"arguments":"[1]"}"#),
            ("{\"a\":", r#"{"arguments":"{\"a\":"}"#),
        ] {
            assert_eq!(arguments(text).text(), object, "{text}");
        }
    }
}
