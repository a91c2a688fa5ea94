//! Replies as AWS event streams.
//!
//! Source: <https://smithy.io/2.0/aws/amazon-eventstream.html>.

use super::reply::{Reply, status};

/// A 200 AWS event stream of (event type, payload) with one write for each.
pub fn aws_events<N: AsRef<str>, P: ToString>(events: impl IntoIterator<Item = (N, P)>) -> Reply {
    let stream = status(200).header("content-type", "application/vnd.amazon.eventstream");
    events.into_iter().fold(stream, |stream, (name, payload)| {
        stream.write(aws_message("event", name.as_ref(), &payload.to_string()))
    })
}

/// One message of such a stream: of the kind `event` or `exception`, with this type and payload.
pub fn aws_message(kind: &str, name: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (header, value) in [(&*format!(":{kind}-type"), name), (":message-type", kind)] {
        headers.push(header.len() as u8);
        headers.extend_from_slice(header.as_bytes());
        // A string.
        headers.push(7);
        headers.extend_from_slice(&(value.len() as u16).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = (16 + headers.len() + payload.len()) as u32;
    let mut message = [total, headers.len() as u32].map(u32::to_be_bytes).concat();
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}
