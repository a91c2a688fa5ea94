//! A buffered canonical reply on its way to the client.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::delta::Delta;
use super::envelope::{Envelope, Stamp, set_latency};
use crate::fault::StreamFault;
use crate::json::set_members;
pub use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// What the client of a reply is to see.
#[derive(Debug, Clone, Copy)]
pub struct ReplyOptions<'a> {
    /// The operation: `chat`, `embeddings`, `rerank`, `images`. Only a reply to `chat` has choices.
    pub operation: &'a str,
    /// The model as the client named it; it replaces the upstream's name.
    pub model: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The time to give to a chat reply that has none, in seconds since 1970.
    pub created: u64,
}

#[derive(Deserialize)]
struct Choice<'a> {
    finish_reason: Option<String>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// Checks a reply and sets what is the host's to say: `model`, `latency_ms`, `provider`, and of a chat
/// reply a missing `created`. All else stays byte for byte.
/// Step 10 of a request's life (ARCHITECTURE.md).
///
/// # Errors
/// `Malformed` if `body` is not a JSON object or, for `chat`, has no choices; `Upstream` if it reports an
/// error, whatever the status was.
pub fn finish_reply(
    body: &[u8],
    options: &ReplyOptions<'_>,
    latency_ms: u64,
) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let is_chat = options.operation == "chat";
    if is_chat && reply.choices().is_empty() {
        return Err(StreamFault::Malformed("it has no choices".to_owned()));
    }
    let stamp = Stamp::new(options.model, options.provider, options.created);
    let places = reply.places(text);
    let latency_ms = latency_ms.to_string();
    let mut edits = vec![
        stamp.set_model(&places),
        set_latency(&latency_ms, &places),
        stamp.set_provider(&places),
    ];
    if is_chat {
        edits.push(stamp.set_created(text, &places));
    }
    let added: usize = edits.iter().map(|edit| edit.key.len() + edit.value.len() + 4).sum();
    let mut out = Vec::with_capacity(text.len() + added);
    set_members(text, &edits, &mut out);
    let summary = ReplySummary {
        usage: reply.usage().map(Usage::from_openai).unwrap_or_default(),
        finish_reason: reply.choices().first().and_then(|choice| choice.finish_reason.clone()),
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
