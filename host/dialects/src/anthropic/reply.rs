//! A buffered canonical reply becomes a message in Anthropic's form.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::citations;
use super::ending::{Ending, stop_sequences};
use super::message::{
    ThinkingPiece, call_id, message_id, read_list, unplaced, without_index, write_call, write_head, write_usage,
};
use super::tokens::Tokens;
use crate::calls::{CallPiece, object_in};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::text::{concat, text, whole};
use crate::json::{List, Object, json_string};
use crate::openai::choice::Choice;
use crate::openai::delta::Delta;
use crate::openai::envelope::Envelope;
use crate::openai::parts::Part;
use crate::summary::ReplySummary;
use crate::words::signature::UNSIGNED;
use crate::words::usage::Usage;

/// The message for a canonical completion: thinking first, then the blocks for which OpenAI has no words, the text, and
/// the calls. Only the first choice counts: Anthropic has one per message. The usage has Anthropic's own members only.
///
/// # Errors
/// `Malformed` if `body` is not a completion with a whole message, or a call's arguments are not a JSON object although
/// no limit cut them off; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (reply_text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let choice = reply
        .choices()
        .next()
        .ok_or_else(|| reply.without(reply_text, "choices"))?;
    let message = choice.message()?;
    let Some(ending) = Ending::of(choice, &stop_sequences(facts.request)) else {
        return Err(StreamFault::malformed("its choice has no finish_reason"));
    };
    let id = message_id(reply.id().as_deref(), facts.request_id);
    let usage = reply.usage().or_else(|| choice.usage().map(RawValue::get));
    let usage = reply.served(&usage.map(Usage::from_canonical).unwrap_or_default());
    let tokens = Tokens::from_canonical(&usage);
    let mut content = List::default();
    write_said(message, &mut content)?;
    let calls: Vec<CallPiece<'_>> = read_list(message.tool_calls, "tool_calls")?;
    write_calls(&calls, &id, ending.is_cut_off(), &mut content)?;
    let text = Object::text(|message| {
        write_head(message, &id, &json_string(facts.model));
        message.raw("content", content.into_text());
        ending.write(message, !calls.is_empty());
        write_usage(message, &tokens);
    });
    let summary = ReplySummary {
        usage: tokens.usage(),
        produced_bytes: message.produced_bytes(),
        dropped: unplaced(message),
        told: None,
    };
    Ok((text, summary))
}

/// Thinking, with its signatures if it has any; the blocks for which OpenAI has no words; text.
fn write_said(message: &Delta<'_>, content: &mut List) -> Result<(), StreamFault> {
    let pieces: Vec<ThinkingPiece<'_>> = read_list(message.thinking_blocks, "thinking_blocks")?;
    for piece in &pieces {
        match piece.redacted() {
            Some(redacted) => content.push(redacted),
            None => write_thinking(
                content,
                piece.thinking().unwrap_or("\"\""),
                piece.signature().unwrap_or(UNSIGNED),
            ),
        }
    }
    let parts = message.parts()?;
    let is_new = |part: &Part<'_>| match part {
        Part::Thinking(_) => pieces.is_empty(),
        Part::Text(_) => true,
        Part::Other => false,
    };
    let parts: Vec<Part<'_>> = parts.into_iter().filter(is_new).collect();
    let thinks = |part: &&Part<'_>| matches!(part, Part::Thinking(_));
    let (thoughts, said) = parts.split_at(parts.iter().take_while(thinks).count());
    let mut citations = citations(message)?;
    write_parts(thoughts, &mut citations, content);
    for block in read_list::<&RawValue>(message.content_blocks, "content_blocks")? {
        content.push(without_index(block)?);
    }
    write_parts(said, &mut citations, content);
    Ok(())
}

/// The citations of the text.
fn citations(message: &Delta<'_>) -> Result<List, StreamFault> {
    let mut found = citations::own(message)?;
    if found.is_empty() {
        found = citations::of_annotations(message)?;
    }
    let mut list = List::default();
    for citation in &found {
        list.push(citation);
    }
    Ok(list)
}

/// A block for each run of thinking or of text. The first text has all citations.
fn write_parts(parts: &[Part<'_>], citations: &mut List, content: &mut List) {
    let same = |a: &Part<'_>, b: &Part<'_>| matches!(a, Part::Text(_)) == matches!(b, Part::Text(_));
    for run in parts.chunk_by(same) {
        let strings = run.iter().filter_map(|part| match part {
            Part::Text(string) | Part::Thinking(string) => Some(*string),
            Part::Other => None,
        });
        let string = concat(strings);
        if !matches!(run[0], Part::Text(_)) {
            write_thinking(content, &string, UNSIGNED);
            continue;
        }
        let citations = std::mem::take(citations);
        content.push_object(|block| {
            block.raw("type", "\"text\"");
            block.raw("text", &*whole(&string));
            if !citations.is_empty() {
                block.raw("citations", citations.into_text());
            }
        });
    }
}

fn write_thinking(content: &mut List, thinking: &str, signature: &str) {
    content.push_object(|block| {
        block.raw("type", "\"thinking\"");
        block.raw("thinking", &*whole(thinking));
        block.raw("signature", signature);
    });
}

/// The calls, each under an id of its own.
fn write_calls(
    calls: &[CallPiece<'_>],
    message_id: &str,
    is_cut_off: bool,
    content: &mut List,
) -> Result<(), StreamFault> {
    let mut ids = BTreeSet::new();
    for (place, call) in calls.iter().enumerate() {
        let input = input(call, is_cut_off)?;
        let generated;
        let id = if !call.id.is_empty() && ids.insert(&*call.id) {
            &call.id
        } else {
            generated = call_id(message_id, place as u64);
            &generated
        };
        content.push_object(|block| write_call(block, id, call.name(), &input, call.caller()));
    }
    Ok(())
}

/// The arguments as an object. Those that a limit cut off are left out, which the stop reason tells the client; any
/// others that do not parse would make the client call its tool wrongly.
fn input(call: &CallPiece<'_>, is_cut_off: bool) -> Result<String, StreamFault> {
    if call.name().is_empty() {
        return Err(StreamFault::malformed("a tool call has no name"));
    }
    let arguments = call.arguments().unwrap_or_default();
    let arguments = match serde_json::from_str::<&RawValue>(arguments).ok().and_then(text) {
        Some(text) => text,
        None => arguments.to_owned(),
    };
    match arguments.trim() {
        "" | "null" => Ok("{}".to_owned()),
        arguments => match object_in(arguments) {
            Some(object) => Ok(object),
            None if is_cut_off => Ok("{}".to_owned()),
            None => Err(StreamFault::malformed(format!(
                "the arguments of the call to `{}` are not a JSON object",
                call.name()
            ))),
        },
    }
}
