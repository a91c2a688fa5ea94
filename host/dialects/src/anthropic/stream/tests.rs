//! Canonical streams as Messages streams, from `message_start` to `message_stop`.

mod calls;
mod endings;
mod joining;
mod properties;
mod recordings;

use serde_json::{Value, json};

use super::TranslatedReader;
use crate::anthropic::tests::assembled::{events, message, partial};
use crate::fault::StreamFault;
use crate::reader::StreamReader;
use crate::tests::stream_facts;
use crate::words::usage::Usage;

const ROLE: &str =
    r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
const STOP: &str = r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}}"#;

fn reader() -> TranslatedReader {
    TranslatedReader::new(&stream_facts("route/m"))
}

fn read(chunks: &[&str]) -> Result<String, StreamFault> {
    let (mut reader, mut out) = (reader(), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out)?;
    }
    reader.finish(42, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn delta(delta: &Value) -> String {
    json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta}]}).to_string()
}

/// The content of the message that these deltas and a finish reason become.
fn content(deltas: &[Value]) -> Value {
    let mut chunks: Vec<String> = deltas.iter().map(delta).collect();
    chunks.push(STOP.to_owned());
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    message(&read(&chunks).unwrap())["content"].take()
}

fn is_content(chunk: &str) -> bool {
    reader().push(chunk.as_bytes(), &mut Vec::new()).unwrap().content
}

#[test]
fn a_text_becomes_the_events_of_one_block() {
    let hello = delta(&json!({"content": "h\u{e9}\n"}));
    assert_eq!(
        read(&[ROLE, &hello, STOP, USAGE, "[DONE]"]).unwrap(),
        [
            r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"route/m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}"#,
            r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            "event: content_block_delta
data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\u{e9}\\n\"}}",
            r#"event: content_block_stop
data: {"type":"content_block_stop","index":0}"#,
            r#"event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":6,"output_tokens":4}}"#,
            r#"event: message_stop
data: {"type":"message_stop"}"#,
            "",
        ]
        .join("\n\n")
    );
}

#[test]
fn text_flows_at_once_and_the_end_waits() {
    let (mut reader, mut out) = (reader(), Vec::new());
    let kinds = |out: &[u8]| -> Vec<Value> {
        let events = events(std::str::from_utf8(out).unwrap());
        events.iter().map(|event| event["type"].clone()).collect()
    };
    reader.push(ROLE.as_bytes(), &mut out).unwrap();
    assert_eq!(kinds(&out), ["message_start"]);
    let hello = delta(&json!({"content": "hello"}));
    reader.push(hello.as_bytes(), &mut out).unwrap();
    assert_eq!(kinds(&out)[1..], ["content_block_start", "content_block_delta"]);
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    reader.push(USAGE.as_bytes(), &mut out).unwrap();
    assert_eq!(kinds(&out)[3..], ["content_block_stop"]);
    assert!(!reader.done());
    let usage = Usage {
        input_tokens: Some(9),
        output_tokens: Some(4),
        cached_tokens: Some(6),
        ..Usage::default()
    };
    assert_eq!(reader.usage(), usage);
    assert_eq!(reader.produced_bytes(), 5);
    reader.finish(42, &mut out).unwrap();
    assert_eq!(kinds(&out)[4..], ["message_delta", "message_stop"]);
    let once = out.clone();
    reader.push(hello.as_bytes(), &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    assert_eq!(out, once, "what follows the end is ignored");
}

#[test]
fn thinking_keeps_its_blocks_and_signatures() {
    let piece = |index: u64, thinking: &str, signature: &str| json!([{"type": "thinking", "index": index, "thinking": thinking, "signature": signature}]);
    let redacted = json!([{"type": "redacted_thinking", "index": 1, "data": "opaque"}]);
    assert_eq!(
        content(&[
            json!({"reasoning_content": "Hm", "thinking_blocks": piece(0, "Hm", "")}),
            json!({"reasoning_content": ".", "thinking_blocks": piece(0, ".", "")}),
            json!({"thinking_blocks": piece(0, "", "s0")}),
            json!({"thinking_blocks": redacted}),
            json!({"thinking_blocks": piece(2, "", "s2")}),
            json!({"content": "Yes."}),
        ]),
        json!([
            {"type": "thinking", "thinking": "Hm.", "signature": "s0"},
            {"type": "redacted_thinking", "data": "opaque"},
            {"type": "thinking", "thinking": "", "signature": "s2"},
            {"type": "text", "text": "Yes."},
        ])
    );
}

#[test]
fn thinking_that_is_repeated_to_be_signed_goes_out_once() {
    let whole = json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}]);
    let lone = json!([{"type": "thinking", "thinking": "", "signature": "s"}]);
    for blocks in [whole, lone] {
        assert_eq!(
            content(&[
                json!({"reasoning_content": "Hm"}),
                json!({"reasoning": "."}),
                json!({"thinking_blocks": blocks}),
            ]),
            json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}])
        );
    }
    let two = json!([
        {"type": "thinking", "thinking": "a", "signature": "s1"},
        {"type": "thinking", "thinking": "b", "signature": "s2"},
    ]);
    assert_eq!(content(&[json!({"thinking_blocks": two})]), two);
}

