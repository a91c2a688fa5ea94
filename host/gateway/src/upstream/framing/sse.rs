//! Server-sent events (WHATWG HTML, section 9.2.6, "Interpreting an event stream").

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

use super::{Event, FramingError, Partial, is_whole};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Cuts lines, which end with LF, CR LF or CR, and assembles them into events.
#[derive(Debug)]
pub(super) struct Sse {
    line: Partial,
    name: Option<Bytes>,
    data: Data,
    /// The last chunk ended with a CR, so an LF at the start of the next one belongs to it.
    after_cr: bool,
    /// No line has been read yet, so the first may begin with a byte order mark.
    at_start: bool,
}

/// The data lines of the current event. Nearly every event has just one, which is not copied.
#[derive(Debug, Clone)]
enum Data {
    None,
    One(Bytes),
    Many(BytesMut),
}

// === impl Sse ===

impl Sse {
    pub(super) fn new(line: Partial) -> Self {
        Self {
            line,
            name: None,
            data: Data::None,
            after_cr: false,
            at_start: true,
        }
    }

    pub(super) fn push(&mut self, chunk: &Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        let mut at = 0;
        if self.after_cr && !chunk.is_empty() {
            self.after_cr = false;
            at = usize::from(chunk[0] == b'\n');
        }
        while let Some(len) = memchr2(b'\n', b'\r', &chunk[at..]) {
            let end = at + len;
            if len == 0 && self.line.is_empty() {
                self.dispatch(events);
            } else {
                let line = self.line.complete(chunk.slice(at..end))?;
                self.read_line(line, events)?;
            }
            at = end + 1;
            if chunk[end] == b'\r' {
                match chunk.get(at) {
                    Some(b'\n') => at += 1,
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
        }
        self.line.keep(&chunk[at..])?;
        self.line.check(self.data.len() + self.line.len())
    }

    /// The standard discards an event that lacks its blank line at the end of the stream. Many upstreams omit that last
    /// blank line, so here an event counts as complete if its last line is.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), FramingError> {
        let half_line = self.line.take();
        if !half_line.is_empty() {
            if !self.is_complete(&half_line) {
                return Err(FramingError::Truncated);
            }
            self.read_line(half_line, events)?;
        }
        self.dispatch(events);
        Ok(())
    }

    /// True if a last line without its line end is not truncated. Some upstreams omit even that; a comment, the end mark
    /// and a whole JSON document are complete all the same.
    fn is_complete(&self, half_line: &Bytes) -> bool {
        if half_line.starts_with(b":") {
            return true;
        }
        let Some(value) = field(half_line, b"data").filter(|_| half_line.starts_with(b"data:")) else {
            return false;
        };
        if value.trim_ascii() == b"[DONE]" {
            return true;
        }
        let mut data = self.data.clone();
        data.add(value);
        data.take().is_some_and(|data| is_whole(&data))
    }

    fn read_line(&mut self, mut line: Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        self.line.check(self.data.len() + line.len())?;
        if std::mem::take(&mut self.at_start) && line.starts_with(BOM) {
            line = line.slice(BOM.len()..);
        }
        if line.is_empty() {
            self.dispatch(events);
        } else if let Some(value) = field(&line, b"data") {
            self.data.add(value);
        } else if let Some(value) = field(&line, b"event") {
            self.name = (!value.is_empty()).then_some(value);
        }
        // Comments, `id` and `retry` do not matter to a reader that never reconnects.
        Ok(())
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        self.at_start = false;
        let name = self.name.take();
        // By the standard, an event of empty data is an event. Where each is a JSON document it says nothing, unless its
        // name does.
        if let Some(data) = self
            .data
            .take()
            .filter(|data| name.is_some() || !data.trim_ascii().is_empty())
        {
            events.push(Event { name, data });
        }
    }
}

/// The value of `line` if its field has this name: everything after the colon, without one leading space.
fn field(line: &Bytes, name: &[u8]) -> Option<Bytes> {
    match line.strip_prefix(name)? {
        [] => Some(Bytes::new()),
        [b':', b' ', ..] => Some(line.slice(name.len() + 2..)),
        [b':', ..] => Some(line.slice(name.len() + 1..)),
        _ => None,
    }
}

// === impl Data ===

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(line) => line.len(),
            Self::Many(lines) => lines.len(),
        }
    }

    fn add(&mut self, line: Bytes) {
        match self {
            Self::None => *self = Self::One(line),
            Self::One(first) => {
                let mut lines = BytesMut::with_capacity(2 * (first.len() + line.len() + 1));
                lines.extend_from_slice(first);
                lines.extend_from_slice(b"\n");
                lines.extend_from_slice(&line);
                *self = Self::Many(lines);
            }
            Self::Many(lines) => {
                lines.extend_from_slice(b"\n");
                lines.extend_from_slice(&line);
            }
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        match std::mem::replace(self, Self::None) {
            Self::None => None,
            Self::One(line) => Some(line),
            Self::Many(lines) => Some(lines.freeze()),
        }
    }
}
