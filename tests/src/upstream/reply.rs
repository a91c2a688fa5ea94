//! A scripted reply: constructors for the usual ones, and methods that change them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json as value};

use super::gate::Gate;
use super::write::{Ending, Write, joined, split_at};

/// One reply. Clones share their gates.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) opening: Opening,
    pub(super) writes: Vec<Write>,
    pub(super) ending: Ending,
}

/// When the status line leaves.
#[derive(Clone, Debug)]
pub(super) enum Opening {
    AtOnce,
    After(Gate),
    Never,
    Cut,
}

/// How OpenAI marks the end of a stream.
const DONE: &[u8] = b"data: [DONE]\n\n";

/// A status without a body.
pub fn status(code: u16) -> Reply {
    Reply {
        status: StatusCode::from_u16(code).expect("a status has three digits"),
        headers: HeaderMap::new(),
        opening: Opening::AtOnce,
        writes: Vec::new(),
        ending: Ending::Clean,
    }
}

/// A body of plain text.
pub fn text(code: u16, body: &str) -> Reply {
    status(code).header("content-type", "text/plain").write(body.to_owned())
}

/// A body of JSON in one piece, with its length.
pub fn json(code: u16, body: impl ToString) -> Reply {
    status(code)
        .header("content-type", "application/json")
        .write(body.to_string())
}

/// A 200 event stream with one write for each payload, and `[DONE]` after them.
pub fn sse(payloads: impl IntoIterator<Item: ToString>) -> Reply {
    let mut reply = event_stream();
    for payload in payloads {
        reply = reply.write(format!("data: {}\n\n", payload.to_string()));
    }
    reply.write(DONE)
}

/// A 200 event stream of (event name, payload) with one write for each, and no `[DONE]`.
pub fn sse_named<N: ToString, P: ToString>(events: impl IntoIterator<Item = (N, P)>) -> Reply {
    let mut reply = event_stream();
    for (name, payload) in events {
        let (name, payload) = (name.to_string(), payload.to_string());
        reply = reply.write(format!("event: {name}\ndata: {payload}\n\n"));
    }
    reply
}

/// The same with each payload's `type` as its name, as Anthropic streams.
pub fn sse_typed<'a>(payloads: impl IntoIterator<Item = &'a Value>) -> Reply {
    sse_named(payloads.into_iter().map(|payload| {
        (
            payload["type"]
                .as_str()
                .expect("the payload of a typed event has a type"),
            payload,
        )
    }))
}

/// A 200 stream of lines of JSON with one write for each.
pub fn ndjson(lines: impl IntoIterator<Item: ToString>) -> Reply {
    let reply = status(200).header("content-type", "application/x-ndjson");
    lines
        .into_iter()
        .fold(reply, |reply, line| reply.write(format!("{}\n", line.to_string())))
}

/// A 200 event stream of exactly these network writes.
pub fn raw(writes: impl IntoIterator<Item: Into<Bytes>>) -> Reply {
    writes.into_iter().fold(event_stream(), Reply::write)
}

/// A redirect to `location`.
pub fn redirect(code: u16, location: &str) -> Reply {
    status(code).header("location", location)
}

/// The request is read and never answered.
pub fn never_answers() -> Reply {
    Reply {
        opening: Opening::Never,
        ..status(200)
    }
}

/// The request is read, and the connection is dropped without a reply.
pub fn no_answer() -> Reply {
    Reply {
        opening: Opening::Cut,
        ..status(200)
    }
}

/// A well-formed chat completion whose content has `bytes` letters.
pub fn huge_json(bytes: usize) -> Reply {
    let message = value!({ "role": "assistant", "content": "a".repeat(bytes) });
    let choice = value!({ "index": 0, "message": message, "finish_reason": "stop" });
    json(
        200,
        value!({ "id": "huge", "object": "chat.completion", "choices": [choice] }),
    )
}

/// A stream of one event whose content has `bytes` letters.
pub fn huge_event(bytes: usize) -> Reply {
    let delta = value!({ "role": "assistant", "content": "a".repeat(bytes) });
    sse([value!({ "id": "huge", "object": "chat.completion.chunk",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": "stop" }] })])
}

fn event_stream() -> Reply {
    status(200).header("content-type", "text/event-stream")
}

// === impl Reply ===

impl Reply {
    /// Set a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers
            .insert(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }

    /// Set the status.
    #[must_use]
    pub fn status(mut self, code: u16) -> Self {
        self.status = StatusCode::from_u16(code).expect("a status has three digits");
        self
    }

    /// Add one network write.
    #[must_use]
    pub fn write(mut self, bytes: impl Into<Bytes>) -> Self {
        self.writes.push(Write::new(bytes));
        self
    }

    /// Leave out the final `[DONE]`.
    #[must_use]
    pub fn without_done(mut self) -> Self {
        self.writes.pop_if(|write| write.bytes == DONE);
        self
    }

    /// The body in a single network write.
    #[must_use]
    pub fn in_one_write(mut self) -> Self {
        self.writes = split_at(&self.writes, &[]);
        self
    }

    /// The body in two network writes, the first of `offset` bytes.
    #[must_use]
    pub fn split_at(mut self, offset: usize) -> Self {
        self.writes = split_at(&self.writes, &[offset]);
        self
    }

    /// Each byte of the body in a network write of its own.
    #[must_use]
    pub fn byte_by_byte(mut self) -> Self {
        let cuts: Vec<usize> = (1..self.len()).collect();
        self.writes = split_at(&self.writes, &cuts);
        self
    }

    /// How many bytes the body has.
    #[expect(clippy::len_without_is_empty, reason = "no test asks whether a reply is empty")]
    pub fn len(&self) -> usize {
        joined(&self.writes).len()
    }

    /// The status line waits for the gate too.
    #[must_use]
    pub fn after(mut self, gate: &Gate) -> Self {
        self.opening = Opening::After(gate.clone());
        self
    }

    /// Every write waits for the gate to be opened once.
    #[must_use]
    pub fn paced_by(mut self, gate: &Gate) -> Self {
        for write in &mut self.writes {
            write.gate = Some(gate.clone());
        }
        self
    }

    /// Write number `index` (from 0) waits for the gate; the number of writes stands for the end of the body.
    #[must_use]
    pub fn pause_before(mut self, index: usize, gate: &Gate) -> Self {
        if index == self.writes.len() {
            self.writes.push(Write::new(Bytes::new()));
        }
        self.writes[index].gate = Some(gate.clone());
        self
    }

    /// Drop the connection after the last write instead of ending the body.
    #[must_use]
    pub fn then_cut(mut self) -> Self {
        self.ending = Ending::Cut;
        self
    }

    /// Announce the length of the whole body, send `bytes` of it, and drop the connection.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        let body = joined(&self.writes);
        self.headers.insert(header::CONTENT_LENGTH, body.len().into());
        self.writes = vec![Write::new(body.slice(..bytes))];
        self.then_cut()
    }

    /// The first `bytes` of the body, ended cleanly.
    #[must_use]
    pub fn ends_after(mut self, bytes: usize) -> Self {
        self.writes = vec![Write::new(joined(&self.writes).slice(..bytes))];
        self
    }

    /// Send nothing more after the last write, and keep the connection open.
    #[must_use]
    pub fn then_stall(mut self) -> Self {
        self.ending = Ending::Stall;
        self
    }
}
