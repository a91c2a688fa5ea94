//! Replies cut into events: the same ones, however the network splits the bytes.

use bytes::Bytes;
use jackfield_gateway::framing::{Event, Framer, Framing, FramingError};

/// Words that begin and end events.
pub const WORDS: &[&str] = &[
    "data: ",
    "event: ",
    "id: 1",
    "\n\n",
    "\r\n\r\n",
    "\r",
    ": comment\n",
    "[DONE]",
    "{\"a\":1}\n",
    "[{\"a\":\"]\"},",
    "\\\"",
    "]",
    "\u{feff}",
    "\0\0\0\u{10}",
];

/// The largest event, in bytes: small, so that inputs reach it.
const LIMIT: usize = 64;

/// The first byte chooses the framing, the second where the rest is split.
pub fn run(data: &[u8]) {
    let [framing, split, body @ ..] = data else {
        return;
    };
    let framing = match framing % 5 {
        0 => Framing::Sse,
        1 => Framing::Ndjson,
        2 => Framing::AwsEventStream,
        3 => Framing::JsonArray,
        _ => Framing::None,
    };
    let whole = cut(framing, &[body]);
    let (first, second) = body.split_at(usize::from(*split).min(body.len()));
    assert_eq!(
        cut(framing, &[first, second]),
        whole,
        "{framing:?}: a split changes the outcome"
    );
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(
        cut(framing, &bytes),
        whole,
        "{framing:?}: single bytes change the outcome"
    );
    for event in &whole.0 {
        assert!(
            event.data.len() <= LIMIT,
            "{framing:?}: an event is larger than the limit"
        );
    }
}

/// The events in these chunks, and how the reply ended.
fn cut(framing: Framing, chunks: &[&[u8]]) -> (Vec<Event>, Result<(), FramingError>) {
    let (mut framer, mut events) = (Framer::new(framing, LIMIT), Vec::new());
    let mut chunks = chunks.iter();
    let pushed = chunks.try_for_each(|chunk| framer.push(Bytes::copy_from_slice(chunk), &mut events));
    let outcome = pushed.and_then(|()| framer.finish(&mut events));
    (events, outcome)
}
