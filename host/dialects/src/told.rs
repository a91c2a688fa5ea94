//! What an answer says of itself in any of the dialects, for traces: its id, why it ended, and the text of a stream.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::raw::ObjectOf;

/// The most reasons that are noted: one for each choice.
const MOST_REASONS: usize = 16;

/// The most bytes of an id or a reason.
const MOST_BYTES: usize = 256;

/// What an answer has said of itself so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: Option<String>,
    /// Why it ended, for each choice in the order in which they did, in the dialect's words.
    pub finish_reasons: Vec<String>,
    /// The text of a stream, as far as there is room.
    pub text: String,
    /// The most bytes of that text.
    room: usize,
}

/// A value that is looked into only if it is needed, and may be anything.
type Raw<'a> = Option<&'a RawValue>;

/// What matters of a reply, or of an event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow, rename = "responseId")]
    response_id: Raw<'a>,
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    object: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
    #[serde(borrow)]
    choices: Raw<'a>,
    #[serde(borrow)]
    candidates: Raw<'a>,
    #[serde(borrow)]
    stop_reason: Raw<'a>,
    #[serde(borrow)]
    delta: Raw<'a>,
    /// The head of a message.
    #[serde(borrow)]
    message: Raw<'a>,
    /// The response that an event is about.
    #[serde(borrow)]
    response: Raw<'a>,
}

/// What matters of a choice, a candidate, or whatever else a reply or an event wraps.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
    #[serde(borrow)]
    finish_reason: Raw<'a>,
    /// The same of a candidate.
    #[serde(borrow, rename = "finishReason")]
    finished_for: Raw<'a>,
    #[serde(borrow)]
    stop_reason: Raw<'a>,
    #[serde(borrow)]
    delta: Raw<'a>,
    #[serde(borrow)]
    content: Raw<'a>,
    #[serde(borrow)]
    parts: Raw<'a>,
    #[serde(borrow)]
    text: Raw<'a>,
}

// === impl Told ===

impl Told {
    /// Nothing yet, with room for this many bytes of a stream's text.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }

    /// Reads a whole reply. What is not JSON says nothing.
    pub fn read(&mut self, reply: &[u8]) {
        let Ok(seen) = serde_json::from_slice::<Seen<'_>>(reply) else {
            return;
        };
        if self.id.is_none() {
            let own = short(seen.id).or_else(|| short(seen.response_id));
            let wrapped = || {
                [seen.message, seen.response]
                    .into_iter()
                    .find_map(|it| short(inner(it).id))
            };
            self.id = own.or_else(wrapped);
        }
        for choice in items(seen.choices) {
            self.end(choice.finish_reason);
            self.say(|| inner(choice.delta).content);
            self.say(|| choice.text);
        }
        for candidate in items(seen.candidates) {
            self.end(candidate.finished_for);
            for part in items(inner(candidate.content).parts) {
                self.say(|| part.text);
            }
        }
        self.end(seen.stop_reason);
        let delta = inner(seen.delta);
        self.end(delta.stop_reason);
        self.say(|| delta.text);
        let kind = short(seen.kind).unwrap_or_default();
        match &*kind {
            "response.output_text.delta" => self.say(|| seen.delta),
            "response.completed" | "response.incomplete" | "response.failed" => self.end(inner(seen.response).status),
            _ => {}
        }
        if short(seen.object).is_some_and(|object| object == "response") {
            self.end(seen.status);
        }
    }

    /// Reads complete server-sent events, or lines of JSON.
    pub fn read_events(&mut self, events: &[u8]) {
        for line in events.split(|byte| *byte == b'\n') {
            let data = line.strip_prefix(b"data:").unwrap_or(line).trim_ascii();
            if data.first() == Some(&b'{') {
                self.read(data);
            }
        }
    }

    fn end(&mut self, reason: Raw<'_>) {
        if self.finish_reasons.len() < MOST_REASONS {
            self.finish_reasons.extend(short(reason));
        }
    }

    /// Adds a text, which is looked for only while there is room.
    fn say<'a>(&mut self, text: impl FnOnce() -> Raw<'a>) {
        let left = self.room - self.text.len();
        let Some(text) = Some(text).filter(|_| left > 0).and_then(|text| word(text())) else {
            return;
        };
        self.text.push_str(&text[..text.floor_char_boundary(left)]);
        if text.len() > left {
            // What follows must not be joined to what was cut.
            self.room = self.text.len();
        }
    }
}

