//! Translates a buffered reply to a canonical completion.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Cited, Content, Extra, Json, Message, ThinkingBlock, ToolCall,
};
use jackfield_plugin_sdk::{Failure, Reply, Step, log};

use crate::ending::Ending;
use crate::model::Model;
use crate::stream::State;
use crate::usage::Usage;
use crate::{REQUEST_ID, citation, thinking};

/// The completion for a successful reply.
///
/// Texts are joined into `content`, and thinking into `reasoning_content`; signed thinking is in `thinking_blocks`, and
/// citations are in `citations` in Anthropic's form, or in `annotations` in OpenAI's if they are of pages.
///
/// # Errors
/// If the body is not a message, or the model has made nothing that could be used.
pub(crate) fn completion(reply: &Reply, model: &Model<'_>, state: &State) -> Result<Step, Failure> {
    let mut body: Extra = reply.json()?;
    let message = body
        .read::<Extra>("output")
        .and_then(|output| output.read::<Extra>("message"));
    let content = message.and_then(|message| message.read::<Vec<Extra>>("content"));
    let content = content.ok_or_else(|| Failure::malformed("the reply has no message"))?;
    let ending: Ending = reply.json()?;
    let (reason, extra) = ending.into_parts(state.is_answer_call())?;
    if content.is_empty() && extra.is_empty() {
        return Err(Failure::malformed("the reply has neither content nor a stop reason"));
    }
    let choice = Choice {
        index: 0,
        message: self::message(content, model, state)?,
        finish_reason: Some(reason),
        extra,
    };
    let mut completion = ChatCompletion {
        id: reply.header(REQUEST_ID).unwrap_or_default().to_owned(),
        choices: vec![choice],
        usage: body.take::<Usage>("usage").map(Into::into),
        ..ChatCompletion::default()
    };
    completion.extra = beside(&mut body);
    Step::done(&completion)
}

/// What the API tells about a request beside the message, in OpenAI's words where it has some.
pub(crate) fn beside(members: &mut Extra) -> Extra {
    let mut extra = Extra::new();
    let tier = members.take::<Extra>("serviceTier").and_then(|tier| tier.text("type"));
    extra.extend(tier.map(|tier| ("service_tier".to_owned(), tier.into())));
    extra.extend(members.remove("trace").map(|trace| ("trace".to_owned(), trace)));
    extra
}

fn message(blocks: Vec<Extra>, model: &Model<'_>, state: &State) -> Result<Message, Failure> {
    let mut message = Message::default();
    let (mut citations, mut annotations): (Vec<Extra>, Vec<Extra>) = (Vec::new(), Vec::new());
    // The text beside a call that is the answer itself. It is the answer if there is no such call.
    let mut aside = None;
    for mut block in blocks {
        if let Some(text) = block.text("text") {
            let place = if state.is_answer_call() {
                &mut aside
            } else {
                &mut message.content
            };
            append(place, &text);
        } else if let Some(reasoning) = block.take::<Extra>("reasoningContent") {
            think(reasoning, model, &mut message);
        } else if let Some(call) = block.take::<Extra>("toolUse") {
            if is_servers(&call) {
                log::warn("left out a call of a tool that the vendor runs");
                continue;
            }
            if state.is_answer(&call.text("name").unwrap_or_default()) {
                append(&mut message.content, call.get("input").map_or("{}", Json::text));
                continue;
            }
            message
                .tool_calls
                .push(tool_call(call, message.tool_calls.len(), state)?);
        } else if let Some(mut cited) = block.take::<Extra>("citationsContent") {
            let mut pages = Cited::from(length(message.content.as_ref()));
            for piece in cited.take::<Vec<Extra>>("content").unwrap_or_default() {
                append(&mut message.content, &piece.text("text").unwrap_or_default());
            }
            let listed: Vec<Extra> = cited.take("citations").unwrap_or_default();
            citations.extend(listed.into_iter().filter_map(|it| citation::read(it, &mut pages)));
            annotations.extend(pages.annotations(length(message.content.as_ref())));
        } else {
            let kinds: Vec<&str> = block.iter().map(|(kind, _)| kind).collect();
            log::warn(&format!("left out a block of kind {}", kinds.join(", ")));
        }
    }
    message.content = message.content.or(aside);
    if !citations.is_empty() {
        message.extra.set("citations", &citations);
    }
    if !annotations.is_empty() {
        message.extra.set("annotations", &annotations);
    }
    Ok(message)
}

/// The length of the text so far, in characters.
fn length(content: Option<&Content>) -> u64 {
    match content {
        Some(Content::Text(text)) => Cited::length(text),
        _ => 0,
    }
}

fn append(content: &mut Option<Content>, more: &str) {
    match content {
        Some(Content::Text(text)) => text.push_str(more),
        _ => *content = Some(Content::Text(more.into())),
    }
}

fn think(mut reasoning: Extra, model: &Model<'_>, message: &mut Message) {
    if let Some(data) = reasoning.text("redactedContent") {
        message.thinking_blocks.push(thinking::redacted(&data, model, None));
        return;
    }
    let mut said: Extra = reasoning.take("reasoningText").unwrap_or_default();
    let text = said.take_text("text");
    if !text.is_empty() {
        message.reasoning_content.get_or_insert_default().push_str(&text);
    }
    if let Some(signature) = said.text("signature").filter(|signature| !signature.is_empty()) {
        message.thinking_blocks.push(ThinkingBlock::Thinking {
            thinking: text,
            signature: Some(thinking::carried(&signature, model)),
            extra: Extra::new(),
        });
    }
}

/// Whether a call is that of a tool which the vendor runs itself.
pub(crate) fn is_servers(call: &Extra) -> bool {
    call.text("type").as_deref() == Some("server_tool_use")
}

/// The tool call of a `toolUse`, under the client's name of the tool. One without an id gets one by its index.
///
/// # Errors
/// If it has no name.
pub(crate) fn tool_call(mut call: Extra, index: usize, state: &State) -> Result<ToolCall, Failure> {
    let (mut id, name) = (call.take_text("toolUseId"), call.take_text("name"));
    if name.is_empty() {
        return Err(Failure::malformed("a tool call lacks a name"));
    }
    if id.is_empty() {
        id = format!("call_{index}");
    }
    let arguments = match call.remove("input") {
        Some(input) if !input.is_null() => input.text().to_owned(),
        _ => "{}".to_owned(),
    };
    Ok(ToolCall::function(id, state.client_name(name), arguments))
}
