//! A stream that is in this dialect already: its events pass byte for byte but for the model's name.

use std::collections::BTreeMap;

use super::native::Native;
use crate::bounds::{CHOICES, ENDING_BYTES, check};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::{json_string, set_members};
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

/// Reads one stream. This API has no mark for its end: from the event on that ends the last candidate, all wait until the
/// body has ended.
#[derive(Debug)]
pub(super) struct NativeReader {
    /// The model's name as JSON.
    model: String,
    /// The candidates so far, and whether each has ended.
    candidates: BTreeMap<u64, bool>,
    /// The prompt was blocked.
    is_blocked: bool,
    held: Vec<u8>,
    usage: Usage,
    produced_bytes: u64,
    done: bool,
    finished: bool,
}

// === impl NativeReader ===

impl NativeReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            model: json_string(facts.model),
            candidates: BTreeMap::new(),
            is_blocked: false,
            held: Vec::new(),
            usage: Usage::default(),
            produced_bytes: 0,
            done: false,
            finished: false,
        }
    }

    fn is_complete(&self) -> bool {
        self.is_blocked || !self.candidates.is_empty() && self.candidates.values().all(|ended| *ended)
    }

    fn read(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let (text, event) = Native::read(data)?;
        check(self.held.len(), ENDING_BYTES, "bytes after its last finishReason")?;
        for (index, ended) in event.endings() {
            *self.candidates.entry(index).or_default() |= ended;
        }
        check(self.candidates.len(), CHOICES, "candidates")?;
        self.is_blocked |= event.is_blocked();
        self.usage.merge(event.usage());
        self.produced_bytes += event.produced_bytes();
        let ends = self.is_complete();
        if !ends {
            // Another candidate has begun.
            out.append(&mut self.held);
        }
        let to = if ends { &mut self.held } else { out };
        let edit = event.set_model(text, &self.model);
        // Only an event that names a model names another one.
        let edits = if edit.at.is_some() { vec![edit] } else { Vec::new() };
        write_event(to, None, |out| set_members(text, &edits, out));
        Ok(Pushed {
            content: ends || event.has_content(),
            alive: true,
        })
    }
}

impl StreamReader for NativeReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            _ if self.done => Ok(Pushed::NOTHING),
            b"" => Ok(Pushed::NOTHING),
            // Some proxies end all streams as OpenAI does.
            b"[DONE]" => {
                self.done = true;
                Ok(Pushed::NOTHING)
            }
            _ => self.read(data, out),
        }
    }

    /// Appends the events that waited. The stream is complete once every candidate has ended.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.finished {
            return Ok(());
        }
        if !self.is_complete() {
            return Err(StreamFault::without_end("a finishReason", self.done));
        }
        (self.done, self.finished) = (true, true);
        out.append(&mut self.held);
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
