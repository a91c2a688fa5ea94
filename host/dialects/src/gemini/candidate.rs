//! A candidate while it grows: what a chat's message says becomes parts, of which each goes out once.
//!
//! Calls go out whole and in their order, since this API has no pieces of them. What the model thinks is sealed, with its
//! signatures, into the signature of the part that follows it: clients send that back, and not all send back thoughts.

mod calls;
mod grounding;
mod images;
mod logprobs;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::calls::Calls;
use self::grounding::Grounding;
use self::logprobs::Logprobs;
use crate::anthropic::message::ThinkingPiece;
use crate::bounds::{KEPT_BYTES, check, entries};
use crate::fault::StreamFault;
use crate::json::text::Halves;
use crate::json::{List, Object};
use crate::openai::annotations::pages;
use crate::openai::choice::Choice;
use crate::openai::delta::Delta;
use crate::openai::parts::Part;
use crate::openai::passages::passages;
use crate::sealed::{mark_bytes, seal_bytes};
use crate::thinking::Thinking;
use crate::words::stop_reason::{is_cut_off, stop_reason};

/// A part without any data, where a candidate says nothing: the vendor ends one so that has said everything.
const NOTHING: &[u8] = br#"[{"text":""}]"#;

/// The parts of one candidate.
#[derive(Debug)]
pub(super) struct Candidate {
    provider: String,
    shows_thoughts: bool,
    /// What was thought since the last part that could be signed.
    thinking: Thinking,
    /// Where a text was cut amid a character.
    text: Halves,
    calls: Calls,
    /// A call has gone out.
    has_called: bool,
    /// What its text cites.
    grounding: Grounding,
    /// The probabilities of tokens that have not gone out.
    logprobs: Logprobs,
    /// The parts that have not gone out.
    parts: List,
    /// Why it ended, once that is known.
    ending: Option<Ending>,
    /// How many bytes are kept of it.
    kept_bytes: usize,
}

/// How a candidate ended.
#[derive(Debug, Clone, Copy)]
struct Ending {
    reason: &'static str,
    /// A limit may have cut the last call off.
    is_cut_off: bool,
}

/// What was taken in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// A client would show it.
    pub(super) content: bool,
    /// It shows that the model is at work.
    pub(super) alive: bool,
}

// === impl Candidate ===

impl Candidate {
    /// Nothing yet of the answer of this provider's model. The ids of calls begin with `calls` where the upstream gives
    /// none.
    pub(super) fn new(provider: &str, shows_thoughts: bool, calls: String) -> Self {
        Self {
            provider: provider.to_owned(),
            shows_thoughts,
            thinking: Thinking::default(),
            text: Halves::default(),
            calls: Calls::new(calls),
            has_called: false,
            grounding: Grounding::default(),
            logprobs: Logprobs::default(),
            parts: List::default(),
            ending: None,
            kept_bytes: 0,
        }
    }

    /// The same, of an answer in one piece.
    pub(super) fn whole(mut self) -> Self {
        self.calls.are_whole();
        self
    }

    /// Takes what a chunk adds, or the message of a whole reply.
    ///
    /// # Errors
    /// If it is not of its shape, or more than is kept.
    pub(super) fn take_in(&mut self, delta: &Delta<'_>) -> Result<Taken, StreamFault> {
        let mut taken = Taken::default();
        let pieces: Vec<ThinkingPiece<'_>> = list(delta.thinking_blocks, "thinking_blocks")?;
        for piece in &pieces {
            let grown = self.thinking.think(piece);
            self.show(grown, &mut taken);
        }
        taken.alive |= !pieces.is_empty() || delta.is_reasoning();
        for part in delta.said()? {
            match part {
                Part::Text(text) => self.say(text, &mut taken),
                // Thinking is not repeated with its signature.
                Part::Thinking(text) if pieces.is_empty() => {
                    let grown = self.thinking.think_aloud(text);
                    self.kept_bytes += text.len();
                    self.show(grown, &mut taken);
                    taken.alive = true;
                }
                Part::Thinking(_) | Part::Other => {}
            }
        }
        self.kept_bytes += self.grounding.cite(pages(delta.annotations)?);
        self.kept_bytes += self.grounding.cite_passages(passages(delta.citations)?);
        for refusal in delta.refusals() {
            self.say(refusal, &mut taken);
        }
        for image in images::inline(delta.images)? {
            self.part(|part| part.raw("inlineData", image));
            taken.content = true;
        }
        let calls = delta.tool_calls.filter(|calls| crate::json::raw::is_given(calls));
        if let Some(calls) = calls {
            self.kept_bytes += self.calls.take_in(calls)?;
            taken.content = true;
            self.release(false)?;
        }
        self.kept_bytes += pieces.iter().map(size).sum::<usize>();
        check(self.kept_bytes, KEPT_BYTES, "bytes")?;
        taken.alive |= taken.content;
        Ok(taken)
    }

