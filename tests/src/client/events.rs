//! An event stream of the gateway, read event by event, and its outcome.

use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::frames::Frames;
use crate::patience::patiently;

/// A stream that is being read. Dropping it hangs up.
pub struct Events {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    frames: Frames,
    ending: Option<Ending>,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The `event` field.
    pub name: Option<String>,
    /// The `data` field; several lines are joined by line feeds.
    pub data: String,
}

/// What an event stream consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A comment line, such as a keep-alive, without its colon.
    Comment(String),
    /// An event.
    Event(Event),
}

/// How a stream's HTTP body ended; what its events say is another matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Cleanly, after a whole event.
    Clean,
    /// Cleanly for HTTP, but in the middle of an event.
    Torn,
    /// The connection broke; the error's text.
    Cut(String),
}

/// A stream that was read to its end.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// All events that had not been read before.
    pub events: Vec<Event>,
    /// How the body ended.
    pub ending: Ending,
}

// === impl Event ===

impl Event {
    /// The data as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.data) {
            Ok(value) => value,
            Err(error) => panic!("an event that is not JSON ({error}): {}", self.data),
        }
    }

    /// True for `[DONE]`, the mark of a complete stream.
    pub fn is_done(&self) -> bool {
        self.data == "[DONE]"
    }

    /// What the first choice's delta says, if it says anything.
    pub fn content(&self) -> Option<String> {
        let chunk: Value = serde_json::from_str(&self.data).ok()?;
        Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned())
    }
}

// === impl Events ===

impl Events {
    pub(super) fn new(response: hyper::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let (status, headers) = (head.status.as_u16(), head.headers);
        Self {
            status,
            headers,
            body,
            frames: Frames::default(),
            ending: None,
        }
    }

    /// A header's value, if the header is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next event or comment; none at the stream's end.
    ///
    /// Cancel safe.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.next() {
                return Some(frame);
            }
            if self.ending.is_some() {
                return None;
            }
            match patiently("the next event of a stream", self.body.frame()).await {
                Some(Ok(frame)) => self.frames.push(frame.data_ref().map_or(&[], |data| data)),
                Some(Err(error)) => self.ending = Some(Ending::Cut(error.to_string())),
                None if self.frames.is_torn() => self.ending = Some(Ending::Torn),
                None => self.ending = Some(Ending::Clean),
            }
        }
    }

    /// The next event, passing over comments; none at the stream's end.
    ///
    /// Cancel safe.
    pub async fn next_event(&mut self) -> Option<Event> {
        while let Some(frame) = self.next_frame().await {
            if let Frame::Event(event) = frame {
                return Some(event);
            }
        }
        None
    }

    /// The first event that carries content, passing over those before it.
    pub async fn next_content(&mut self) -> String {
        while let Some(event) = self.next_event().await {
            if let Some(content) = event.content().filter(|content| !content.is_empty()) {
                return content;
            }
        }
        panic!("the stream ended ({:?}) without further content", self.ending)
    }

    /// Read what is left.
    pub async fn collect(mut self) -> Collected {
        let mut events = Vec::new();
        while let Some(event) = self.next_event().await {
            events.push(event);
        }
        let ending = self.ending.expect("the last event comes after the body's end");
        Collected {
            status: self.status,
            headers: self.headers,
            events,
            ending,
        }
    }

    /// Hangs up: closes the connection midway.
    pub fn hang_up(self) {
        drop(self);
    }
}

// === impl Collected ===

impl Collected {
    /// The chunks: every event but `[DONE]`, as JSON.
    #[track_caller]
    pub fn chunks(&self) -> Vec<Value> {
        self.events
            .iter()
            .filter(|event| !event.is_done())
            .map(Event::json)
            .collect()
    }

    /// The content of the first choice, put together.
    pub fn content(&self) -> String {
        self.deltas("content")
    }

    /// The reasoning of the first choice, put together.
    pub fn reasoning(&self) -> String {
        self.deltas("reasoning_content")
    }

    /// The first choice's finish reason, if one came.
    #[track_caller]
    pub fn finish_reason(&self) -> Option<String> {
        let chunks = self.chunks();
        let mut reasons = chunks.iter().filter_map(|c| c["choices"][0]["finish_reason"].as_str());
        reasons.next().map(str::to_owned)
    }

    /// The first choice's tool calls as (id, name, arguments), put together.
    #[track_caller]
    pub fn tool_calls(&self) -> Vec<(String, String, String)> {
        let mut calls: Vec<(String, String, String)> = Vec::new();
        for chunk in self.chunks() {
            for piece in chunk["choices"][0]["delta"]["tool_calls"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let index = piece["index"].as_u64().expect("a tool call's index") as usize;
                calls.resize_with(calls.len().max(index + 1), Default::default);
                let (id, name, arguments) = &mut calls[index];
                id.push_str(piece["id"].as_str().unwrap_or_default());
                name.push_str(piece["function"]["name"].as_str().unwrap_or_default());
                arguments.push_str(piece["function"]["arguments"].as_str().unwrap_or_default());
            }
        }
        calls
    }

    /// The usage, if a chunk carried one.
    #[track_caller]
    pub fn usage(&self) -> Option<Value> {
        self.chunks()
            .into_iter()
            .map(|mut chunk| chunk["usage"].take())
            .find(Value::is_object)
    }

    /// The message of the error event, if one came.
    #[track_caller]
    pub fn error(&self) -> Option<String> {
        let chunks = self.chunks();
        chunks
            .iter()
            .find_map(|chunk| Some(chunk["error"]["message"].as_str()?.to_owned()))
    }

    /// True if the last event is `[DONE]`.
    pub fn is_done(&self) -> bool {
        self.events.last().is_some_and(Event::is_done)
    }

    fn deltas(&self, member: &str) -> String {
        let chunks = self.chunks();
        chunks
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"][member].as_str())
            .collect()
    }
}
