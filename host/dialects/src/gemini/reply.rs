//! A buffered canonical reply becomes one of this API: its messages go the way of a stream's chunks.

use serde_json::value::RawValue;

use super::candidate::Candidate;
use super::head::Head;
use super::request::generation::shows_thoughts;
use super::spelled::Spelled;
use super::usage;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::{List, Object};
use crate::openai::choice::Choice;
use crate::openai::envelope::Envelope;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The reply for a canonical completion.
///
/// # Errors
/// `Malformed` if `body` is not a completion with whole messages; `Upstream` if it reports an error, whatever the status
/// was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let first = reply.choices().next().ok_or_else(|| reply.without(text, "choices"))?;
    let used = reply.usage().or_else(|| first.usage().map(RawValue::get));
    let used = reply.served(&used.map(Usage::from_canonical).unwrap_or_default());
    let head = Head::new(facts.request_id, facts.model);
    let shows = shows_thoughts(&Spelled::of(facts.request.clone()));
    let (mut candidates, mut produced_bytes) = (List::default(), 0);
    for choice in reply.choices() {
        let message = choice.message()?;
        let index = choice.index();
        let mut candidate = Candidate::new(facts.provider, shows, head.calls(index)).whole();
        candidate.end(choice);
        candidate.take_in(message)?;
        candidate.close()?;
        candidates.push_object(|written| candidate.write_last(index, written));
        produced_bytes += message.produced_bytes();
    }
    let written = Object::text(|reply| {
        reply.raw("candidates", candidates.into_text());
        usage::write(&used, reply);
        head.write(reply);
    });
    let summary = ReplySummary {
        usage: used,
        produced_bytes,
        ..ReplySummary::default()
    };
    Ok((written, summary))
}
