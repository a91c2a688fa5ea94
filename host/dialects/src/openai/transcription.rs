//! Transcriptions and translations of speech: the client's form, and a JSON reply on its way to it. Replies of other media
//! types pass as they are.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/audio/createTranscription>,
//! <https://platform.openai.com/docs/api-reference/audio/createTranslation>.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::facts::ReplyFacts;
use crate::fault::{RequestFault, StreamFault};
use crate::json::raw::inside;
use crate::json::{Members, fields};
use crate::openai::envelope::Envelope;
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::words::usage::{Milliseconds, Usage};

/// The formats of a reply whose texts can be found.
const JSON: [&str; 3] = ["json", "verbose_json", "diarized_json"];

#[derive(Deserialize)]
struct Transcript<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    /// The length of the recording, in the verbose form.
    #[serde(default)]
    duration: Milliseconds,
}

/// Reads the fields of a form at `POST /v1/audio/transcriptions` or `/v1/audio/translations`.
///
/// # Errors
/// If `model` or `file` is missing or of the wrong type.
pub(super) fn read(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    fields::file(&members, "file", "the recording")?;
    fields::text(&members, "response_format")?;
    Ok(ParsedRequest {
        operation,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &[],
    })
}

/// True if the client asks for a reply in which the host can find the texts: one JSON object.
pub(super) fn has_texts(request: &ParsedRequest<'_>) -> bool {
    let word = |key| fields::given(&request.members, key).map(inside);
    let is_json = word("response_format").is_none_or(|format| JSON.contains(&format));
    is_json && word("stream").is_none_or(|stream| stream.is_empty() || stream == "false")
}

/// Checks a reply. It is passed on as it is.
///
/// # Errors
/// `Upstream` if it reports an error, whatever the status was; `Malformed` if it has no `text`.
pub(super) fn finish_reply(body: &[u8], _: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, envelope) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let transcript: Transcript<'_> = serde_json::from_str(text)?;
    let said = transcript.text.filter(|said| said.get().starts_with('"'));
    let said = said.ok_or_else(|| envelope.without(text, "text"))?;
    let usage = envelope.usage().map(Usage::from_canonical).unwrap_or_default();
    let summary = ReplySummary {
        usage: Usage {
            recording_ms: usage.recording_ms.or(transcript.duration.0),
            ..envelope.served(&usage)
        },
        produced_bytes: inside(said.get()).len() as u64,
        ..ReplySummary::default()
    };
    Ok((text.as_bytes().to_vec(), summary))
}

#[cfg(test)]
mod tests {
    use super::{fields, has_texts, read};
    use crate::client::{ClientDialect, Form};
    use crate::fault::StreamFault;
    use crate::openai::OpenaiChat;
    use crate::operation::Operation;
    use crate::tests::facts;

    #[test]
    fn a_request_needs_a_file() {
        for (fields, fault) in [
            (r#"{"file":{}}"#, "model: is missing; give the id of a model"),
            (r#"{"model":"m"}"#, "file: is missing; attach the recording as a file"),
            (r#"{"model":"m","file":"RIFF"}"#, "file: must be a file with a filename"),
        ] {
            let parsed = fields::body(fields.as_bytes()).and_then(|members| read(Operation::Transcription, members));
            assert_eq!(parsed.unwrap_err().to_string(), fault);
        }
        assert!(
            fields::body(br#"{"model":"m","file":{"filename":"a"}}"#)
                .and_then(|members| read(Operation::Translation, members))
                .is_ok()
        );
    }

    #[test]
    fn texts_are_found_in_json_only() {
        for (more, found) in [
            ("", true),
            (r#","response_format":"json""#, true),
            (r#","response_format":"verbose_json","stream":"false""#, true),
            (r#","response_format":"srt""#, false),
            (r#","stream":"true""#, false),
        ] {
            let fields = format!(r#"{{"model":"m","file":{{"filename":"a"}}{more}}}"#);
            assert_eq!(
                has_texts(
                    &fields::body(fields.as_bytes())
                        .and_then(|members| read(Operation::Transcription, members))
                        .unwrap()
                ),
                found,
                "{more}"
            );
        }
    }

    #[test]
    fn a_reply_keeps_its_text_and_its_usage_is_read() {
        let facts = facts(Operation::Transcription, "m");
        let body =
            br#" {"text":"Hello","usage":{"type":"tokens","input_tokens":14,"output_tokens":45,"total_tokens":59}} "#;
        let (reply, summary) = OpenaiChat.reply(body, Form::Canonical, &facts).unwrap();
        assert_eq!(reply, body.trim_ascii());
        assert_eq!(
            (summary.usage.input_tokens, summary.usage.output_tokens),
            (Some(14), Some(45))
        );
        assert_eq!(summary.produced_bytes, 5);
        let silence = OpenaiChat.reply(
            br#"{"text":"","usage":{"type":"duration","seconds":9}}"#,
            Form::Canonical,
            &facts,
        );
        let silence = silence.unwrap().1.usage;
        assert_eq!((silence.is_told(), silence.recording_ms), (false, Some(9_000)));
        for (told, ms) in [
            (r#""duration":8.4701"#, Some(8_471)),
            (r#""duration":"8.47","usage":null"#, Some(8_470)),
            (
                r#""duration":8.47,"usage":{"type":"duration","seconds":9}"#,
                Some(9_000),
            ),
            (r#""duration":-1"#, None),
            (r#""duration":[1]"#, None),
            (r#""duration":1e99"#, None),
        ] {
            let body = format!(r#"{{"text":"Hello",{told}}}"#);
            let (_, summary) = OpenaiChat.reply(body.as_bytes(), Form::Canonical, &facts).unwrap();
            assert_eq!(summary.usage.recording_ms, ms, "{told}");
        }
        for malformed in ["[]", "{}", r#"{"text":null}"#, r#"{"text":7}"#] {
            let fault = OpenaiChat
                .reply(malformed.as_bytes(), Form::Canonical, &facts)
                .unwrap_err();
            assert!(matches!(fault, StreamFault::Malformed(_)), "{malformed}");
        }
        let fault = OpenaiChat
            .reply(br#"{"error":"no"}"#, Form::Canonical, &facts)
            .unwrap_err();
        assert!(matches!(fault, StreamFault::Upstream { .. }));
    }
}