/// What matters of an object; nothing of anything else.
fn inner(value: Raw<'_>) -> Inner<'_> {
    let read = value.map(|value| serde_json::from_str(value.get()));
    read.and_then(Result::ok)
        .map(|ObjectOf(inner)| inner)
        .unwrap_or_default()
}

/// The same of each item of a list; none of anything else.
fn items(list: Raw<'_>) -> Vec<Inner<'_>> {
    let list = list.and_then(|list| serde_json::from_str::<Vec<&RawValue>>(list.get()).ok());
    let items = list.unwrap_or_default().into_iter();
    items.map(|item| inner(Some(item))).collect()
}

fn short(value: Raw<'_>) -> Option<String> {
    word(value).filter(|text| (1..=MOST_BYTES).contains(&text.len()))
}

fn word(value: Raw<'_>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(events: &str) -> (Option<String>, String, String) {
        let mut told = Told::with_room(100);
        told.read_events(events.as_bytes());
        (told.id, told.finish_reasons.join(" "), told.text)
    }

    fn expected(id: &str, reasons: &str, text: &str) -> (Option<String>, String, String) {
        (Some(id.to_owned()), reasons.to_owned(), text.to_owned())
    }

    #[test]
    fn whole_replies_of_every_dialect_name_themselves_and_their_end() {
        let replies = [
            r#"{"id":"a","choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]}"#,
            r#"{"id":"a","type":"message","stop_reason":"end_turn","content":[]}"#,
            r#"{"id":"a","object":"response","status":"completed","output":[]}"#,
            r#"{"responseId":"a","candidates":[{"finishReason":"STOP"}]}"#,
        ];
        let reasons = ["stop length", "end_turn", "completed", "STOP"];
        for (reply, reasons) in replies.iter().zip(reasons) {
            let mut told = Told::default();
            told.read(reply.as_bytes());
            let found = (told.id.as_deref(), told.finish_reasons.join(" "));
            assert_eq!(found, (Some("a"), reasons.to_owned()), "{reply}");
        }
    }

    #[test]
    fn streams_of_every_dialect_are_read_event_by_event() {
        let chat = "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"he\"},\"finish_reason\":null}]}\n\n\
             data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        assert_eq!(told(chat), expected("c", "stop", "hey"));
        let message = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"stop_reason\":null}}\n\n\
             data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hey\"}}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
        assert_eq!(told(message), expected("m", "end_turn", "hey"));
        let items = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\"}}\n\n\
             data: {\"type\":\"response.output_text.delta\",\"delta\":\"hey\"}\n\n\
             data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\"}}\n\n";
        assert_eq!(told(items), expected("r", "completed", "hey"));
        let contents = "data: {\"responseId\":\"g\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hey\"}]},\"finishReason\":\"STOP\"}]}\n\n";
        assert_eq!(told(contents), expected("g", "STOP", "hey"));
    }

    #[test]
    fn the_text_is_cut_at_its_room_and_never_in_a_character() {
        let mut told = Told::with_room(4);
        for piece in ["aé", "éb", "c"] {
            let event = format!("{{\"choices\":[{{\"text\":\"{piece}\"}}]}}");
            told.read_events(event.as_bytes());
        }
        assert_eq!(told.text, "aé");
    }

    #[test]
    fn nonsense_says_nothing() {
        let mut told = Told::with_room(9);
        for nonsense in ["", "[1]", "{", r#"{"id":7,"choices":"x","delta":[],"stop_reason":{}}"#] {
            told.read_events(nonsense.as_bytes());
            told.read(nonsense.as_bytes());
        }
        assert_eq!(told, Told::with_room(9));
    }
}