#[test]
fn blocks_and_citations_of_the_vendors_own_keep_their_place() {
    assert_eq!(
        content(&[
            json!({"content": "I search."}),
            json!({"content_blocks": [{"index": 0, "type": "server_tool_use", "id": "s1", "input": {"q": 1}}]}),
            json!({"content": "A panel"}),
            json!({"citations": [{"index": 0, "type": "web", "url": "u"}]}),
            json!({"citations": ["https://of.another/vendor"]}),
            json!({"content": "."}),
        ]),
        json!([
            {"type": "text", "text": "I search."},
            {"type": "server_tool_use", "id": "s1", "input": {"q": 1}},
            {"type": "text", "text": "A panel.", "citations": [{"type": "web", "url": "u"}]},
        ])
    );
}

#[test]
fn content_is_what_a_client_would_show() {
    for chunk in [ROLE, USAGE, "{}", "", "[DONE]", &delta(&json!({"tool_calls": []}))] {
        assert!(!is_content(chunk), "{chunk}");
    }
    let others = STOP.replace("\"index\":0", "\"index\":1");
    assert!(!is_content(&others), "Anthropic has one choice");
    for delta_of in [
        json!({"content": "x"}),
        json!({"reasoning": "x"}),
        json!({"refusal": "x"}),
        json!({"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]}),
        json!({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": ""}}]}),
    ] {
        assert!(is_content(&delta(&delta_of)), "{delta_of}");
    }
    assert!(is_content(STOP));
}

#[test]
fn an_incomplete_stream_never_ends_well() {
    let hello = delta(&json!({"content": "hello"}));
    for chunks in [&[][..], &[ROLE], &[ROLE, &hello], &[USAGE]] {
        let (mut reader, mut out) = (reader(), Vec::new());
        for chunk in chunks {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        let before = out.clone();
        assert_eq!(reader.finish(42, &mut out), Err(StreamFault::Truncated));
        reader.push(b"[DONE]", &mut out).unwrap();
        let end = reader.finish(42, &mut out);
        assert!(matches!(end, Err(StreamFault::Malformed(_))), "{end:?}");
        assert_eq!(out, before, "{chunks:?}");
        partial(&events(&String::from_utf8(out).unwrap()));
    }
}

#[test]
fn an_error_in_the_stream_is_a_fault_and_writes_nothing() {
    let (mut reader, mut out) = (reader(), Vec::new());
    let fault = reader.push(br#"{"error":{"message":"oh","code":500}}"#, &mut out);
    assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
    for chunk in [
        "{",
        "[]",
        r#"{"choices":7}"#,
        r#"{"choices":[{"delta":{"content":"x","tool_calls":7}}]}"#,
    ] {
        let fault = reader.push(chunk.as_bytes(), &mut out);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{chunk}");
    }
    assert!(out.is_empty());
}

#[test]
fn annotations_are_citations_of_the_text_before_them() {
    let annotation = json!([{"index": 0, "type": "url_citation", "url_citation": {"url": "https://a", "title": "A"}}]);
    let cited = content(&[
        json!({"content": "x"}),
        json!({ "annotations": annotation }),
        json!({"content": "y"}),
    ]);
    assert_eq!(cited[0]["text"], "xy");
    assert_eq!(cited[0]["citations"][0]["url"], "https://a");
    let own = json!([{"index": 0, "type": "char_location", "cited_text": "x"}]);
    let both = content(&[
        json!({ "citations": own }),
        json!({"content": "x"}),
        json!({ "annotations": annotation }),
    ]);
    assert_eq!(
        both[0]["citations"],
        json!([{"type": "char_location", "cited_text": "x"}])
    );
    let call = json!([{"index": 0, "id": "a.b", "function": {"name": "f", "arguments": "{}"}}]);
    let before = content(&[
        json!({ "reasoning_content": "hm" }),
        json!({ "annotations": annotation }),
        json!({ "content": "x" }),
    ]);
    assert_eq!(before[1]["citations"][0]["url"], "https://a", "it waits for its text");
    let behind = content(&[
        json!({ "content": "x" }),
        json!({ "tool_calls": call }),
        json!({ "annotations": annotation }),
        json!({ "annotations": annotation }),
    ]);
    assert_eq!(
        (&behind[0]["text"], &behind[1]["type"]),
        (&json!("x"), &json!("tool_use"))
    );
    assert_eq!((&behind[2]["type"], &behind[2]["text"]), (&json!("text"), &json!("")));
    assert_eq!(behind[2]["citations"].as_array().unwrap().len(), 2, "{behind}");
    let after = content(&[json!({ "tool_calls": call }), json!({ "annotations": annotation })]);
    assert_eq!(after.as_array().unwrap().len(), 1, "a citation alone is no text");
    assert_eq!(after[0]["id"], "jackfield-a-2eb");
}

#[test]
fn the_adapters_own_stop_reason_counts() {
    let stop = STOP.replace(
        "\"stop\"",
        "\"stop\",\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\"",
    );
    let message = message(&read(&[ROLE, &stop]).unwrap());
    assert_eq!(message["stop_reason"], "stop_sequence");
    assert_eq!(message["stop_sequence"], "END");
}
