//! Writes AWS's binary event stream (the Smithy specification, "Amazon event stream").

use serde_json::Value;

/// A message that is an event of this kind.
pub(crate) fn message(kind: &str, payload: &Value) -> Vec<u8> {
    framed(
        &[(":message-type", "event"), (":event-type", kind)],
        &payload.to_string(),
    )
}

/// A message that is an exception of this kind.
pub(crate) fn exception(kind: &str, payload: &Value) -> Vec<u8> {
    framed(
        &[(":message-type", "exception"), (":exception-type", kind)],
        &payload.to_string(),
    )
}

fn framed(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap());
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let total = u32::try_from(head.len() + payload.len() + 16).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(head.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc32(&message).to_be_bytes());
    message.extend_from_slice(&head);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32(&message).to_be_bytes());
    message
}

/// The checksum of RFC 1952, section 8.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    let step = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc));
    !bytes.iter().fold(u32::MAX, step)
}
