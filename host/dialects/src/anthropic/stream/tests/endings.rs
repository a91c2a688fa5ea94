//! How a stream ends, and what it is told to have used.

use serde_json::{Value, json};

use super::{ROLE, STOP, TranslatedReader, delta, read, reader};
use crate::anthropic::tests::assembled::message;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::tests::stream_facts;

/// The end of a message whose last choice has these members next to its delta.
fn end(members: &str) -> Value {
    let request = Members::parse(br####"{"stop_sequences":["###"]}"####).unwrap();
    let facts = StreamFacts {
        operation: Operation::Chat,
        request: &request,
        ..stream_facts("route/m")
    };
    let (mut reader, mut out) = (TranslatedReader::new(&facts), Vec::new());
    let last = format!(r#"{{"choices":[{{"index":0,"delta":{{}},{members}}}]}}"#);
    for chunk in [ROLE, &delta(&json!({"content": "ok"})), &last] {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    reader.finish(1, &mut out).unwrap();
    let message = message(&String::from_utf8(out).unwrap());
    json!([message["stop_reason"], message["stop_sequence"]])
}

#[test]
fn a_sequence_that_stopped_the_model_is_told() {
    for (members, expected) in [
        (
            r####""finish_reason":"stop","stop_reason":"###""####,
            json!(["stop_sequence", "###"]),
        ),
        (
            r####""finish_reason":"stop","matched_stop":"###""####,
            json!(["stop_sequence", "###"]),
        ),
        (
            r#""finish_reason":"stop","stop_reason":128009"#,
            json!(["end_turn", null]),
        ),
        (
            r#""finish_reason":"stop","matched_stop":128009"#,
            json!(["end_turn", null]),
        ),
        (
            r#""finish_reason":"stop","stop_reason":"of its own""#,
            json!(["end_turn", null]),
        ),
        (
            r####""finish_reason":"length","stop_reason":"###""####,
            json!(["max_tokens", null]),
        ),
    ] {
        assert_eq!(end(members), expected, "{members}");
    }
}

#[test]
fn a_choice_that_breaks_off_is_a_fault_and_no_end() {
    let hello = delta(&json!({"content": "Half an ans"}));
    for last in [
        r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"gone"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"x"},"error":{"message":"gone"}}]}"#,
        r#"{"error":{"message":"gone"}}"#,
        r#"{"detail":"gone"}"#,
    ] {
        let fault = read(&[ROLE, &hello, last, "[DONE]"]);
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })), "{last}: {fault:?}");
    }
}

#[test]
fn an_object_that_has_nothing_of_a_chunk_is_left_out() {
    let (mut reader, mut out) = (reader(), Vec::new());
    for data in ["{}", r#"{"type":"ping"}"#, r#"{"id":"x","choices":null}"#] {
        assert!(!reader.push(data.as_bytes(), &mut out).unwrap().content);
    }
    assert!(out.is_empty());
}

#[test]
fn the_usage_is_read_wherever_it_is_told() {
    let hello = delta(&json!({"content": "ok"}));
    let in_choice = STOP.replace("}]}", ",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}]}");
    let empty = hello.replace("}]}", "}],\"usage\":{}}");
    let usage = |usage: &str| format!(r#"{{"id":"c","choices":null,"usage":{usage}}}"#);
    for (chunks, counts) in [
        (vec![hello.clone(), in_choice], [9, 0, 4]),
        (
            vec![
                empty.clone(),
                STOP.to_owned(),
                usage(r#"{"prompt_tokens":9.0,"completion_tokens":4.0}"#),
                empty,
            ],
            [9, 0, 4],
        ),
        (
            vec![
                hello.clone(),
                STOP.to_owned(),
                usage(r#"{"input_tokens":9,"output_tokens":4,"prompt_cache_hit_tokens":6}"#),
            ],
            [3, 6, 4],
        ),
        (
            vec![
                hello.clone(),
                STOP.to_owned(),
                usage(r#"{"prompt_tokens":9,"total_tokens":13,"prompt_tokens_details":[]}"#),
            ],
            [9, 0, 4],
        ),
        (vec![hello, STOP.to_owned()], [0, 0, 0]),
    ] {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let usage = message(&read(&chunks).unwrap())["usage"].take();
        let told =
            ["input_tokens", "cache_read_input_tokens", "output_tokens"].map(|name| usage[name].as_u64().unwrap());
        assert_eq!(told, counts, "{chunks:?}");
    }
}

#[test]
fn thinking_in_any_shape_becomes_a_block_before_the_text() {
    let parts = json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Let me"}]}]});
    let more = json!({"content": [{"type": "thinking", "thinking": " see."}, {"type": "text", "text": "4"}]});
    let details = |text: &str| json!({"content": "", "reasoning_details": [{"type": "reasoning.text", "text": text, "index": 0}]});
    let expected = json!([
        {"type": "thinking", "thinking": "Let me see.", "signature": "jackfield.unsigned."},
        {"type": "text", "text": "42"},
    ]);
    for deltas in [
        [parts, more],
        [json!({"reasoning": "Let me see."}), json!({"content": "4"})],
        [details("Let me"), json!({"reasoning_content": " see.", "content": "4"})],
    ] {
        let deltas = [deltas[0].clone(), deltas[1].clone(), json!({"content": "2"})];
        assert_eq!(super::content(&deltas), expected, "{deltas:?}");
    }
    let number = delta(&json!({"content": 5}));
    assert!(matches!(read(&[&number, STOP]), Err(StreamFault::Malformed(_))));
}

#[test]
fn a_pair_that_is_cut_is_joined_and_half_of_one_is_replaced() {
    let say = |text: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#);
    for (pieces, text) in [
        ([r"hi \ud83d", r"\ude00"], "hi \u{1F600}"),
        ([r"hi \ud83d", "!"], "hi \u{FFFD}!"),
        ([r"hi", r"\ud83d"], "hi\u{FFFD}"),
    ] {
        let chunks = pieces.map(say);
        let stream = read(&[&chunks[0], &chunks[1], STOP]).unwrap();
        assert_eq!(message(&stream)["content"][0]["text"], text);
    }
}
