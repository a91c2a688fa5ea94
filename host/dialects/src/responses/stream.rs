//! A canonical stream becomes the events of a response.

#[cfg(test)]
mod tests;

use super::ending::Ending;
use super::failure;
use super::head::{Head, Stage};
use super::ids::Ids;
use super::output::{Output, Told};
use super::toolbox::Toolbox;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::json::Object;
use crate::openai::chunk::Chunk;
use crate::openai::delta::Delta;
use crate::reader::{Pushed, StreamReader};
use crate::words::usage::Usage;

/// Translates one canonical stream.
///
/// Items go out as they come. The end of the last ones, and that of the response, wait until the stream is finished.
///
/// Source: <https://platform.openai.com/docs/api-reference/responses-streaming>.
#[derive(Debug)]
pub(super) struct ResponseReader {
    head: Head,
    output: Output,
    told: Told,
    /// The response's first events were told.
    begun: bool,
    usage: Usage,
    /// How the response ends, once the finish reason has arrived.
    ending: Option<Ending>,
    produced_bytes: u64,
    /// The items, once they have all ended, until somebody wants them.
    whole: Option<Vec<u8>>,
    done: bool,
    finished: bool,
}

// === impl ResponseReader ===

impl ResponseReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        let (ids, toolbox) = (Ids::of(facts.request_id), Toolbox::of(facts.request));
        Self {
            head: Head::of_stream(facts),
            output: Output::new(ids, toolbox, facts.provider),
            told: Told::default(),
            begun: false,
            usage: Usage::default(),
            ending: None,
            produced_bytes: 0,
            whole: None,
            done: false,
            finished: false,
        }
    }

    /// Returns what the chunk was. An object that has nothing of a chunk counts as none.
    fn read(&mut self, data: &[u8]) -> Result<Pushed, StreamFault> {
        let Some(chunk) = Chunk::of_data(data)? else {
            return Ok(Pushed::NOTHING);
        };
        if self.usage.served_model.is_none() {
            self.usage.served_model = chunk.served_model();
        }
        if let Some(usage) = chunk.told_usage() {
            self.usage.merge(chunk.served(&Usage::from_canonical(usage)));
        }
        self.begin();
        let mut pushed = Pushed::NOTHING;
        // A response has one choice.
        for choice in chunk.choices().filter(|choice| choice.index() == 0) {
            if let Some(delta) = choice.delta() {
                pushed.content |= self.take_in(delta)?;
                pushed.alive |= delta.is_reasoning();
            }
            if let Some(ending) = Ending::of(choice) {
                self.ending.get_or_insert(ending);
                pushed.content = true;
            }
        }
        pushed.alive |= pushed.content;
        Ok(pushed)
    }

    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let response = self.head.response(Stage::InProgress);
        for kind in ["response.created", "response.in_progress"] {
            self.told.event(kind, |event| event.raw("response", &response));
        }
    }

    fn take_in(&mut self, delta: &Delta<'_>) -> Result<bool, StreamFault> {
        self.produced_bytes += delta.produced_bytes();
        self.output.take_in(delta, &mut self.told)
    }
}

impl StreamReader for ResponseReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            b"[DONE]" => self.done = true,
            b"" => {}
            _ if !self.done => {
                let pushed = self.read(data);
                match &pushed {
                    Ok(_) => self.told.take(out),
                    Err(_) => self.told.forget(),
                }
                return pushed;
            }
            _ => {}
        }
        Ok(Pushed::NOTHING)
    }

    /// Appends the ends of all items and that of the response. This API has no place for a latency. The stream is complete
    /// once the finish reason was seen; it is malformed too if a tool call has no name.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.finished {
            return Ok(());
        }
        let Some(ending) = &self.ending else {
            return Err(StreamFault::without_end("a finish_reason", self.done));
        };
        self.output
            .close_all(ending.status(), ending.is_cut_off, &mut self.told)?;
        (self.done, self.finished) = (true, true);
        let output = self.output.list();
        let response = self.head.response(Stage::Ended(ending, &output, &self.usage));
        self.told.event(ending.event(), |event| event.raw("response", response));
        self.whole = Some(Object::text(|whole| whole.raw("output", output)));
        self.told.take(out);
        Ok(())
    }

    /// The response failed: its id and the numbers of its events go on.
    fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        let mut events = Vec::new();
        self.begin();
        failure::tell(&self.head, by, &mut self.told);
        self.told.take(&mut events);
        Some(events)
    }

    fn whole(&mut self) -> Option<Vec<u8>> {
        self.whole.take()
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
