//! Cutting the gateway's event stream into frames, as the WHATWG's "server-sent events" say, but for lone CRs.

use super::events::{Event, Frame};

/// Collects bytes until a frame is complete.
#[derive(Default)]
pub(super) struct Frames {
    unread: Vec<u8>,
    event: Event,
    has_data: bool,
}

// === impl Frames ===

impl Frames {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next complete frame among the bytes so far.
    pub(super) fn next(&mut self) -> Option<Frame> {
        while let Some(line) = self.line() {
            if line.is_empty() {
                if std::mem::take(&mut self.has_data) {
                    return Some(Frame::Event(std::mem::take(&mut self.event)));
                }
                // A frame without data is no event, whatever its name was.
                self.event = Event::default();
            } else if let Some(comment) = line.strip_prefix(':') {
                return Some(Frame::Comment(comment.trim().to_owned()));
            } else {
                self.field(&line);
            }
        }
        None
    }

    /// True if bytes are left that are not a whole frame.
    pub(super) fn is_torn(&self) -> bool {
        self.has_data || !self.unread.is_empty()
    }

    fn line(&mut self) -> Option<String> {
        let end = self.unread.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.unread.drain(..=end).collect();
        let line = String::from_utf8(line).expect("an event stream is UTF-8");
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event.name = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
    }
}
