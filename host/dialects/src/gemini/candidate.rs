//! A candidate while it grows: what a chat's message says becomes parts, of which each goes out once.
//!
//! Calls go out whole and in their order, since this API has no pieces of them.

mod calls;
mod grounding;
mod images;
mod logprobs;
mod parts;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::calls::Calls;
use self::grounding::Grounding;
use self::logprobs::Logprobs;
use self::parts::Parts;
use crate::anthropic::message::ThinkingPiece;
use crate::bounds::{KEPT_BYTES, check, entries};
use crate::fault::StreamFault;
use crate::json::Object;
use crate::json::text::Halves;
use crate::openai::annotations::pages;
use crate::openai::choice::Choice;
use crate::openai::delta::Delta;
use crate::openai::parts::Part;
use crate::openai::passages::passages;
use crate::words::stop_reason::{is_cut_off, stop_reason};

/// One candidate.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its parts that have not gone out.
    parts: Parts,
    /// Where a text was cut amid a character.
    text: Halves,
    calls: Calls,
    /// A call has gone out.
    has_called: bool,
    /// What its text cites.
    grounding: Grounding,
    /// The probabilities of tokens that have not gone out.
    logprobs: Logprobs,
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
            parts: Parts::new(provider, shows_thoughts),
            text: Halves::default(),
            calls: Calls::new(calls),
            has_called: false,
            grounding: Grounding::default(),
            logprobs: Logprobs::default(),
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
            taken.content |= self.parts.think(piece);
        }
        taken.alive |= !pieces.is_empty() || delta.is_reasoning();
        for part in delta.said()? {
            match part {
                Part::Text(text) => self.say(text, &mut taken),
                // Thinking is not repeated with its signature.
                Part::Thinking(text) if pieces.is_empty() => {
                    taken.content |= self.parts.think_aloud(text);
                    self.kept_bytes += text.len();
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
            self.parts.push(|part| part.raw("inlineData", image));
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
        self.parts.write(candidate);
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
        self.parts.close();
        Ok(())
    }

    /// Writes what is left of it, with the reason why it ended.
    pub(super) fn write_last(&mut self, index: u64, candidate: &mut Object<'_>) {
        self.parts.write(candidate);
        let reason = self.ending.map_or("OTHER", |ending| ending.reason);
        candidate.string("finishReason", reason);
        self.grounding.write(candidate);
        self.logprobs.write(candidate);
        candidate.raw("index", index.to_string());
    }

    /// More of what the model says, as a JSON string.
    fn say(&mut self, text: &str, taken: &mut Taken) {
        let whole = self.text.join(text).into_owned();
        self.push_text(&whole, taken);
    }

    fn push_text(&mut self, text: &str, taken: &mut Taken) {
        if text != "\"\"" {
            self.grounding.say(text);
            self.parts.push(|part| part.raw("text", text));
        }
        taken.content = true;
    }

    /// Lets calls go out that are whole, or all of them at the end.
    fn release(&mut self, is_end: bool) -> Result<(), StreamFault> {
        let is_cut_off = self.ending.is_some_and(|ending| ending.is_cut_off);
        for call in self.calls.release(is_end, is_cut_off)? {
            let is_first = !std::mem::replace(&mut self.has_called, true);
            self.parts.push_call(is_first, call);
        }
        Ok(())
    }
}

/// What a piece of thinking takes.
fn size(piece: &ThinkingPiece<'_>) -> usize {
    let said = [piece.thinking(), piece.signature()].into_iter().flatten();
    said.map(str::len).sum::<usize>() + piece.redacted().map_or(0, |block| block.len())
}

/// The entries of a list, read as `T`; none of a member that is not there.
fn list<'a, T: Deserialize<'a>>(list: Option<&'a RawValue>, name: &str) -> Result<Vec<T>, StreamFault> {
    let read = |list| entries(list).map_err(|error| StreamFault::malformed(format!("{name}: {error}")));
    list.map_or(Ok(Vec::new()), read)
}
