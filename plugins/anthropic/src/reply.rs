//! Translates a buffered reply to a canonical completion.

use jackfield_plugin_sdk::canonical::{ChatCompletion, Choice, Content, Extra, FinishReason, Message, ToolCall};
use jackfield_plugin_sdk::{Failure, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error;
use crate::stop_reason::finish_reason;
use crate::usage::Usage;

/// The upstream's message.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    content: Vec<Extra>,
    #[serde(default)]
    usage: Option<Usage>,
    /// `stop_reason` and the other members that describe the end.
    #[serde(flatten)]
    extra: Extra,
}

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
/// `thinking_blocks`, blocks without an OpenAI equivalent in `content_blocks`, and citations in `citations`. `created`
/// is 0 because a plugin has no clock; the host fills it in.
///
/// # Errors
/// If the body is an error despite its status, or not a message.
pub(crate) fn completion(reply: &Reply) -> Result<ChatCompletion, Failure> {
    let body: Body = reply.json()?;
    match body.kind.as_str() {
        "message" => {}
        "error" => return Err(error::of_reply(reply)),
        kind => {
            return Err(Failure::malformed(format!(
                "the reply is of type \"{kind}\", not \"message\""
            )));
        }
    }
    let mut ending = Ending::default();
    ending.merge(body.extra);
    let (reason, extra) = ending.into_parts();
    let choice = Choice {
        index: 0,
        message: message(body.content)?,
        finish_reason: Some(reason),
        extra,
    };
    Ok(ChatCompletion {
        id: body.id,
        model: body.model,
        choices: vec![choice],
        usage: body.usage.map(Into::into),
        ..ChatCompletion::default()
    })
}

fn message(blocks: Vec<Extra>) -> Result<Message, Failure> {
    let mut message = Message::default();
    let (mut kept, mut citations) = (Vec::new(), Vec::new());
    for mut block in blocks {
        match block.get("type").and_then(Value::as_str) {
            Some("text") => {
                append_text(&mut message.content, text(&block, "text"));
                if let Some(Value::Array(of_text)) = block.remove("citations") {
                    citations.extend(of_text);
                }
            }
            Some("thinking" | "redacted_thinking") => {
                let thinking = text(&block, "thinking");
                if !thinking.is_empty() {
                    message.reasoning_content.get_or_insert_default().push_str(thinking);
                }
                message.thinking_blocks.push(serde_json::from_value(block.into())?);
            }
            Some("tool_use") => message.tool_calls.push(tool_call(block)?),
            _ => kept.push(Value::Object(block)),
        }
    }
    for (name, entries) in [("content_blocks", kept), ("citations", citations)] {
        if !entries.is_empty() {
            message.extra.insert(name.to_owned(), Value::Array(entries));
        }
    }
    Ok(message)
}

fn append_text(content: &mut Option<Content>, more: &str) {
    match content {
        Some(Content::Text(text)) => text.push_str(more),
        _ => *content = Some(Content::Text(more.to_owned())),
    }
}

fn tool_call(mut block: Extra) -> Result<ToolCall, Failure> {
    let (id, name) = (text(&block, "id"), text(&block, "name"));
    if id.is_empty() || name.is_empty() {
        return Err(Failure::malformed("a tool call lacks an id or a name"));
    }
    let arguments = block.get("input").filter(|input| input.is_object());
    let arguments = arguments.map_or_else(|| "{}".to_owned(), Value::to_string);
    let mut call = ToolCall::function(id, name, arguments);
    call.extra.extend(block.remove_entry("caller"));
    Ok(call)
}

fn text<'a>(block: &'a Extra, name: &str) -> &'a str {
    block.get(name).and_then(Value::as_str).unwrap_or_default()
}

// === impl Ending ===

impl Ending {
    /// Merges the members of a message, or of a later part of it, that describe its end.
    pub(crate) fn merge(&mut self, members: Extra) {
        let belongs = |name: &str, value: &Value| !matches!(name, "type" | "role") && !value.is_null();
        self.0
            .extend(members.into_iter().filter(|(name, value)| belongs(name, value)));
    }

    /// The finish reason, and all members verbatim.
    pub(crate) fn into_parts(self) -> (FinishReason, Extra) {
        (finish_reason(text(&self.0, "stop_reason")).into(), self.0)
    }
}
