//! A buffered completion on its way to the client, and the one that stands for a chat's reply.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::OBJECT;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{inside, is_given};
use crate::json::{List, Members, Object, json_string, set_members};
use crate::openai::envelope::{Envelope, Stamp, set_latency};
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// A choice of a completion.
#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default)]
    pub(super) index: u64,
    #[serde(borrow)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<&'a RawValue>,
}

/// A choice of a chat's reply or of one of its chunks.
#[derive(Deserialize)]
pub(super) struct ChatChoice<'a> {
    #[serde(default)]
    index: u64,
    #[serde(borrow, alias = "delta")]
    message: Option<ChatMessage<'a>>,
    #[serde(borrow)]
    finish_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ChatMessage<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
}

/// Checks a completion, and sets `model`, `latency_ms`, `provider` and a missing `created`. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` has no choices, or one has no text; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let mut produced_bytes = 0;
    for choice in reply.choices() {
        produced_bytes += choice.produced_bytes()?;
    }
    if reply.choices().next().is_none() {
        return Err(reply.without(text, "choices"));
    }
    let stamp = Stamp::new(facts.model, facts.provider, facts.created);
    let (places, latency_ms) = (reply.places(text), facts.latency_ms.to_string());
    let edits = [
        stamp.set_model(&places),
        set_latency(&latency_ms, &places),
        stamp.set_provider(&places),
        stamp.set_created(text, &places),
    ];
    let mut out = Vec::with_capacity(text.len() + 128);
    set_members(text, &edits, &mut out);
    let usage = reply.usage().map(Usage::from_canonical).unwrap_or_default();
    let summary = ReplySummary {
        usage: reply.served(&usage),
        produced_bytes,
        ..ReplySummary::default()
    };
    Ok((out, summary))
}

/// The completion that says what this chat's reply says, which was checked and stamped.
///
/// # Errors
/// `Malformed` if the reply cannot be read.
pub(super) fn of_chat(chat: &[u8], facts: &ReplyFacts<'_>) -> Result<Vec<u8>, StreamFault> {
    let id = format!("cmpl-{}", facts.request_id);
    rewritten(chat, &id)
}

/// A chat's reply or chunk as a completion or a chunk of one: the same members, with `text` in place of messages.
///
/// # Errors
/// `Malformed` if it cannot be read.
pub(super) fn rewritten(chat: &[u8], id: &str) -> Result<Vec<u8>, StreamFault> {
    let members = Members::parse(chat).map_err(|error| StreamFault::malformed(error.to_string()))?;
    let choices = members.get("choices").map_or("[]", RawValue::get);
    let choices: Vec<ChatChoice<'_>> = serde_json::from_str(choices)?;
    let mut list = List::default();
    for choice in &choices {
        list.push(choice.as_completion());
    }
    let choices = String::from_utf8(list.into_text()).unwrap_or_default();
    let object = format!("\"{OBJECT}\"");
    let id = json_string(id);
    let has_id = members.get("id").is_some_and(is_given);
    let mut edits = vec![("object", Some(object.as_str())), ("choices", Some(choices.as_str()))];
    if !has_id {
        edits.push(("id", Some(id.as_str())));
    }
    Ok(members.with(&edits))
}

// === impl Choice ===

impl Choice<'_> {
    /// Bytes of the text.
    ///
    /// # Errors
    /// `Malformed` if there is none.
    pub(super) fn produced_bytes(&self) -> Result<u64, StreamFault> {
        let text = self.text.filter(|text| text.get().starts_with('"'));
        let text = text.ok_or_else(|| StreamFault::malformed("choices: a choice has no text"))?;
        Ok(inside(text.get()).len() as u64)
    }
}

// === impl ChatChoice ===

impl ChatChoice<'_> {
    fn as_completion(&self) -> Vec<u8> {
        let message = self.message.as_ref();
        let said = message.and_then(|message| {
            let texts = [message.content, message.refusal];
            texts.into_iter().flatten().find(|text| text.get().starts_with('"'))
        });
        Object::text(|choice| {
            choice.raw("text", said.map_or("\"\"", RawValue::get));
            choice.raw("index", self.index.to_string());
            choice.raw("logprobs", "null");
            choice.raw("finish_reason", self.reason());
        })
    }

    /// Why it ended: of a chat's words those that completions have too.
    fn reason(&self) -> &str {
        match self.finish_reason.map_or("null", RawValue::get) {
            reason @ ("null" | "\"stop\"" | "\"length\"" | "\"content_filter\"") => reason,
            _ => "\"stop\"",
        }
    }

    /// True if there is anything in it for a client of completions.
    pub(super) fn says_something(&self) -> bool {
        let message = self.message.as_ref();
        let texts = message.map(|message| [message.content, message.refusal]);
        texts.into_iter().flatten().flatten().any(is_given) || self.finish_reason.is_some_and(is_given)
    }
}
