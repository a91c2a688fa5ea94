//! Makes a completion of a reply in one piece.

use jackfield_plugin_sdk::canonical::{ChatCompletion, Choice, Content, Message, Role, ToolCall};
use jackfield_plugin_sdk::{Failure, Reply};

use crate::error;
use crate::line::Line;

/// The completion.
///
/// # Errors
/// If the reply is an error despite its status, or not complete.
pub(crate) fn completion(reply: &Reply) -> Result<ChatCompletion, Failure> {
    let mut line: Line = reply.json()?;
    if let Some(error) = &line.error {
        return Err(error::of_line(error));
    }
    let spoken = line.message.take().filter(|_| line.done);
    let spoken = spoken.ok_or_else(|| Failure::malformed("the reply has no complete message"))?;
    let mut message = Message {
        role: Role::Assistant,
        content: spoken
            .content
            .filter(|text| !text.is_empty())
            .map(|text| Content::Text(text.into())),
        reasoning_content: spoken.thinking.filter(|text| !text.is_empty()),
        ..Message::default()
    };
    for (index, call) in (0..).zip(spoken.tool_calls.unwrap_or_default()) {
        let id = line.call_id(&call, index);
        let arguments = call.arguments();
        message
            .tool_calls
            .push(ToolCall::function(id, call.function.name, arguments));
    }
    let choice = Choice {
        finish_reason: Some(line.finish_reason(!message.tool_calls.is_empty())?),
        message,
        extra: line.logprobs(),
        ..Choice::default()
    };
    Ok(ChatCompletion {
        id: line.id(),
        usage: line.usage(),
        model: line.model.unwrap_or_default(),
        choices: vec![choice],
        ..ChatCompletion::default()
    })
}
