//! What an answer says of itself in any of the dialects, for traces: its id, why it ended, and the text of a stream.

use crate::json::skim::Skim;

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
type Raw<'a> = Option<&'a [u8]>;

/// The members of a message, a response, or an event of either, as raw text.
#[derive(Default)]
struct Part<'a> {
    message: Raw<'a>,
    response: Raw<'a>,
    kind: Raw<'a>,
    object: Raw<'a>,
    status: Raw<'a>,
    stop_reason: Raw<'a>,
    delta: Raw<'a>,
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

    /// What a reply says whose reader knows it already.
    pub(crate) fn of<'r>(id: Option<String>, finish_reasons: impl Iterator<Item = &'r str>) -> Self {
        let reasons = finish_reasons.filter(|reason| is_short(reason)).map(str::to_owned);
        Self {
            id: id.filter(|id| is_short(id)),
            finish_reasons: reasons.take(MOST_REASONS).collect(),
            ..Self::default()
        }
    }

    /// Reads a whole reply. It need not be valid: what is no JSON says nothing, or not much.
    pub fn read(&mut self, reply: &[u8]) {
        let mut part = Part::default();
        let mut has_choices = false;
        Skim::of(reply).members(|reply, name| match name {
            b"id" | b"responseId" => self.identify(reply.value()),
            b"choices" => {
                has_choices = true;
                reply.items(|choice| self.choice(choice));
            }
            b"candidates" => {
                has_choices = true;
                reply.items(|candidate| self.candidate(candidate));
            }
            // The rest of a completion says nothing of this.
            _ if has_choices && self.id.is_some() => reply.end(),
            _ => part.take(name, reply),
        });
        if self.id.is_none() {
            self.identify(within(part.message, "id").or_else(|| within(part.response, "id")));
        }
        if !has_choices {
            self.part(&part);
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

    fn identify(&mut self, id: Raw<'_>) {
        if self.id.is_none() {
            self.id = short(id);
        }
    }

    /// A choice of a chat completion, whole or in pieces.
    fn choice(&mut self, choice: &mut Skim<'_>) {
        choice.members(|choice, name| match name {
            b"finish_reason" => self.end(choice.value()),
            b"text" => self.say(|| choice.value()),
            b"delta" => choice.member("content", |content| self.say(|| content.value())),
            _ => {}
        });
    }

    /// A candidate of Gemini's.
    fn candidate(&mut self, candidate: &mut Skim<'_>) {
        candidate.members(|candidate, name| match name {
            b"finishReason" => self.end(candidate.value()),
            b"content" => candidate.member("parts", |parts| {
                parts.items(|part| part.member("text", |text| self.say(|| text.value())));
            }),
            _ => {}
        });
    }

    /// A message, a response, or an event of either.
    fn part(&mut self, part: &Part<'_>) {
        self.end(part.stop_reason);
        self.end(within(part.delta, "stop_reason"));
        self.say(|| within(part.delta, "text"));
        match part.kind.unwrap_or_default() {
            br#""response.output_text.delta""# => self.say(|| part.delta),
            br#""response.completed""# | br#""response.incomplete""# | br#""response.failed""# => {
                self.end(within(part.response, "status"));
            }
            _ => {}
        }
        if part.object == Some(br#""response""#) {
            self.end(part.status);
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

// === impl Part ===

impl<'a> Part<'a> {
    /// Takes the value of a member with this name, if it is of interest.
    fn take(&mut self, name: &[u8], value: &mut Skim<'a>) {
        let member = match name {
            b"message" => &mut self.message,
            b"response" => &mut self.response,
            b"type" => &mut self.kind,
            b"object" => &mut self.object,
            b"status" => &mut self.status,
            b"stop_reason" => &mut self.stop_reason,
            b"delta" => &mut self.delta,
            _ => return,
        };
        *member = value.value();
    }
}

/// A member of an object; nothing of anything else.
fn within<'a>(object: Raw<'a>, wanted: &str) -> Raw<'a> {
    let mut found = None;
    Skim::of(object?).member(wanted, |member| found = member.value());
    found
}

fn is_short(text: &str) -> bool {
    (1..=MOST_BYTES).contains(&text.len())
}

fn short(value: Raw<'_>) -> Option<String> {
    word(value).filter(|text| is_short(text))
}

fn word(value: Raw<'_>) -> Option<String> {
    let string = value.filter(|value| value.starts_with(b"\""))?;
    let inside = std::str::from_utf8(&string[1..string.len() - 1]).ok()?;
    // Hardly an id and no reason has escapes.
    if inside.bytes().all(|byte| byte >= b' ' && byte != b'\\') {
        return Some(inside.to_owned());
    }
    serde_json::from_slice(string).ok()
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
