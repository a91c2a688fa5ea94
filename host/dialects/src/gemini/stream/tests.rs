//! Canonical streams as replies of this API.

mod properties;

use serde_json::{Value, json};

use super::ContentReader;
use crate::fault::StreamFault;
use crate::gemini::tests::{assembled, events, facts_of};
use crate::json::Members;
use crate::reader::StreamReader;
use crate::sealed::mark_bytes;

const STOP: &str = r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#;
const SHOWN: &[u8] = br#"{"generation_config":{"thinking_config":{"include_thoughts":true}}}"#;

fn reader(request: &[u8]) -> ContentReader {
    ContentReader::new(&facts_of(&Members::parse(request).unwrap()))
}

fn read(chunks: &[String]) -> Result<String, StreamFault> {
    let (mut reader, mut out) = (reader(SHOWN), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out)?;
    }
    reader.finish(42, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn delta(delta: &Value) -> String {
    json!({"id": "c", "choices": [{"index": 0, "delta": delta}]}).to_string()
}

/// The stream that these deltas and a finish reason become.
fn stream(deltas: &[Value], finish_reason: &str) -> Result<String, StreamFault> {
    let mut chunks: Vec<String> = deltas.iter().map(delta).collect();
    chunks.push(STOP.replace("stop", finish_reason));
    read(&chunks)
}

fn call(index: u64, id: &str, name: &str, arguments: &str) -> Value {
    json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]})
}

#[test]
fn every_event_is_a_whole_reply_and_the_last_one_has_the_end() {
    let chunks = [
        delta(&json!({"role": "assistant", "content": ""})),
        delta(&json!({"content": "h\u{e9}\n"})),
        STOP.to_owned(),
        USAGE.to_owned(),
        "[DONE]".to_owned(),
    ];
    let stream = read(&chunks).unwrap();
    assert_eq!(
        events(&stream),
        [
            json!({
                "candidates": [{"content": {"parts": [{"text": "h\u{e9}\n"}], "role": "model"}, "index": 0}],
                "modelVersion": "route/m", "responseId": "r-1",
            }),
            json!({
                "candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
                "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 4, "totalTokenCount": 13},
                "modelVersion": "route/m", "responseId": "r-1",
            }),
        ]
    );
    assert!(!stream.contains("[DONE]"));
}

#[test]
fn a_call_goes_out_once_it_is_whole_and_calls_keep_their_order() {
    let (mut reader, mut out) = (reader(SHOWN), Vec::new());
    let mut push = |delta: &Value| {
        out.clear();
        reader.push(self::delta(delta).as_bytes(), &mut out).unwrap();
        String::from_utf8(out.clone()).unwrap()
    };
    assert_eq!(push(&call(0, "a", "f", "")), "");
    assert_eq!(push(&call(1, "b", "g", "{}x")).as_str(), "");
    assert_eq!(push(&call(0, "", "", "{\"x\":")), "");
    let whole = assembled(&push(&call(0, "", "", "1.0}")));
    assert_eq!(
        whole[0]["parts"],
        json!([{"functionCall": {"id": "a", "name": "f", "args": {"x": 1.0}}, "thoughtSignature": mark_bytes("p")}])
    );
}

#[test]
fn a_call_without_arguments_goes_out_at_the_end() {
    let stream = stream(&[call(0, "a", "f", ""), call(1, "b", "g", "{\"y\":2}")], "tool_calls").unwrap();
    let parts = json!([
        {"functionCall": {"id": "a", "name": "f", "args": {}}, "thoughtSignature": mark_bytes("p")},
        {"functionCall": {"id": "b", "name": "g", "args": {"y": 2}}},
    ]);
    assert_eq!(assembled(&stream)[0]["parts"], parts);
}

