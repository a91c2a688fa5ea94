//! What is in this dialect already: it passes byte for byte but for the model's name.

use crate::client::{ClientDialect, Form};
use crate::fault::StreamFault;
use crate::gemini::GeminiContent;
use crate::json::Members;
use crate::operation::Operation;
use crate::sealed::{mark_bytes, seal_bytes};
use crate::tests::{facts, request, stream_facts};

const REPLY: &str = r#" {"candidates": [{"content": {"parts": [{"text": "hi", "of_tomorrow": 1.0}], "role": "model"}, "finishReason": "STOP", "index": 0}], "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "thoughtsTokenCount": 4, "totalTokenCount": 9}, "modelVersion": "up", "responseId": "x"} "#;

const FIRST: &str = r#"{"candidates": [{"content": {"parts": [{"text": "h"}]}, "index": 0}],"modelVersion":"up"}"#;
const LAST: &str = r#"{"candidates": [{"content": {"parts": [{"text": "i"}]}, "finishReason": "STOP"}]}"#;
const AFTER: &str = r#"{"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2}}"#;

fn reply(body: &str) -> Result<String, StreamFault> {
    let reply = GeminiContent.reply(body.as_bytes(), Form::Native, &facts(Operation::Chat, "route/m"));
    reply.map(|(reply, _)| String::from_utf8(reply).unwrap())
}

/// The stream that these events become, and what went out before its end.
fn stream(events: &[&str]) -> Result<(String, usize), StreamFault> {
    let (mut reader, mut out) = (GeminiContent.stream(Form::Native, &stream_facts("route/m")), Vec::new());
    for event in events {
        reader.push(event.as_bytes(), &mut out)?;
    }
    let before = out.len();
    reader.finish(1, &mut out)?;
    Ok((String::from_utf8(out).unwrap(), before))
}

#[test]
fn a_reply_keeps_all_that_the_vendor_says() {
    assert_eq!(reply(REPLY).unwrap(), REPLY.trim().replace("\"up\"", "\"route/m\""));
    let (_, summary) = GeminiContent
        .reply(REPLY.as_bytes(), Form::Native, &facts(Operation::Chat, "m"))
        .unwrap();
    assert_eq!(
        (summary.usage.input_tokens, summary.usage.output_tokens),
        (Some(3), Some(6))
    );
    assert_eq!(summary.produced_bytes, 2);
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#;
    let named = r#"{"promptFeedback":{"blockReason":"SAFETY"},"modelVersion":"route/m"}"#;
    assert_eq!(reply(blocked).unwrap(), named);
}

#[test]
fn a_reply_without_an_end_is_malformed_and_an_error_is_the_upstreams() {
    for body in [
        "{}",
        "[]",
        r#"{"candidates":[]}"#,
        FIRST,
        r#"{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}"#,
    ] {
        assert!(matches!(reply(body), Err(StreamFault::Malformed(_))), "{body}");
    }
    let error = r#"{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}"#;
    assert!(matches!(reply(error), Err(StreamFault::Upstream { .. })));
    let count = GeminiContent.reply(error.as_bytes(), Form::Native, &facts(Operation::CountTokens, "m"));
    assert!(count.is_err());
}

#[test]
fn the_end_of_a_stream_waits_until_the_body_has_ended() {
    let event = |text: &str| format!("data: {}\n\n", text.replace("\"up\"", "\"route/m\""));
    let (stream, before) = stream(&[FIRST, "", LAST, AFTER]).unwrap();
    assert_eq!(stream, [FIRST, LAST, AFTER].map(event).concat());
    assert_eq!(before, event(FIRST).len());
}

#[test]
fn a_stream_that_is_cut_never_looks_finished() {
    for events in [&[][..], &[FIRST], &[AFTER], &[FIRST, "[DONE]"]] {
        assert!(stream(events).is_err(), "{events:?}");
    }
    let second = r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"x"}]}}]}"#;
    assert_eq!(
        stream(&[LAST, second]),
        Err(StreamFault::Truncated),
        "another candidate has not ended"
    );
    assert!(matches!(
        stream(&[FIRST, r#"{"error":{"message":"no"}}"#]),
        Err(StreamFault::Upstream { .. })
    ));
    assert!(stream(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#]).is_ok());
}

#[test]
fn a_stream_that_goes_on_after_its_end_is_malformed() {
    let (mut reader, mut out) = (GeminiContent.stream(Form::Native, &stream_facts("m")), Vec::new());
    let long = format!(
        r#"{{"candidates":[{{"finishReason":"STOP","content":{{"parts":[{{"text":"{}"}}]}}}}]}}"#,
        "x".repeat(1 << 16)
    );
    let fails = (0..64).any(|_| reader.push(long.as_bytes(), &mut out).is_err());
    assert!(fails && out.is_empty());
}

#[test]
fn a_signature_of_ours_is_not_sent_to_the_vendor() {
    let ours = seal_bytes("claude", br#"[{"type":"thinking"}]"#);
    let body = |signature: &str| {
        format!(
            r#"{{"model":"m", "contents" : [{{"role":"model","parts":[{{"functionCall":{{"name":"f"}},"thought_signature":"{signature}"}},{{"text":"x","thoughtSignature":"CiQB"}}]}}], "of_tomorrow" : 1.0}}"#
        )
    };
    let native = |text: &str| GeminiContent.native(&request(Operation::Chat, text));
    let unchecked = Some(body("skip_thought_signature_validator").into_bytes());
    let sent = native(&body(&ours));
    assert_eq!(sent.text, unchecked);
    assert_eq!(sent.dropped.line(), "contents[].parts[].thoughtSignature");
    let marked = native(&body(&mark_bytes("claude")));
    assert_eq!((marked.text, marked.dropped.line()), (unchecked, String::new()));
    assert_eq!(native(&body("CiQB")).text, None);
    assert!(Members::of(&body("")).is_ok());
}
