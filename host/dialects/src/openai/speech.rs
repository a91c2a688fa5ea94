//! Speech: the client's request. The reply is sound, or events that hold it, and passes as it is.
//!
//! Source: <https://platform.openai.com/docs/api-reference/audio/createSpeech>.

use crate::facts::ReplyFacts;
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Members, fields};
use crate::openai::envelope::Envelope;
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;

/// Reads the body of `POST /v1/audio/speech`, which is canonical as it is.
///
/// # Errors
/// If `model`, `input`, `response_format` or `stream_format` is missing or of the wrong
/// type.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    fields::required_text(&members, "input", "the text to speak")?;
    fields::text(&members, "response_format")?;
    fields::text(&members, "stream_format")?;
    Ok(ParsedRequest {
        operation: Operation::Speech,
        model,
        // What comes is passed on as it comes, whether it is events or sound.
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &["input"],
    })
}

/// The fault of a reply that is JSON.
///
/// # Errors
/// Always: `Upstream` if it reports an error, else `Malformed`.
pub(super) fn finish_reply(body: &[u8], _: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, envelope) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    Err(envelope.without(text, "sound, but JSON"))
}

#[cfg(test)]
mod tests {
    use super::{fields, read};
    use crate::client::{ClientDialect, Form};
    use crate::fault::StreamFault;
    use crate::openai::OpenaiChat;
    use crate::operation::Operation;
    use crate::tests::facts;

    #[test]
    fn a_request_needs_a_text_to_speak() {
        for (body, fault) in [
            (r#"{"model":"m"}"#, "input: is missing; give the text to speak"),
            (r#"{"model":"m","input":""}"#, "input: is empty; give the text to speak"),
            (r#"{"model":"m","input":["a"]}"#, "input: must be a string"),
            (
                r#"{"model":"m","input":"a","response_format":1}"#,
                "response_format: must be a string",
            ),
        ] {
            assert_eq!(
                fields::body(body.as_bytes()).and_then(read).unwrap_err().to_string(),
                fault
            );
        }
        let request = fields::body(br#"{"model":"m","input":"Hello","voice":{"id":"v"},"speed":1.50}"#)
            .and_then(read)
            .unwrap();
        assert_eq!(
            request.parameters(),
            br#"{"model":"m","voice":{"id":"v"},"speed":1.50}"#
        );
    }

    #[test]
    fn a_reply_of_json_is_no_speech() {
        let reply = |body: &[u8]| {
            OpenaiChat
                .reply(body, Form::Canonical, &facts(Operation::Speech, "m"))
                .unwrap_err()
        };
        assert!(matches!(
            reply(br#"{"error":{"message":"no"}}"#),
            StreamFault::Upstream { .. }
        ));
        assert!(matches!(reply(br#"{"detail":"no"}"#), StreamFault::Upstream { .. }));
        assert!(matches!(reply(br#"{"audio":"UklGRg"}"#), StreamFault::Malformed(_)));
    }
}
