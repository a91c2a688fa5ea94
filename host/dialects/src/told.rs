//! What an answer says of itself in any of the dialects, for traces: its id, why it ended, and the text of a stream.

use crate::json::skim::{items, picked};

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

/// The raw text of a value, which may be anything.
type Raw<'a> = Option<&'a str>;

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

    /// Reads a whole reply. It need not be valid: what is no JSON says nothing, or not much.
    pub fn read(&mut self, reply: &[u8]) {
        let Ok(reply) = std::str::from_utf8(reply) else {
            return;
        };
        let [id, response_id, message, response, choices, candidates] = picked(
            reply,
            ["id", "responseId", "message", "response", "choices", "candidates"],
        );
        if self.id.is_none() {
            let own = short(id).or_else(|| short(response_id));
            self.id = own.or_else(|| [message, response].into_iter().find_map(|it| short(within(it, "id"))));
        }
        for choice in items(choices.unwrap_or_default()) {
            self.choice(choice);
        }
        for candidate in items(candidates.unwrap_or_default()) {
            self.candidate(candidate);
        }
        if choices.or(candidates).is_none() {
            self.part(reply, response);
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

    /// A choice of a chat completion, whole or in pieces.
    fn choice(&mut self, choice: &str) {
        let [finish_reason, delta, text] = picked(choice, ["finish_reason", "delta", "text"]);
        self.end(finish_reason);
        self.say(|| within(delta, "content"));
        self.say(|| text);
    }

    /// A candidate of Gemini's.
    fn candidate(&mut self, candidate: &str) {
        let [finish_reason, content] = picked(candidate, ["finishReason", "content"]);
        self.end(finish_reason);
        for part in items(within(content, "parts").unwrap_or_default()) {
            self.say(|| within(Some(part), "text"));
        }
    }

    /// A message, a response, or an event of either.
    fn part(&mut self, part: &str, response: Raw<'_>) {
        let [kind, object, status, stop_reason, delta] =
            picked(part, ["type", "object", "status", "stop_reason", "delta"]);
        self.end(stop_reason);
        self.end(within(delta, "stop_reason"));
        self.say(|| within(delta, "text"));
        match kind.unwrap_or_default() {
            r#""response.output_text.delta""# => self.say(|| delta),
            r#""response.completed""# | r#""response.incomplete""# | r#""response.failed""# => {
                self.end(within(response, "status"));
            }
            _ => {}
        }
        if object == Some(r#""response""#) {
            self.end(status);
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

/// A member of an object; nothing of anything else.
fn within<'a>(object: Raw<'a>, name: &str) -> Raw<'a> {
    let [value] = picked(object?, [name]);
    value
}

fn short(value: Raw<'_>) -> Option<String> {
    word(value).filter(|text| (1..=MOST_BYTES).contains(&text.len()))
}

fn word(value: Raw<'_>) -> Option<String> {
    let string = value.filter(|value| value.starts_with('"'))?;
    serde_json::from_str(string).ok()
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
