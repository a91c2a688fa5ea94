//! A buffered chat reply on its way to the client.

#[cfg(test)]
mod tests;

use serde_json::value::RawValue;

use super::choice::Choice;
use super::delta::Delta;
use super::envelope::{Envelope, Stamp, completion_id, set_latency};
use super::plain::{Rewrite, completed};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::{place_of, set_members};
use crate::summary::ReplySummary;
use crate::told::Told;
use crate::words::usage::Usage;

/// Checks a reply and sets `model`, `latency_ms`, `provider`, a missing `created` and an empty `id`. All else stays byte for byte, but
/// for what OpenAI's SDKs could not read.
///
/// # Errors
/// `Malformed` if `body` is not a JSON object, has no choices, or one of them is not a whole answer; `Upstream` if it
/// reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let messages: Vec<&Delta<'_>> = reply.choices().map(Choice::message).collect::<Result<_, _>>()?;
    if messages.is_empty() {
        return Err(reply.without(text, "choices"));
    }
    let in_choice = || reply.choices().find_map(Choice::usage).map(RawValue::get);
    let said = reply.usage().or_else(in_choice).map(Usage::from_canonical);
    let said = said.unwrap_or_default();
    let summary = ReplySummary {
        usage: reply.served(&said),
        produced_bytes: messages.iter().map(|message| message.produced_bytes()).sum(),
        told: facts.traced.then(|| told(text, &reply, facts)),
        ..ReplySummary::default()
    };
    if let Some(plain) = in_plain_words(text, &reply, &messages, &said)? {
        let (text, reply) = Envelope::<Choice<'_>>::read(&plain)?;
        return Ok((stamped(text, &reply, facts), summary));
    }
    Ok((stamped(text, &reply, facts), summary))
}

/// The reply, whose text is `text` and whose usage says `said`, in the words that OpenAI's SDKs read; `None` if it needs no
/// change.
fn in_plain_words(
    text: &str,
    reply: &Envelope<'_, Choice<'_>>,
    messages: &[&Delta<'_>],
    said: &Usage,
) -> Result<Option<Vec<u8>>, StreamFault> {
    let mut rewrite = Rewrite::default();
    for message in messages {
        rewrite.content(text, message)?;
        rewrite.reasoning(text, message);
        rewrite.calls(text, message);
    }
    match (reply.usage(), reply.choices().find_map(Choice::usage)) {
        (Some(usage), _) => rewrite.usage(text, usage, said),
        (None, Some(usage)) => {
            let usage = usage.get();
            let whole = completed(usage, said);
            let empty = reply.usage_member().map(|empty| place_of(text, empty.get()));
            rewrite.set("usage", empty, whole.unwrap_or_else(|| usage.to_owned()));
        }
        (None, None) => {}
    }
    Ok(rewrite.apply(text))
}

/// What the reply says of itself once it is stamped.
fn told(text: &str, reply: &Envelope<'_, Choice<'_>>, facts: &ReplyFacts<'_>) -> Told {
    let id = if reply.places(text).has_empty_id(text) {
        Some(completion_id(facts.request_id))
    } else {
        reply.id()
    };
    Told::of(id, reply.choices().filter_map(Choice::finish_reason))
}

fn stamped(text: &str, reply: &Envelope<'_, Choice<'_>>, facts: &ReplyFacts<'_>) -> Vec<u8> {
    let places = reply.places(text);
    let mut stamp = Stamp::new(facts.model, facts.provider, facts.created);
    if places.has_empty_id(text) {
        stamp = stamp.of_completion(facts.request_id);
    }
    let latency_ms = facts.latency_ms.to_string();
    let mut edits = vec![
        stamp.set_model(&places),
        set_latency(&latency_ms, &places),
        stamp.set_provider(&places),
        stamp.set_created(text, &places),
    ];
    edits.extend(stamp.set_id(text, &places));
    let added: usize = edits.iter().map(|edit| edit.key.len() + edit.value.len() + 4).sum();
    let mut out = Vec::with_capacity(text.len() + added);
    set_members(text, &edits, &mut out);
    out
}
