//! The short form of the dialect, for clients that send no `anthropic-version`: a reply's text as one string, its price
//! beside it, and OpenAI's error object.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::native::{Message, Said};
use crate::client::{ClientDialect, Dialect, Endpoint, Form, Interruption};
use crate::facts::{Charge, ErrorFacts, ReplyFacts, StreamFacts};
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Edited, Members, Object, json_string};
use crate::openai::error;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::request::ParsedRequest;
use crate::standard::Standard;
use crate::summary::ReplySummary;
use crate::texts::Texts;
use crate::texts::instruct::Instruction;
use crate::texts::stream::StreamTexts;

/// The dialect in its short form. What it does not change is the full form's.
#[derive(Debug)]
pub(super) struct Short {
    full: Dialect,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: Option<String>,
}

// === impl Short ===

impl Short {
    /// The short form of `full`.
    pub(super) const fn of(full: Dialect) -> Self {
        Self { full }
    }
}

impl ClientDialect for Short {
    fn name(&self) -> &'static str {
        self.full.name()
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        self.full.endpoints()
    }

    fn prefix(&self) -> Option<&'static str> {
        self.full.prefix()
    }

    fn variant(&self, has_header: &dyn Fn(&str) -> bool) -> Dialect {
        self.full.variant(has_header)
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        self.full.read(operation, members)
    }

    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        self.full.canonical(request)
    }

    fn native(&self, request: &ParsedRequest<'_>) -> Standard {
        self.full.native(request)
    }

    fn place(&self, canonical: &str) -> String {
        self.full.place(canonical)
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        self.full.reply(body, form, facts)
    }

    /// Gives a message its short form. A count of tokens has none and stays as it is.
    fn charged(&self, reply: Vec<u8>, charge: &Charge<'_>) -> Result<Vec<u8>, StreamFault> {
        if is_message(&reply) {
            shorten(&reply, charge)
        } else {
            Ok(reply)
        }
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        self.full.stream(form, facts)
    }

    fn estimate(&self, request: &ParsedRequest<'_>) -> Option<Vec<u8>> {
        self.full.estimate(request)
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        error::body(error)
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        self.full.request_texts(request)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        self.full.instructed(request, instructions)
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        self.full.reply_texts(operation, reply)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        self.full.stream_texts()
    }

    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        self.full.interrupted(by)
    }
}

fn is_message(reply: &[u8]) -> bool {
    let typed: Option<Typed> = serde_json::from_slice(reply).ok();
    typed.and_then(|typed| typed.kind).as_deref() == Some("message")
}

/// The short form of a message: `content` is all of its text as one string, `usage` counts every token of the prompt,
/// including cached ones, and the time becomes the id.
///
/// # Errors
/// `Malformed` if the message cannot be read.
fn shorten(message: &[u8], charge: &Charge<'_>) -> Result<Vec<u8>, StreamFault> {
    let message = Message::read(message)?.1;
    let blocks = message.content.as_deref().unwrap_or_default();
    let text: String = blocks.iter().filter_map(|block| text(block)).collect();
    let tokens = message.tokens();
    let stop_reason = message.stop_reason.as_deref().map(json_string);
    Ok(Object::text(|short| {
        short.string("id", &format!("msg_{:013}", charge.now_ms));
        short.raw("type", "\"message\"");
        short.raw("role", "\"assistant\"");
        short.string("content", &text);
        short.string("model", charge.model);
        short.raw("stop_reason", stop_reason.as_deref().unwrap_or("null"));
        let stop_sequence = message.stop_sequence.map(RawValue::get);
        short.raw("stop_sequence", stop_sequence.unwrap_or("null"));
        short.object("usage", |usage| {
            let counts = [("input_tokens", tokens.prompt()), ("output_tokens", tokens.output())];
            for (name, count) in counts {
                usage.raw(name, count.unwrap_or(0).to_string());
            }
        });
        // Written as a float even if it is whole: 0.0.
        short.raw("credits_charged", Value::from(charge.credits_charged).to_string());
    }))
}

fn text(block: &RawValue) -> Option<String> {
    let said: Said<'_> = serde_json::from_str(block.get()).ok()?;
    let text = said.text.filter(|_| said.kind.as_deref() == Some("text"))?;
    crate::json::text::text(text)
}

#[cfg(test)]
mod tests {
    use super::Charge;
    use crate::tests::short;

    /// What the client gets in place of a finished reply.
    fn charged(reply: &str, credits_charged: f64) -> String {
        let charge = Charge {
            model: "route/m",
            now_ms: 1_700_000_000_000,
            credits_charged: Some(credits_charged),
        };
        let reply = short().charged(reply.as_bytes().to_vec(), &charge).unwrap();
        String::from_utf8(reply).unwrap()
    }

    #[test]
    fn all_text_is_one_string_and_the_rest_is_left_out() {
        let message = r#"{"id":"msg_x","type":"message","role":"assistant","model":"route/m","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"a\n"},{"type":"tool_use","id":"t","name":"f","input":{"text":"no"}},{"type":"text","text":"b"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}}"#;
        assert_eq!(
            charged(message, 0.003),
            r#"{"id":"msg_1700000000000","type":"message","role":"assistant","content":"a\nb","model":"route/m","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":5},"credits_charged":0.003}"#
        );
    }

    #[test]
    fn half_a_surrogate_pair_harms_no_other_text() {
        let message = r#"{"type":"message","content":[{"type":"text","text":"a\ud83d"},{"type":"text","text":"b"}]}"#;
        assert!(charged(message, 0.0).contains("\"content\":\"a\u{FFFD}b\""));
    }

    #[test]
    fn an_empty_and_free_reply_still_has_every_member() {
        assert_eq!(
            charged(r#"{"type":"message","content":[]}"#, 0.0),
            r#"{"id":"msg_1700000000000","type":"message","role":"assistant","content":"","model":"route/m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0},"credits_charged":0.0}"#
        );
    }

    #[test]
    fn a_count_of_tokens_has_no_short_form() {
        for count in [r#"{"input_tokens":7}"#, r#"{"input_tokens":2,"estimated":true}"#, "7"] {
            assert_eq!(charged(count, 0.0), count);
        }
    }
}