    /// Notes what the choice tells beside its message: the probabilities of its tokens, and how it ended. Returns whether it
    /// tells that.
    pub(super) fn end(&mut self, choice: &Choice<'_>) -> bool {
        if let Some(logprobs) = choice.logprobs() {
            self.logprobs.take_in(logprobs);
        }
        let Some(finish_reason) = choice.finish_reason() else {
            return false;
        };
        let reason = match stop_reason(None, Some(finish_reason), false) {
            "max_tokens" | "model_context_window_exceeded" => "MAX_TOKENS",
            "refusal" => "SAFETY",
            _ => "STOP",
        };
        self.ending.get_or_insert(Ending {
            reason,
            is_cut_off: is_cut_off(finish_reason),
        });
        true
    }

    /// True if it has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ending.is_some()
    }

    /// True if parts wait to go out, or probabilities.
    pub(super) fn has_parts(&self) -> bool {
        !self.parts.is_empty() || !self.logprobs.is_empty()
    }

    /// Writes the parts that have not gone out.
    pub(super) fn write(&mut self, index: u64, candidate: &mut Object<'_>) {
        content(&self.take_parts(), candidate);
        self.logprobs.write(candidate);
        candidate.raw("index", index.to_string());
    }

    /// Completes what has not gone out: the rest of a text, the calls, and a signature that no part has carried.
    ///
    /// # Errors
    /// If a call has no name, or its arguments are no object although nothing cut it off.
    pub(super) fn close(&mut self) -> Result<(), StreamFault> {
        let mut taken = Taken::default();
        if let Some(rest) = self.text.rest() {
            self.push_text(&rest, &mut taken);
        }
        self.release(true)?;
        if !self.thinking.is_empty() {
            self.part(|part| part.raw("text", "\"\""));
        }
        Ok(())
    }

    /// Writes what is left of it, with the reason why it ended.
    pub(super) fn write_last(&mut self, index: u64, candidate: &mut Object<'_>) {
        content(&self.take_parts(), candidate);
        let reason = self.ending.map_or("OTHER", |ending| ending.reason);
        candidate.string("finishReason", reason);
        self.grounding.write(candidate);
        self.logprobs.write(candidate);
        candidate.raw("index", index.to_string());
    }

    /// The parts that have not gone out, which are never none.
    fn take_parts(&mut self) -> Vec<u8> {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return NOTHING.to_vec();
        }
        parts.into_text()
    }

    /// More of what the model says, as a JSON string.
    fn say(&mut self, text: &str, taken: &mut Taken) {
        let whole = self.text.join(text).into_owned();
        self.push_text(&whole, taken);
    }

    fn push_text(&mut self, text: &str, taken: &mut Taken) {
        if text != "\"\"" {
            self.grounding.say(text);
            self.part(|part| part.raw("text", text));
        }
        taken.content = true;
    }

    /// More of what the model thinks, where the client wants to see it.
    fn show(&mut self, grown: Option<String>, taken: &mut Taken) {
        let Some(grown) = grown.filter(|_| self.shows_thoughts) else {
            return;
        };
        self.parts.push_object(|part| {
            part.raw("text", grown);
            part.raw("thought", "true");
        });
        taken.content = true;
    }

    /// Lets calls go out that are whole, or all of them at the end.
    fn release(&mut self, is_end: bool) -> Result<(), StreamFault> {
        let is_cut_off = self.ending.is_some_and(|ending| ending.is_cut_off);
        for call in self.calls.release(is_end, is_cut_off)? {
            let is_first = !std::mem::replace(&mut self.has_called, true);
            self.signed_part(is_first, |part| part.raw("functionCall", call));
        }
        Ok(())
    }

    /// Adds a part, signed if thinking came before it.
    fn part(&mut self, write: impl FnOnce(&mut Object<'_>)) {
        self.signed_part(false, write);
    }

    /// The same, signed in any case if it must be: the vendor's own models refuse a first call without a signature. A mark of
    /// ours becomes one that they take.
    ///
    /// Source: <https://ai.google.dev/gemini-api/docs/thought-signatures>.
    fn signed_part(&mut self, must_be: bool, write: impl FnOnce(&mut Object<'_>)) {
        let mut thinking = std::mem::take(&mut self.thinking);
        if let Some(rest) = thinking.rest() {
            self.show(Some(rest), &mut Taken::default());
        }
        let signature = if thinking.is_empty() {
            must_be.then(|| mark_bytes(&self.provider))
        } else {
            Some(seal_bytes(&self.provider, &thinking.blocks()))
        };
        self.parts.push_object(|part| {
            write(part);
            if let Some(signature) = signature {
                part.string("thoughtSignature", &signature);
            }
        });
    }
}

/// What a piece of thinking takes.
fn size(piece: &ThinkingPiece<'_>) -> usize {
    let said = [piece.thinking(), piece.signature()].into_iter().flatten();
    said.map(str::len).sum::<usize>() + piece.redacted().map_or(0, |block| block.len())
}

fn content(parts: &[u8], candidate: &mut Object<'_>) {
    candidate.object("content", |content| {
        content.raw("parts", parts);
        content.raw("role", "\"model\"");
    });
}

/// The entries of a list, read as `T`; none of a member that is not there.
fn list<'a, T: Deserialize<'a>>(list: Option<&'a RawValue>, name: &str) -> Result<Vec<T>, StreamFault> {
    let read = |list| entries(list).map_err(|error| StreamFault::malformed(format!("{name}: {error}")));
    list.map_or(Ok(Vec::new()), read)
}
