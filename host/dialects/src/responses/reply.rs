//! A buffered canonical reply becomes a response: its message goes the way of a stream's chunks, without the events.

use serde_json::value::RawValue;

use super::ending::Ending;
use super::head::{Head, Stage};
use super::ids::Ids;
use super::output::{Output, Told};
use super::toolbox::Toolbox;
use crate::anthropic::message::unplaced;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::openai::choice::Choice;
use crate::openai::envelope::Envelope;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The response for a canonical completion. Only the first choice counts: a response has one.
///
/// # Errors
/// `Malformed` if `body` is not a completion with a whole message; `Upstream` if it reports an error, whatever the status
/// was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<Choice<'_>>::read(body)?;
    let choice = reply.choices().next().ok_or_else(|| reply.without(text, "choices"))?;
    let message = choice.message()?;
    let Some(ending) = Ending::of(choice) else {
        return Err(StreamFault::malformed("its choice has no finish_reason"));
    };
    let used = reply.usage().or_else(|| choice.usage().map(RawValue::get));
    let used = reply.served(&used.map(Usage::from_canonical).unwrap_or_default());
    let (ids, toolbox) = (Ids::of(facts.request_id), Toolbox::of(facts.request));
    let (mut output, mut told) = (Output::new(ids, toolbox, facts.provider).whole(), Told::silent());
    output.take_in(message, &mut told)?;
    output.close_all(ending.status(), ending.is_cut_off, &mut told)?;
    let response = Head::of_reply(facts).response(Stage::Ended(&ending, &output.list(), &used));
    let summary = ReplySummary {
        usage: used,
        produced_bytes: message.produced_bytes(),
        dropped: unplaced(message),
        told: None,
    };
    Ok((response, summary))
}
