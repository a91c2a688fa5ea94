//! The short form of a message, for clients that send no `anthropic-version`.

use serde_json::Value;
use serde_json::value::RawValue;

use super::native::{Message, Said};
use crate::fault::StreamFault;
use crate::json::{Object, json_string};
use crate::openai::envelope::object_text;

/// What is told beside what the message says.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// The time of the reply in milliseconds since 1970, which becomes its id.
    pub now_ms: u64,
    /// What the reply cost, in credits.
    pub credits_charged: f64,
}

/// The short form of a full message, one that [`super::reply`] or [`super::native`] finished: `content` is all of its
/// text as one string, `usage` counts every token of the prompt, those of a cache included.
///
/// # Errors
/// `Malformed` if `message` is no message.
pub fn simplify(message: &[u8], model: &str, charge: &Charge) -> Result<Vec<u8>, StreamFault> {
    let message = Message::read(object_text(message)?)?;
    let blocks = message.content.as_deref().unwrap_or_default();
    let text: String = blocks.iter().filter_map(|block| text(block)).collect();
    let tokens = message.tokens();
    let stop_reason = message.stop_reason.as_deref().map(json_string);
    Ok(Object::text(|short| {
        short.string("id", &format!("msg_{:013}", charge.now_ms));
        short.raw("type", "\"message\"");
        short.raw("role", "\"assistant\"");
        short.string("content", &text);
        short.string("model", model);
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
    serde_json::from_str(text.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Charge, simplify};

    fn short(message: &str, credits_charged: f64) -> String {
        let charge = Charge {
            now_ms: 1_700_000_000_000,
            credits_charged,
        };
        String::from_utf8(simplify(message.as_bytes(), "route/m", &charge).unwrap()).unwrap()
    }

    #[test]
    fn all_text_is_one_string_and_the_rest_is_left_out() {
        let message = r#"{"id":"msg_x","type":"message","role":"assistant","model":"route/m","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"a\n"},{"type":"tool_use","id":"t","name":"f","input":{"text":"no"}},{"type":"text","text":"b"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}}"#;
        assert_eq!(
            short(message, 0.003),
            r#"{"id":"msg_1700000000000","type":"message","role":"assistant","content":"a\nb","model":"route/m","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":5},"credits_charged":0.003}"#
        );
    }

    #[test]
    fn nothing_said_and_nothing_charged_have_their_types_all_the_same() {
        assert_eq!(
            short(r#"{"type":"message","content":[]}"#, 0.0),
            r#"{"id":"msg_1700000000000","type":"message","role":"assistant","content":"","model":"route/m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0},"credits_charged":0.0}"#
        );
    }

    #[test]
    fn what_is_no_message_has_no_short_form() {
        let charge = Charge {
            now_ms: 0,
            credits_charged: 0.0,
        };
        assert!(simplify(b"{}", "m", &charge).is_err());
    }
}
