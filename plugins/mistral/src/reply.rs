//! Reads a buffered chat completion.
//!
//! Source: `ChatCompletionResponse` in the SDK `mistralai`.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Content, Extra, Json, Message, Role, ThinkingBlock, ToolCall,
};
use jackfield_plugin_sdk::{Failure, Reply};

use crate::error;
use crate::prefix::Prefix;
use crate::said::{Said, Thought, finish_reason};
use crate::stream::State;

/// The completion.
///
/// # Errors
/// If the reply is an error despite its status, or makes no sense.
pub(crate) fn completion(reply: &Reply) -> Result<ChatCompletion, Failure> {
    let state: State = reply.state()?;
    let mut body: Extra = reply.json()?;
    let Some(choices) = body.take::<Vec<Extra>>("choices") else {
        // Whatever has no choices is an error.
        return Err(error::reported(reply));
    };
    let choices: Result<Vec<Choice>, Failure> = choices
        .into_iter()
        .map(|choice| self::choice(choice, state.prefix.clone()))
        .collect();
    Ok(ChatCompletion {
        id: body.take_text("id"),
        created: body.take("created").unwrap_or_default(),
        model: body.take_text("model"),
        choices: choices?,
        usage: body.take("usage"),
        extra: without(body, &["object"]),
        ..ChatCompletion::default()
    })
}

fn choice(mut choice: Extra, prefix: Prefix) -> Result<Choice, Failure> {
    let message: Option<Extra> = choice.take("message");
    let message = message.ok_or_else(|| Failure::malformed("a choice has no message"))?;
    let reason = choice.take::<String>("finish_reason");
    let reason = reason.ok_or_else(|| Failure::malformed("a choice has no finish_reason"))?;
    Ok(Choice {
        index: choice.take("index").unwrap_or_default(),
        message: self::message(message, prefix)?,
        finish_reason: Some(finish_reason(&reason)?),
        extra: without(choice, &["messages"]),
    })
}

fn message(mut message: Extra, mut prefix: Prefix) -> Result<Message, Failure> {
    let said = Said::read(message.remove("content"))?;
    let calls: Vec<Extra> = message.take("tool_calls").unwrap_or_default();
    let tool_calls: Vec<ToolCall> = calls.into_iter().enumerate().map(call).collect();
    let mut text = prefix.strip(&said.text);
    text += &prefix.finish();
    let reasoning_content = said.reasoning();
    let mut extra = without(message, &["role", "prefix"]);
    if !said.others.is_empty() {
        extra.set("references", &said.others);
    }
    Ok(Message {
        role: Role::Assistant,
        content: (!text.is_empty() || tool_calls.is_empty()).then_some(Content::Text(text.into())),
        reasoning_content,
        thinking_blocks: said.thoughts.into_iter().map(block).collect(),
        tool_calls,
        extra,
        ..Message::default()
    })
}

/// A block of thinking, as later turns bring it back.
pub(crate) fn block(thought: Thought) -> ThinkingBlock {
    ThinkingBlock::Thinking {
        thinking: thought.text,
        signature: thought.signature,
        extra: Extra::new(),
    }
}

fn call((place, mut call): (usize, Extra)) -> ToolCall {
    let mut function: Extra = call.take("function").unwrap_or_default();
    let id = call.take_text("id");
    let id = if is_id(&id) {
        id
    } else {
        crate::calls::id(&place.to_string())
    };
    ToolCall::function(id, function.take_text("name"), arguments(function.remove("arguments")))
}

/// Whether a call has an id: some have the word `null`, which the SDK puts where there is none.
pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty() && id != "null"
}

/// The arguments as a text; they may be an object.
pub(crate) fn arguments(arguments: Option<Json>) -> String {
    let arguments = arguments
        .filter(|arguments| !arguments.is_null())
        .unwrap_or_else(|| "".into());
    arguments.as_str().unwrap_or_else(|| arguments.text().to_owned())
}

/// The members but these and those that are null.
pub(crate) fn without(mut members: Extra, names: &[&str]) -> Extra {
    members.retain(|name, value| !names.contains(&name) && !value.is_null());
    members
}
