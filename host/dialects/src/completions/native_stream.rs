//! The stream of a model for completions on its way to the client.

use std::collections::BTreeMap;

use super::reply::Choice;
use crate::bounds::{CHOICES, ENDING_BYTES, check};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::raw::is_given;
use crate::json::set_members;
use crate::openai::envelope::{Envelope, Stamp};
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

const DONE: &[u8] = b"data: [DONE]\n\n";

/// Reads one stream. Once every choice that was seen has its finish reason, events are held back, so that a stream that
/// breaks off does not look finished.
#[derive(Debug)]
pub(super) struct CompletionReader {
    stamp: Stamp,
    include_usage: bool,
    /// The choices seen so far by index, and whether each has its finish reason.
    choices: BTreeMap<u64, bool>,
    /// The events since the stream was complete.
    held: Vec<u8>,
    usage: Usage,
    produced_bytes: u64,
    done: bool,
}

// === impl CompletionReader ===

impl CompletionReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            stamp: Stamp::new(facts.model, facts.provider, facts.created),
            include_usage: facts.include_usage,
            choices: BTreeMap::new(),
            held: Vec::new(),
            usage: Usage::default(),
            produced_bytes: 0,
            done: false,
        }
    }

    fn is_complete(&self) -> bool {
        !self.choices.is_empty() && self.choices.values().all(|finished| *finished)
    }

    /// Notes what a choice says; true if it has a text or its end.
    fn note(&mut self, choice: &Choice<'_>) -> Result<bool, StreamFault> {
        let bytes = match choice.text.filter(|text| text.get() != "null") {
            None => 0,
            Some(_) => choice.produced_bytes()?,
        };
        self.produced_bytes += bytes;
        let ends = choice.finish_reason.is_some_and(is_given);
        *self.choices.entry(choice.index).or_insert(false) |= ends;
        check(self.choices.len(), CHOICES, "choices")?;
        Ok(bytes > 0 || ends)
    }
}

impl StreamReader for CompletionReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            _ if self.done => return Ok(Pushed::NOTHING),
            b"" => return Ok(Pushed::NOTHING),
            b"[DONE]" => {
                self.done = true;
                return Ok(Pushed::NOTHING);
            }
            _ => {}
        }
        let (text, chunk) = Envelope::<Choice<'_>>::read(data)?;
        if !chunk.has_choices() && chunk.usage().is_none() {
            if chunk.says_what_went_wrong() {
                return Err(StreamFault::from_error(text));
            }
            return Ok(Pushed::NOTHING);
        }
        let mut content = false;
        for choice in chunk.choices() {
            content |= self.note(choice)?;
        }
        if self.usage.served_model.is_none() {
            self.usage.served_model = chunk.served_model();
        }
        let usage = chunk
            .usage()
            .map(Usage::from_canonical)
            .map(|usage| chunk.served(&usage));
        if let Some(usage) = usage {
            self.usage.merge(usage);
        }
        let is_usage = usage.is_some() && chunk.choices().next().is_none();
        if is_usage && !self.include_usage {
            return Ok(Pushed::content(content));
        }
        let places = chunk.places(text);
        let edits = [self.stamp.set_model(&places), self.stamp.set_created(text, &places)];
        let to = if self.is_complete() { &mut self.held } else { out };
        write_event(to, None, |out| set_members(text, &edits, out));
        if self.held.len() > ENDING_BYTES {
            return Err(StreamFault::malformed("it goes on after its last finish_reason"));
        }
        Ok(Pushed::content(content))
    }

    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if !self.is_complete() {
            return Err(StreamFault::without_end("a finish_reason", self.done));
        }
        self.done = true;
        out.append(&mut self.held);
        out.extend_from_slice(DONE);
        Ok(())
    }

    fn done(&self) -> bool {
        self.done
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}
