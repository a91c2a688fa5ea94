//! Translates the conversation.

use jackfield_plugin_sdk::Draft;
use jackfield_plugin_sdk::canonical::{Json, Message, Role, ToolCall};

use super::RequestError;
use super::content;
use super::thinking;
use super::turn::{Block, Content, Turn};

/// Where messages are.
const PLACE: &str = "messages[]";

/// The equivalent messages. `thinks` tells whether the model takes earlier thinking.
///
/// # Errors
/// If a message cannot be sent, or there is none.
pub(super) fn translate(messages: Vec<Message>, thinks: bool, draft: &mut Draft) -> Result<Vec<Turn>, RequestError> {
    let mut turns = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let turn = turn(message, thinks, draft).map_err(|source| RequestError::Message {
            index,
            source: Box::new(source),
        })?;
        let Some(mut turn) = turn else { continue };
        if turns.last_mut().is_some_and(|before| turn.continues(before)) {
            turns.pop();
        }
        turns.push(turn);
    }
    if turns.is_empty() {
        return Err(RequestError::NoMessages);
    }
    Ok(turns)
}

/// The message; none if it says nothing.
fn turn(message: Message, thinks: bool, draft: &mut Draft) -> Result<Option<Turn>, RequestError> {
    if message.name.is_some() {
        draft.leave_out(format!("{PLACE}.name"));
    }
    match &message.role {
        Role::System | Role::Developer => {
            let content = content::text(message.content, draft)?;
            Ok(Some(content)
                .filter(|text| !text.is_empty())
                .map(|content| Turn::System { content }))
        }
        Role::User => Ok(content::of_user(message.content, draft)?.map(|content| Turn::User { content })),
        Role::Assistant => assistant(message, thinks, draft),
        Role::Tool => Ok(Some(Turn::Tool {
            tool_call_id: message.tool_call_id.ok_or(RequestError::NoToolCallId)?,
            content: content::text(message.content, draft)?,
        })),
        Role::Other(role) => Err(RequestError::Role(role.clone())),
    }
}

/// What the model said: thinking, then text. In front of calls, the text is their plan.
fn assistant(message: Message, thinks: bool, draft: &mut Draft) -> Result<Option<Turn>, RequestError> {
    let thinking = thinking::restore(message.thinking_blocks, message.reasoning_content, thinks, draft);
    let mut text = content::text(message.content, draft)?;
    let refusal = message.refusal.unwrap_or_default();
    if text.is_empty() {
        text = refusal.into();
    } else if !refusal.is_empty() {
        draft.leave_out(format!("{PLACE}.refusal"));
    }
    let mut calls = Vec::with_capacity(message.tool_calls.len());
    for made in message.tool_calls {
        calls.push(call(made)?);
    }
    let mut blocks: Vec<Block> = thinking
        .map(|thinking| Block::Thinking { thinking })
        .into_iter()
        .collect();
    let text = Some(text).filter(|text| !text.is_empty());
    let (said, tool_plan) = if calls.is_empty() { (text, None) } else { (None, text) };
    let content = match said {
        Some(text) if blocks.is_empty() => Some(Content::Text(text)),
        said => {
            blocks.extend(said.map(|text| Block::Text { text }));
            Some(Content::Blocks(blocks)).filter(|content| !content.is_empty())
        }
    };
    if content.is_none() && calls.is_empty() {
        return Ok(None);
    }
    Ok(Some(Turn::Assistant {
        content,
        tool_plan,
        tool_calls: calls,
    }))
}

/// The call with its arguments as the text of a JSON object, which the API requires.
fn call(call: ToolCall) -> Result<ToolCall, RequestError> {
    if call.kind != "function" {
        return Err(RequestError::Tool(call.kind.into_owned()));
    }
    let (name, arguments) = (call.function.name, call.function.arguments);
    let arguments = match arguments.trim() {
        "" | "null" => "{}".to_owned(),
        given => match Json::parse(given) {
            Ok(json) if json.is_object() => arguments,
            _ => return Err(RequestError::Arguments(name)),
        },
    };
    Ok(ToolCall::function(call.id, name, arguments))
}