#[test]
fn thinking_is_sealed_in_the_first_part_that_follows_it() {
    let block = |more: Value| {
        let mut block = json!({"type": "thinking", "index": 0});
        block.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "thinking_blocks": [block] })
    };
    let deltas = [
        block(json!({"thinking": "h"})),
        block(json!({"thinking": "m"})),
        block(json!({"signature": "sig"})),
        json!({"content": "a"}),
        json!({"content": "b"}),
        call(0, "t", "f", "{\"x\":1}"),
    ];
    let stream = stream(&deltas, "tool_calls").unwrap();
    let parts = &assembled(&stream)[0]["parts"];
    assert_eq!(parts[0], json!({"text": "hm", "thought": true}));
    assert_eq!(parts[1]["text"], "ab");
    let sealed = crate::sealed::open_bytes(parts[1]["thoughtSignature"].as_str().unwrap(), &|_| true).unwrap();
    assert_eq!(sealed, br#"[{"type":"thinking","thinking":"hm","signature":"sig"}]"#);
    assert!(parts[2]["thoughtSignature"] == mark_bytes("p") && parts[2].get("functionCall").is_some());
}

#[test]
fn thinking_that_nothing_follows_is_sealed_in_an_empty_text() {
    let deltas = [json!({"reasoning_content": "hm"})];
    let stream = stream(&deltas, "length").unwrap();
    let parts = &assembled(&stream)[0]["parts"];
    assert_eq!(parts[1]["text"], "");
    assert!(parts[1]["thoughtSignature"].is_string());
}

#[test]
fn hidden_thinking_shows_life_and_is_no_content() {
    let mut reader = reader(b"{}");
    let mut out = Vec::new();
    let pushed = reader
        .push(delta(&json!({"reasoning_content": "hm"})).as_bytes(), &mut out)
        .unwrap();
    assert!(pushed.alive && !pushed.content && out.is_empty());
}

#[test]
fn choices_are_candidates_that_all_must_end() {
    let choice = |index: u64, reason: Value| {
        json!({"choices": [{"index": index, "delta": {"content": "x"}, "finish_reason": reason}]}).to_string()
    };
    let chunks = [choice(1, json!(null)), choice(0, json!("stop"))];
    assert_eq!(read(&chunks), Err(StreamFault::Truncated));
    let chunks = [chunks[0].clone(), chunks[1].clone(), choice(1, json!("length"))];
    let whole = assembled(&read(&chunks).unwrap());
    assert_eq!(
        (&whole[0]["finishReason"], &whole[1]["finishReason"]),
        (&json!("STOP"), &json!("MAX_TOKENS"))
    );
    assert_eq!(whole[1]["parts"], json!([{"text": "xx"}]));
}

#[test]
fn a_stream_that_is_cut_never_looks_finished() {
    let all = [delta(&json!({"content": "a"})), delta(&call(0, "t", "f", "{\"x\":1}"))];
    for cut in 0..=all.len() {
        let (mut reader, mut out) = (reader(SHOWN), Vec::new());
        for chunk in &all[..cut] {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        assert_eq!(reader.finish(1, &mut out), Err(StreamFault::Truncated));
        assert!(!String::from_utf8(out).unwrap().contains("finishReason"));
    }
    let broken = read(&[delta(&json!({"content": "a"})), "[DONE]".to_owned()]);
    assert!(matches!(broken, Err(StreamFault::Malformed(_))));
}

#[test]
fn a_call_that_is_not_whole_ends_a_stream_unless_a_limit_explains_it() {
    let half = [call(0, "t", "f", "{\"x\":")];
    assert!(matches!(stream(&half, "tool_calls"), Err(StreamFault::Malformed(_))));
    let cut = stream(&half, "length").unwrap();
    assert!(!cut.contains("functionCall") && cut.contains("MAX_TOKENS"));
}

#[test]
fn an_error_in_the_stream_is_the_upstreams() {
    let fault = read(&[r#"{"error":{"message":"no"}}"#.to_owned()]);
    assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
}

#[test]
fn a_character_that_was_cut_is_joined() {
    let halves = [
        r#"{"choices":[{"delta":{"content":"a\ud83d"}}]}"#,
        r#"{"choices":[{"delta":{"content":"\ude00"}}]}"#,
    ];
    let chunks: Vec<String> = halves
        .iter()
        .map(|half| (*half).to_owned())
        .chain([STOP.to_owned()])
        .collect();
    assert_eq!(
        assembled(&read(&chunks).unwrap())[0]["parts"],
        json!([{"text": "a\u{1F600}"}])
    );
}
