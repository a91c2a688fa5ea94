//! Newline-delimited JSON: one value per line; blank lines are ignored.

use bytes::Bytes;
use memchr::memchr;

use super::{Event, FramingError, Partial, is_whole};

/// Cuts lines, which end with LF. White space around a line, such as a CR before the LF, is trimmed.
#[derive(Debug)]
pub(super) struct Ndjson {
    line: Partial,
}

// === impl Ndjson ===

impl Ndjson {
    pub(super) fn new(line: Partial) -> Self {
        Self { line }
    }

    pub(super) fn push(&mut self, chunk: &Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        let mut at = 0;
        while let Some(len) = memchr(b'\n', &chunk[at..]) {
            let line = self.line.complete(chunk.slice(at..at + len))?;
            dispatch(&line, events);
            at += len + 1;
        }
        self.line.keep(&chunk[at..])
    }

    /// Dispatches the last line, which may lack its LF if it is whole all the same.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), FramingError> {
        let line = self.line.take();
        if !line.trim_ascii().is_empty() && !is_whole(&line) {
            return Err(FramingError::Truncated);
        }
        dispatch(&line, events);
        Ok(())
    }
}

fn dispatch(line: &Bytes, events: &mut Vec<Event>) {
    let text = line.trim_ascii();
    if !text.is_empty() {
        events.push(Event {
            name: None,
            data: line.slice_ref(text),
        });
    }
}
