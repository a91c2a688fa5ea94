//! A buffered canonical reply becomes a message in Anthropic's form.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::message::{
    CallPiece, ThinkingPiece, call_id, filled_string, message_id, read_list, said, without_index, write_call,
    write_head, write_stop, write_usage,
};
use super::tokens::Tokens;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::{List, Object, json_string};
use crate::openai::delta::Delta;
use crate::openai::envelope::Envelope;
use crate::summary::ReplySummary;
use crate::words::stop_reason::stop_reason;

#[derive(Deserialize)]
struct Choice<'a> {
    finish_reason: Option<String>,
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_sequence: Option<&'a RawValue>,
}

/// The message for a canonical completion: thinking first, then the blocks for which OpenAI has no words, the text, and
/// the calls. Only the first choice counts: Anthropic has one per message. The usage has Anthropic's own members only.
///
/// # Errors
/// `Malformed` if `body` is not a completion with a message, or a call's arguments are not a JSON object although the
/// token limit did not cut them off; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (_, reply) = Envelope::<Choice<'_>>::read(body)?;
    let choice = reply
        .choices()
        .first()
        .ok_or_else(|| StreamFault::malformed("it has no choices"))?;
    let message = choice
        .message
        .as_ref()
        .ok_or_else(|| StreamFault::malformed("its choice has no message"))?;
    let id = message_id(reply.id().as_deref(), facts.request_id);
    let tokens = reply.usage().map(Tokens::from_canonical).unwrap_or_default();
    let mut content = List::default();
    write_thinking(message, &mut content)?;
    for block in read_list::<&RawValue>(message.content_blocks, "content_blocks")? {
        content.push(without_index(block)?);
    }
    write_text(message, &mut content)?;
    let calls: Vec<CallPiece<'_>> = read_list(message.tool_calls, "tool_calls")?;
    let finish_reason = choice.finish_reason.as_deref();
    for (place, call) in calls.iter().enumerate() {
        let input = input(call, finish_reason)?;
        let id = match call.id() {
            "" => call_id(&id, place as u64),
            id => id.to_owned(),
        };
        content.push_object(|block| write_call(block, &id, call.name(), &input, call.caller()));
    }
    let reason = choice.stop_reason(!calls.is_empty());
    let text = Object::text(|message| {
        write_head(message, &id, &json_string(facts.model));
        message.raw("content", content.into_text());
        write_stop(message, reason.as_str(), filled_string(choice.stop_sequence));
        write_usage(message, &tokens);
    });
    let summary = ReplySummary {
        usage: tokens.usage(),
        produced_bytes: message.produced_bytes(),
    };
    Ok((text, summary))
}

/// Thinking with its signatures if it has any, else its plain text.
fn write_thinking(message: &Delta<'_>, content: &mut List) -> Result<(), StreamFault> {
    let pieces: Vec<ThinkingPiece<'_>> = read_list(message.thinking_blocks, "thinking_blocks")?;
    let write = |content: &mut List, thinking: &str, signature: &str| {
        content.push_object(|block| {
            block.raw("type", "\"thinking\"");
            block.raw("thinking", thinking);
            block.raw("signature", signature);
        });
    };
    for piece in &pieces {
        match piece.redacted() {
            Some(redacted) => content.push(redacted),
            None => write(
                content,
                piece.thinking().unwrap_or("\"\""),
                piece.signature().unwrap_or("\"\""),
            ),
        }
    }
    if pieces.is_empty()
        && let Some(thinking) = said(message.reasoning())
    {
        write(content, &thinking, "\"\"");
    }
    Ok(())
}

fn write_text(message: &Delta<'_>, content: &mut List) -> Result<(), StreamFault> {
    let mut citations = List::default();
    for citation in read_list::<&RawValue>(message.citations, "citations")? {
        // Some upstreams list bare URLs under this name.
        if citation.get().starts_with('{') {
            citations.push(without_index(citation)?);
        }
    }
    for text in [said(message.content), said(message.refusal)].into_iter().flatten() {
        let citations = std::mem::take(&mut citations);
        content.push_object(|block| {
            block.raw("type", "\"text\"");
            block.raw("text", text);
            if !citations.is_empty() {
                block.raw("citations", citations.into_text());
            }
        });
    }
    Ok(())
}

/// The arguments as an object. Those that the token limit cut off are left out, which the stop reason tells the client;
/// any others that do not parse would make the client call its tool wrongly.
fn input(call: &CallPiece<'_>, finish_reason: Option<&str>) -> Result<String, StreamFault> {
    if call.name().is_empty() {
        return Err(StreamFault::malformed("a tool call has no name"));
    }
    let arguments = call.arguments()?;
    let arguments = arguments.trim();
    let is_json = || serde_json::from_str::<&RawValue>(arguments).is_ok();
    match arguments {
        "" | "null" => Ok("{}".to_owned()),
        object if object.starts_with('{') && is_json() => Ok(object.to_owned()),
        _ if finish_reason == Some("length") => Ok("{}".to_owned()),
        _ => Err(StreamFault::malformed(format!(
            "the arguments of the call to `{}` are not a JSON object",
            call.name()
        ))),
    }
}

// === impl Choice ===

impl Choice<'_> {
    fn stop_reason(&self, calls_tools: bool) -> String {
        let original = filled_string(self.stop_reason).map(|word| word.trim_matches('"'));
        stop_reason(original, self.finish_reason.as_deref(), calls_tools).to_owned()
    }
}
