//! AWS's binary event stream, `application/vnd.amazon.eventstream`.
//!
//! The Smithy specification, "Amazon event stream", defines a message as a prelude (total length, length of the
//! headers, CRC-32 of both), the headers, the payload, and the CRC-32 of everything before it. Numbers are big-endian.

use bytes::{Buf, Bytes};
use crc32fast::Hasher;

use super::{Event, FramingError, Partial};

const PRELUDE: usize = 12;
const CRC: usize = 4;

/// Cuts messages and verifies both of their checksums.
#[derive(Debug)]
pub(super) struct EventStream {
    partial: Partial,
    /// The prelude of the current message, whose rest has not arrived yet.
    prelude: Option<Prelude>,
}

#[derive(Debug)]
struct Prelude {
    bytes: Bytes,
    /// The length of what follows the prelude: headers, payload and checksum.
    rest: usize,
    headers: usize,
}

/// The headers that identify a message's type.
#[derive(Debug, Default)]
struct Headers {
    message_type: Bytes,
    event_type: Option<Bytes>,
    exception_type: Option<Bytes>,
    error_code: Option<Bytes>,
    error_message: Bytes,
}

// === impl EventStream ===

impl EventStream {
    pub(super) fn new(partial: Partial) -> Self {
        Self { partial, prelude: None }
    }

    pub(super) fn push(&mut self, mut chunk: Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        loop {
            let need = self.prelude.as_ref().map_or(PRELUDE, |prelude| prelude.rest);
            let Some(bytes) = self.partial.fill(&mut chunk, need) else {
                return Ok(());
            };
            match self.prelude.take() {
                None => self.prelude = Some(Prelude::parse(bytes, &self.partial)?),
                Some(prelude) => events.push(prelude.message(bytes)?),
            }
        }
    }

    pub(super) fn finish(&self) -> Result<(), FramingError> {
        if self.prelude.is_some() || !self.partial.is_empty() {
            return Err(FramingError::Truncated);
        }
        Ok(())
    }
}

// === impl Prelude ===

impl Prelude {
    fn parse(bytes: Bytes, partial: &Partial) -> Result<Self, FramingError> {
        let mut numbers = bytes.clone();
        let (total, headers) = (numbers.get_u32() as usize, numbers.get_u32() as usize);
        if crc32fast::hash(&bytes[..PRELUDE - CRC]) != numbers.get_u32() {
            return Err(FramingError::Malformed("the checksum of a message's prelude is wrong"));
        }
        partial.check(total)?;
        match total.checked_sub(PRELUDE) {
            Some(rest) if headers.saturating_add(CRC) <= rest => Ok(Self { bytes, rest, headers }),
            _ => Err(FramingError::Malformed("a message's lengths contradict each other")),
        }
    }

    /// The event in the message with this prelude and the `rest` of its bytes.
    fn message(&self, mut rest: Bytes) -> Result<Event, FramingError> {
        let mut crc = rest.split_off(rest.len() - CRC);
        let mut hasher = Hasher::new();
        hasher.update(&self.bytes);
        hasher.update(&rest);
        if hasher.finalize() != crc.get_u32() {
            return Err(FramingError::Malformed("the checksum of a message is wrong"));
        }
        let headers = Headers::parse(rest.split_to(self.headers))
            .ok_or(FramingError::Malformed("a message's headers cannot be read"))?;
        Ok(headers.event(rest))
    }
}

// === impl Headers ===

impl Headers {
    fn parse(mut bytes: Bytes) -> Option<Self> {
        let mut headers = Self::default();
        while !bytes.is_empty() {
            let name_len = bytes.try_get_u8().ok()?;
            let name = take(&mut bytes, usize::from(name_len))?;
            let value = value(&mut bytes)?;
            match &name[..] {
                b":message-type" => headers.message_type = value,
                b":event-type" => headers.event_type = Some(value),
                b":exception-type" => headers.exception_type = Some(value),
                b":error-code" => headers.error_code = Some(value),
                b":error-message" => headers.error_message = value,
                _ => {}
            }
        }
        Some(headers)
    }

    fn event(self, payload: Bytes) -> Event {
        match &self.message_type[..] {
            b"exception" => Event {
                name: self.exception_type,
                data: payload,
            },
            // The text of an error is in a header. It is given the shape of an exception's payload, so that plugins
            // can read both in the same way.
            b"error" => {
                let message = String::from_utf8_lossy(&self.error_message);
                let data = serde_json::json!({ "message": message }).to_string().into();
                Event {
                    name: self.error_code,
                    data,
                }
            }
            _ => Event {
                name: self.event_type,
                data: payload,
            },
        }
    }
}

/// Takes a header's value off the front of `bytes`, as raw bytes of any type.
fn value(bytes: &mut Bytes) -> Option<Bytes> {
    let len = match bytes.try_get_u8().ok()? {
        // True and false are separate types, without a value.
        0 | 1 => 0,
        // A byte, a short, an integer.
        2 => 1,
        3 => 2,
        4 => 4,
        // A long, a timestamp.
        5 | 8 => 8,
        // Bytes, a string.
        6 | 7 => usize::from(bytes.try_get_u16().ok()?),
        // A UUID.
        9 => 16,
        _ => return None,
    };
    take(bytes, len)
}

fn take(bytes: &mut Bytes, len: usize) -> Option<Bytes> {
    (bytes.len() >= len).then(|| bytes.split_to(len))
}
