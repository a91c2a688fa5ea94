//! Shortens a conversation that is too long for its model: the oldest messages go, the instructions stay.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::json::Members;
use crate::json::fields::{entries, given};
use crate::request::max_tokens;
use crate::words::tokens::estimate_tokens;

/// The most messages that are kept besides the instructions.
const MOST: usize = 50;

/// The room for an answer whose length the client did not limit, in tokens.
const USUAL_OUTPUT: u64 = 1024;

/// One message.
struct Message<'a> {
    text: &'a str,
    kind: Kind,
}

/// The part that a message plays in the conversation.
enum Kind {
    /// It instructs the model (`system` or `developer`).
    Instruction,
    /// It calls tools; the ids of the calls.
    Calls(Vec<String>),
    /// It is the result of the tool call of this id.
    Result(Option<String>),
    /// It is anything else.
    Plain,
}

/// The canonical request without its oldest messages; `None` if it fits a model with a context of `context` tokens, or
/// is not a conversation. Everything else stays byte for byte.
pub fn shorten(canonical: &[u8], context: u64) -> Option<Vec<u8>> {
    let members = Members::parse(canonical).ok()?;
    let budget = context.saturating_sub(reserved_output(&members, context));
    let kept = truncate(members.get("messages")?.get(), budget)?;
    Some(members.with(&[("messages", Some(&kept))]))
}

/// The text of `messages`, a JSON array, without the oldest ones: all instructions are kept, and of the others the
/// newest that together with the instructions fit `budget_tokens`, at most 50. `None` if all fit.
///
/// A tool's result and the message that called the tool stay or go together, with whatever lies between them. Something
/// other than instructions always stays, even if it does not fit: a request without a question is of no use. What stays
/// is kept byte for byte and in order. A text that is not an array is left to the upstream to judge.
fn truncate(messages: &str, budget_tokens: u64) -> Option<String> {
    let texts: Vec<&RawValue> = serde_json::from_str(messages).ok()?;
    let whole: u64 = texts.iter().map(|text| tokens(text.get())).sum();
    // Most conversations are short and need no closer look.
    if whole <= budget_tokens && texts.len() <= MOST {
        return None;
    }
    let messages: Vec<Message<'_>> = texts.into_iter().map(Message::read).collect();
    let (instructions, others): (Vec<&Message<'_>>, Vec<&Message<'_>>) =
        messages.iter().partition(|message| message.instructs());
    let instructions: u64 = instructions.iter().map(|it| tokens(it.text)).sum();
    let mut dropped = first_kept(&others, budget_tokens.saturating_sub(instructions));
    if dropped == 0 {
        return None;
    }
    let mut kept = Vec::with_capacity(messages.len() - dropped);
    for message in &messages {
        if message.instructs() || dropped == 0 {
            kept.push(message.text);
        } else {
            dropped -= 1;
        }
    }
    Some(format!("[{}]", kept.join(",")))
}

/// The tokens to keep free for the answer: as many as the request allows it, otherwise 1024, but then no more than a
/// quarter of the model's `context`.
fn reserved_output(request: &Members<'_>, context: u64) -> u64 {
    max_tokens(request).unwrap_or(USUAL_OUTPUT.min(context / 4))
}

/// The index of the first message that stays.
fn first_kept(others: &[&Message<'_>], budget_tokens: u64) -> usize {
    let callers = callers(others);
    let (mut first, mut cost, mut caller) = (None, 0, others.len());
    for (index, message) in others.iter().enumerate().rev() {
        cost += tokens(message.text);
        let fits = cost <= budget_tokens && others.len() - index <= MOST;
        if first.is_some() && !fits {
            break;
        }
        caller = caller.min(callers[index]);
        // Only then does no result from here on belong to an earlier call.
        if caller == index {
            first = Some(index);
        }
    }
    first.unwrap_or(0)
}

/// For each message, the index of the one from which it must not be parted; its own if there is none.
fn callers(others: &[&Message<'_>]) -> Vec<usize> {
    // Some models number their calls anew in each turn: the nearest earlier call is meant.
    let (mut by_id, mut newest) = (HashMap::new(), None);
    let caller = |(index, message): (usize, &&Message<'_>)| match &message.kind {
        Kind::Calls(ids) => {
            by_id.extend(ids.iter().map(|id| (id.clone(), index)));
            newest = Some(index);
            index
        }
        Kind::Result(id) => {
            let named = id.as_ref().and_then(|id| by_id.get(id).copied());
            named.or(newest).unwrap_or(index)
        }
        Kind::Instruction | Kind::Plain => index,
    };
    others.iter().enumerate().map(caller).collect()
}

fn tokens(text: &str) -> u64 {
    estimate_tokens(text.len() as u64)
}

/// The id of a call.
fn id(call: &RawValue) -> Option<String> {
    let call = Members::of(call.get()).ok()?;
    serde_json::from_str(given(&call, "id")?).ok()
}

// === impl Message ===

impl<'a> Message<'a> {
    fn read(text: &'a RawValue) -> Self {
        let text = text.get();
        let members = Members::of(text);
        let kind = members.map_or(Kind::Plain, |members| Kind::of(&members));
        Self { text, kind }
    }

    fn instructs(&self) -> bool {
        matches!(self.kind, Kind::Instruction)
    }
}

// === impl Kind ===

impl Kind {
    /// A member of the wrong type counts as absent: the upstream will say so.
    fn of(message: &Members<'_>) -> Self {
        let text = |key| serde_json::from_str::<String>(given(message, key)?).ok();
        match text("role").as_deref() {
            Some("system" | "developer") => return Self::Instruction,
            // OpenAI's name for the role before one message could have several calls.
            Some("tool" | "function") => return Self::Result(text("tool_call_id")),
            _ => {}
        }
        match given(message, "tool_calls").and_then(entries) {
            Some(calls) if !calls.is_empty() => Self::Calls(calls.into_iter().filter_map(id).collect()),
            _ if given(message, "function_call").is_some() => Self::Calls(Vec::new()),
            _ => Self::Plain,
        }
    }
}
