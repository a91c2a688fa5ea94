//! A canonical stream becomes replies of this API, of which each holds what came since the last one.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::head::Head;
use super::request::generation::shows_thoughts;
use super::spelled::Spelled;
use super::usage;
use crate::bounds::{CHOICES, check};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::{List, Object};
use crate::openai::choice::Choice;
use crate::openai::chunk::Chunk;
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

/// Translates one canonical stream.
///
/// Parts go out as they come, calls once they are whole. The finish reasons and the usage wait until the stream is
/// finished, and go out in one last event.
///
/// Source: <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>.
#[derive(Debug)]
pub(super) struct ContentReader {
    head: Head,
    provider: String,
    shows_thoughts: bool,
    candidates: BTreeMap<u64, Candidate>,
    usage: Usage,
    produced_bytes: u64,
    done: bool,
    finished: bool,
}

// === impl ContentReader ===

impl ContentReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        let request = Spelled::of(facts.request.clone());
        Self {
            head: Head::new(facts.request_id, facts.model),
            provider: facts.provider.to_owned(),
            shows_thoughts: shows_thoughts(&request),
            candidates: BTreeMap::new(),
            usage: Usage::default(),
            produced_bytes: 0,
            done: false,
            finished: false,
        }
    }

    /// Returns what the chunk was. An object that has nothing of a chunk counts as none.
    fn read(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let Some(chunk) = Chunk::of_data(data)? else {
            return Ok(Pushed::NOTHING);
        };
        if self.usage.served_model.is_none() {
            self.usage.served_model = chunk.served_model();
        }
        if let Some(usage) = chunk.told_usage() {
            self.usage.merge(chunk.served(&Usage::from_canonical(usage)));
        }
        let mut pushed = Pushed::NOTHING;
        for choice in chunk.choices() {
            self.take_in(choice, &mut pushed)?;
        }
        check(self.candidates.len(), CHOICES, "choices")?;
        if self.candidates.values().any(Candidate::has_parts) {
            self.tell(out);
        }
        pushed.alive |= pushed.content;
        Ok(pushed)
    }

    fn take_in(&mut self, choice: &Choice<'_>, pushed: &mut Pushed) -> Result<(), StreamFault> {
        let index = choice.index();
        let (head, provider, shows) = (&self.head, &self.provider, self.shows_thoughts);
        let candidate = self
            .candidates
            .entry(index)
            .or_insert_with(|| Candidate::new(provider, shows, head.calls(index)));
        if let Some(delta) = choice.delta() {
            self.produced_bytes += delta.produced_bytes();
            let taken = candidate.take_in(delta)?;
            pushed.content |= taken.content;
            pushed.alive |= taken.alive;
        }
        pushed.content |= candidate.end(choice);
        Ok(())
    }

    /// An event with the parts that have not gone out.
    fn tell(&mut self, out: &mut Vec<u8>) {
        let mut candidates = List::default();
        for (index, candidate) in self
            .candidates
            .iter_mut()
            .filter(|(_, candidate)| candidate.has_parts())
        {
            candidates.push_object(|written| candidate.write(*index, written));
        }
        write_event(out, None, |out| {
            Object::write(out, |reply| {
                reply.raw("candidates", candidates.into_text());
                self.head.write(reply);
            });
        });
    }
}

impl StreamReader for ContentReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            b"[DONE]" => self.done = true,
            b"" => {}
            _ if !self.done => return self.read(data, out),
            _ => {}
        }
        Ok(Pushed::NOTHING)
    }

    /// Appends the last event: what is left of each candidate, why it ended, and the usage. This API has no place for a
    /// latency. The stream is complete once every candidate has ended; it is malformed too if a call is not whole.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.finished {
            return Ok(());
        }
        if self.candidates.is_empty() || !self.candidates.values().all(Candidate::has_ended) {
            return Err(StreamFault::without_end("a finish_reason", self.done));
        }
        self.candidates.values_mut().try_for_each(Candidate::close)?;
        (self.done, self.finished) = (true, true);
        let mut candidates = List::default();
        for (index, candidate) in &mut self.candidates {
            candidates.push_object(|written| candidate.write_last(*index, written));
        }
        write_event(out, None, |out| {
            Object::write(out, |reply| {
                reply.raw("candidates", candidates.into_text());
                usage::write(&self.usage, reply);
                self.head.write(reply);
            });
        });
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
