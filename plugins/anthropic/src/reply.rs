//! Translates a buffered reply to a canonical completion.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Cited, Content, Extra, FinishReason, Json, Message, Text, ToolCall,
};
use jackfield_plugin_sdk::{Failure, Reply};
use serde::{Deserialize, Serialize};

use crate::citation;
use crate::error;
use crate::origin;
use crate::stop_reason::finish_reason;
use crate::usage::Usage;

/// Why and how a reply ended: the members of a message that accompany OpenAI's `finish_reason`.
///
/// `stop_reason`, `stop_sequence`, `stop_details`, `container`, `context_management` and unknown members are preserved
/// verbatim.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Ending(Extra);

/// The completion for a successful reply.
///
/// Texts are joined into `content`, and thinking into `reasoning_content`. The signed thinking blocks are in
/// `thinking_blocks`, blocks without an OpenAI equivalent in `content_blocks`, and citations in `citations`; those of
/// pages also in OpenAI's form, in `annotations`. `created` is 0 because a plugin has no clock; the host fills it in.
///
/// `origin` tells whose thinking it is if not Claude's.
///
/// # Errors
/// If the body is an error despite its status, or not a message.
pub(crate) fn completion(reply: &Reply, origin: Option<&str>) -> Result<ChatCompletion, Failure> {
    let mut body: Extra = reply.json()?;
    match body.take_text("type").as_str() {
        "message" => {}
        "error" => return Err(error::of_reply(reply)),
        _ if error::is_error(&body) => return Err(error::of_reply(reply)),
        kind => {
            return Err(Failure::malformed(format!(
                "the reply is of type \"{kind}\", not \"message\""
            )));
        }
    }
    let content: Option<Vec<Extra>> = body.take("content");
    let content = content.ok_or_else(|| Failure::malformed("the reply has no content"))?;
    if content.is_empty() && body.text("stop_reason").is_none() {
        return Err(Failure::malformed("the reply has neither content nor a stop reason"));
    }
    let message = message(content, origin)?;
    let (id, model, usage) = (body.take_text("id"), body.take_text("model"), body.take("usage"));
    let mut ending = Ending::default();
    ending.merge(body);
    let (reason, extra) = ending.into_parts();
    let choice = Choice {
        index: 0,
        message,
        finish_reason: Some(reason),
        extra,
    };
    Ok(ChatCompletion {
        id,
        model,
        choices: vec![choice],
        usage: usage.map(|usage: Usage| usage.into()),
        ..ChatCompletion::default()
    })
}

fn message(blocks: Vec<Extra>, origin: Option<&str>) -> Result<Message, Failure> {
    let mut message = Message::default();
    let (mut kept, mut citations): (Vec<Extra>, Vec<Json>) = (Vec::new(), Vec::new());
    let (mut annotations, mut end): (Vec<Extra>, u64) = (Vec::new(), 0);
    for mut block in blocks {
        match block.text("type").as_deref() {
            Some("text") => {
                let text = block.remove("text").and_then(Text::of_json).unwrap_or_default();
                let mut cited = Cited::from(end);
                end += Cited::length(&text);
                append_text(&mut message.content, text);
                let listed: Vec<Json> = block.take("citations").unwrap_or_default();
                let objects = listed.iter().filter_map(Json::read::<Extra>);
                objects.for_each(|citation| citation::note(&citation, &mut cited));
                annotations.extend(cited.annotations(end));
                citations.extend(listed);
            }
            Some("thinking" | "redacted_thinking") => {
                let thinking = block.text("thinking").unwrap_or_default();
                if !thinking.is_empty() {
                    message.reasoning_content.get_or_insert_default().push_str(&thinking);
                }
                message.thinking_blocks.push(origin::marked(block, origin).into());
            }
            Some("tool_use") => {
                let index = u32::try_from(message.tool_calls.len()).unwrap_or(u32::MAX);
                message.tool_calls.push(tool_call(&mut block, index)?);
            }
            _ => kept.push(block),
        }
    }
    if !kept.is_empty() {
        message.extra.set("content_blocks", &kept);
    }
    if !citations.is_empty() {
        message.extra.set("citations", &citations);
    }
    if !annotations.is_empty() {
        message.extra.set("annotations", &annotations);
    }
    Ok(message)
}

fn append_text(content: &mut Option<Content>, more: Text) {
    match content {
        Some(Content::Text(text)) => text.push_str(&more),
        _ => *content = Some(Content::Text(more)),
    }
}

/// The tool call of a `tool_use` block. A call without an id gets one by its index, so that its result can name it.
///
/// # Errors
/// If it has no name.
pub(crate) fn tool_call(block: &mut Extra, index: u32) -> Result<ToolCall, Failure> {
    let (mut id, name) = (block.take_text("id"), block.take_text("name"));
    if name.is_empty() {
        return Err(Failure::malformed("a tool call lacks a name"));
    }
    if id.is_empty() {
        id = format!("call_{index}");
    }
    let mut call = ToolCall::function(id, name, arguments(&block.remove("input").unwrap_or_default()));
    call.extra
        .extend(block.remove("caller").map(|caller| ("caller".to_owned(), caller)));
    Ok(call)
}

/// The arguments as JSON text. Some upstreams send them as a string already, or send none.
fn arguments(input: &Json) -> String {
    match input.as_str() {
        Some(text) if text.trim().is_empty() => "{}".to_owned(),
        Some(text) => text,
        None if input.is_null() => "{}".to_owned(),
        None => input.text().to_owned(),
    }
}

// === impl Ending ===

impl Ending {
    /// Merges the members of a message, or of a later part of it, that describe its end.
    pub(crate) fn merge(&mut self, members: Extra) {
        let belongs = |name: &str, value: &Json| !matches!(name, "type" | "role") && !value.is_null();
        self.0
            .extend(members.into_iter().filter(|(name, value)| belongs(name, value)));
    }

    /// The finish reason, and all members verbatim.
    pub(crate) fn into_parts(self) -> (FinishReason, Extra) {
        (
            finish_reason(&self.0.text("stop_reason").unwrap_or_default()).into(),
            self.0,
        )
    }
}
