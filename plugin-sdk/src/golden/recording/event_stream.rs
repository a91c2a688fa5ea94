//! AWS's binary event stream (Smithy, "Amazon event stream"), of a complete body. The checksums are the host's business.

use crate::Event;

/// The lengths of a message and of its headers, and their checksum.
const PRELUDE: usize = 12;

/// The checksum at a message's end.
const CRC: usize = 4;

/// The messages of a body; none if it is not one.
pub(super) fn messages(mut bytes: &[u8]) -> Option<Vec<Event>> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let total = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let headers = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?) as usize;
        let (message, rest) = bytes.split_at_checked(total)?;
        let body = message.get(PRELUDE..total.checked_sub(CRC)?)?;
        let (headers, payload) = body.split_at_checked(headers)?;
        events.push(event(headers, payload)?);
        bytes = rest;
    }
    Some(events)
}

/// The event in a message: an error, whose text is in a header, gets the shape of an exception.
fn event(mut headers: &[u8], payload: &[u8]) -> Option<Event> {
    let (mut kind, mut name, mut message) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((length, rest)) = headers.split_first() {
        let (key, rest) = rest.split_at_checked(usize::from(*length))?;
        let (value, rest) = value(rest)?;
        match key {
            b":message-type" => kind = value.to_vec(),
            b":event-type" | b":exception-type" | b":error-code" => name = value.to_vec(),
            b":error-message" => message = value.to_vec(),
            _ => {}
        }
        headers = rest;
    }
    let data = if kind == b"error" {
        let message = String::from_utf8_lossy(&message);
        serde_json::json!({ "message": message }).to_string().into_bytes()
    } else {
        payload.to_vec()
    };
    Some(Event {
        name: String::from_utf8_lossy(&name).into_owned(),
        data,
    })
}

/// A header's value, and what follows it.
fn value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (length, rest) = match kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        6 | 7 => {
            let (length, rest) = rest.split_at_checked(2)?;
            (usize::from(u16::from_be_bytes(length.try_into().ok()?)), rest)
        }
        9 => (16, rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}
