//! A buffered chat reply on its way to the client.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::delta::Delta;
use super::envelope::{Envelope, Stamp, set_latency};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::set_members;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// Checks a reply and sets `model`, `latency_ms`, `provider` and a missing `created`. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` is not a JSON object or has no choices; `Upstream` if it reports an error, whatever the status
/// was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    if reply.choices().is_empty() {
        return Err(StreamFault::malformed("it has no choices"));
    }
    let stamp = Stamp::new(facts.model, facts.provider, facts.created);
    let places = reply.places(text);
    let latency_ms = facts.latency_ms.to_string();
    let edits = [
        stamp.set_model(&places),
        set_latency(&latency_ms, &places),
        stamp.set_provider(&places),
        stamp.set_created(text, &places),
    ];
    let added: usize = edits.iter().map(|edit| edit.key.len() + edit.value.len() + 4).sum();
    let mut out = Vec::with_capacity(text.len() + added);
    set_members(text, &edits, &mut out);
    let summary = ReplySummary {
        usage: reply.usage().map(Usage::from_openai).unwrap_or_default(),
        produced_bytes: reply.choices().iter().map(Choice::produced_bytes).sum(),
    };
    Ok((out, summary))
}

// === impl Choice ===

impl Choice<'_> {
    /// A message of an unknown shape passes through, and counts for nothing.
    fn produced_bytes(&self) -> u64 {
        let message = self.message.map(RawValue::get).unwrap_or_default();
        serde_json::from_str(message).map_or(0, |message: Delta<'_>| message.produced_bytes())
    }
}
