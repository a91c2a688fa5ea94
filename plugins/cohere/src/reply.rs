//! Translates a buffered reply to a canonical completion.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Content, Extra, Json, Message, ThinkingBlock, ToolCall, signature,
};
use jackfield_plugin_sdk::{Call, Failure, Reply, log};
use serde::Deserialize;

use crate::citation::Places;
use crate::finish::Finish;
use crate::settings::Settings;
use crate::{ORIGIN, error, logprobs, usage};

/// A reply.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    message: Json,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    usage: Option<Extra>,
    #[serde(default)]
    logprobs: Option<Vec<logprobs::Item>>,
}

/// The completion for a successful reply. The plan of the tool calls is text like any other: every dialect has text in
/// front of calls, so that all clients send it back.
///
/// # Errors
/// If the body is an error despite its status, or has no message, or broke off.
pub(crate) fn completion(call: &Call<Settings>, reply: &Reply) -> Result<ChatCompletion, Failure> {
    let said: Said = reply.json()?;
    let Some(members) = said.message.read::<Extra>() else {
        // An error's message is a string.
        return Err(error::of_reply_with_success(reply));
    };
    let reason = said.finish_reason;
    let reason = reason.ok_or_else(|| Failure::malformed("the reply has no finish_reason"))?;
    let mut choice = Choice {
        message: message(members)?,
        ..Choice::default()
    };
    let finish = Finish::of(&reason, None, !choice.message.tool_calls.is_empty())?;
    if !finish.is_cut_off() {
        choice.message.tool_calls.iter_mut().for_each(complete);
    }
    finish.end(&mut choice);
    if let Some(items) = said.logprobs.filter(|items| !items.is_empty()) {
        choice.extra.insert("logprobs", logprobs::of(&items));
    }
    Ok(ChatCompletion {
        id: said.id.unwrap_or_default(),
        model: call.model.clone(),
        choices: vec![choice],
        usage: said.usage.map(usage::canonical),
        ..ChatCompletion::default()
    })
}

fn message(mut members: Extra) -> Result<Message, Failure> {
    let mut message = Message::default();
    let (mut text, mut places) = (String::new(), Places::default());
    let blocks: Vec<Extra> = members.take("content").unwrap_or_default();
    for (index, mut block) in blocks.into_iter().enumerate() {
        match block.text("type").as_deref() {
            Some("text") => {
                places.begin(index as u64);
                let more = block.take_text("text");
                places.advance(&more);
                text.push_str(&more);
            }
            Some("thinking") => think(&mut message, block.take_text("thinking")),
            other => log::warn(&format!("left out a block of unknown type {other:?}")),
        }
    }
    places.begin_plan();
    text.push_str(&members.take_text("tool_plan"));
    message.content =
        Some(Content::Text(text.into())).filter(|content| !matches!(content, Content::Text(text) if text.is_empty()));
    let calls: Vec<ToolCall> = members.take("tool_calls").unwrap_or_default();
    for (index, call) in calls.into_iter().enumerate() {
        message.tool_calls.push(tool_call(call, index)?);
    }
    let citations: Vec<Extra> = members.take("citations").unwrap_or_default();
    let annotations = citations.iter().flat_map(|citation| places.annotations(citation));
    let annotations: Vec<Extra> = annotations.collect();
    if !annotations.is_empty() {
        message.extra.set("annotations", &annotations);
    }
    Ok(message)
}

fn think(message: &mut Message, thinking: String) {
    if thinking.is_empty() {
        return;
    }
    message.reasoning_content.get_or_insert_default().push_str(&thinking);
    message.thinking_blocks.push(ThinkingBlock::Thinking {
        thinking,
        signature: Some(signature::mark(ORIGIN, "")),
        extra: Extra::new(),
    });
}

/// The call, without what only the API has.
fn tool_call(call: ToolCall, index: usize) -> Result<ToolCall, Failure> {
    let (name, arguments) = (call.function.name, call.function.arguments);
    if name.is_empty() {
        return Err(Failure::malformed("a tool call lacks a name"));
    }
    let id = if call.id.is_empty() {
        format!("call_{index}")
    } else {
        call.id
    };
    Ok(ToolCall::function(id, name, arguments))
}

/// The API writes the arguments of a call without any as `null`, or not at all.
fn complete(call: &mut ToolCall) {
    if matches!(call.function.arguments.trim(), "" | "null") {
        "{}".clone_into(&mut call.function.arguments);
    }
}
