//! Continued streams: which requests, what the next target is asked, and what the client reads.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::seam::Seam;
use super::{Continuation, ContinuedReader};
use crate::client::Form;
use crate::reader::StreamReader;
use crate::tests::stream_facts;
use crate::{all, canonical};

fn request(members: &Value) -> Vec<u8> {
    let mut request = json!({ "model": "m", "messages": [{ "role": "user", "content": "count" }] });
    for (key, value) in members.as_object().unwrap() {
        request[key] = value.clone();
    }
    request.to_string().into_bytes()
}

fn reader(members: &Value) -> ContinuedReader {
    let client = canonical().stream(Form::Native, &stream_facts("m"));
    Continuation::of(&request(members)).unwrap().reader(client)
}

fn chunk(content: &str) -> String {
    json!({ "id": "first", "created": 5, "choices": [{ "index": 0, "delta": { "content": content } }] }).to_string()
}

fn other(content: &str) -> String {
    chunk(content).replace("first", "second")
}

const STOP: &str = r#"{"id":"second","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

/// What a client reads of these events: the text, and the ids of the chunks.
fn read(events: &[u8]) -> (String, Vec<String>) {
    let events = std::str::from_utf8(events).unwrap();
    let chunks = events.lines().filter_map(|line| line.strip_prefix("data: "));
    let chunks: Vec<Value> = chunks.filter_map(|data| serde_json::from_str(data).ok()).collect();
    let text = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str());
    let ids = chunks
        .iter()
        .filter_map(|chunk| chunk["id"].as_str().map(str::to_owned));
    (text.collect(), ids.collect())
}

#[test]
fn only_plain_text_is_continued() {
    for members in [
        json!({ "tools": [{ "type": "function" }] }),
        json!({ "functions": [{}] }),
        json!({ "response_format": { "type": "json_object" } }),
        json!({ "reasoning_effort": "low" }),
        json!({ "thinking": { "type": "enabled" } }),
        json!({ "n": 2 }),
        json!({ "logprobs": true }),
        json!({ "messages": [{ "role": "user", "content": "a" }, { "role": "assistant", "content": "b" }] }),
        json!({ "messages": [] }),
    ] {
        assert!(Continuation::of(&request(&members)).is_none(), "{members}");
    }
    for members in [json!({}), json!({ "n": 1, "tools": null, "temperature": 0.5 })] {
        assert!(Continuation::of(&request(&members)).is_some(), "{members}");
    }
}

#[test]
fn the_next_target_gets_the_text_so_far_and_what_is_left_of_the_tokens() {
    let mut reader = reader(&json!({ "max_tokens": 100, "seed": 1 }));
    reader.push(chunk("one, two, ").as_bytes(), &mut Vec::new()).unwrap();
    let request: Value = serde_json::from_slice(&reader.next_leg().unwrap()).unwrap();
    let expected = json!({
        "model": "m",
        "messages": [{ "role": "user", "content": "count" }, { "role": "assistant", "content": "one, two," }],
        "max_tokens": 97,
        "seed": 1,
    });
    assert_eq!(request, expected);
}

#[test]
fn nothing_is_continued_that_is_empty_finished_out_of_tokens_or_more_than_text() {
    let after = |members: Value, chunks: &[String]| {
        let mut reader = reader(&members);
        for chunk in chunks {
            let _ = reader.push(chunk.as_bytes(), &mut Vec::new());
        }
        reader.next_leg()
    };
    let call = r#"{"id":"c","choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f"}}]}}]}"#;
    let thought = r#"{"id":"c","choices":[{"delta":{"reasoning_content":"hm"}}]}"#;
    let second = r#"{"id":"c","choices":[{"index":1,"delta":{"content":"x"}}]}"#;
    assert_eq!(after(json!({}), &[]), None);
    assert_eq!(after(json!({}), &[chunk("")]), None);
    assert_eq!(after(json!({}), &[chunk("a"), STOP.to_owned()]), None);
    assert_eq!(after(json!({ "max_tokens": 1 }), &[chunk("one, two")]), None);
    for more in [call, thought, second] {
        assert_eq!(after(json!({}), &[chunk("a"), more.to_owned()]), None, "{more}");
    }
    assert!(after(json!({}), &[chunk("a")]).is_some());
}

#[test]
fn the_client_reads_one_stream() {
    let (mut reader, mut out) = (reader(&json!({})), Vec::new());
    reader.push(chunk("one, ").as_bytes(), &mut out).unwrap();
    reader.next_leg().unwrap();
    for chunk in [
        other(""),
        other("one, "),
        other("two"),
        other(", three"),
        STOP.to_owned(),
    ] {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    let usage = r#"{"id":"second","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":4}}"#;
    reader.push(usage.as_bytes(), &mut out).unwrap();
    reader.push(b"[DONE]", &mut out).unwrap();
    reader.finish(7, &mut out).unwrap();
    let (text, ids) = read(&out);
    assert_eq!(text, "one, two, three");
    assert!(ids.iter().all(|id| id == "first"), "{ids:?}");
    assert!(out.ends_with(b"data: [DONE]\n\n"));
    // The first attempt reported nothing: its prompt of 60 bytes and its five letters are estimated.
    let estimated = request(&json!({})).len().div_ceil(4) as u64;
    assert_eq!(reader.usage().input_tokens, Some(20 + estimated));
    assert_eq!(reader.usage().output_tokens, Some(4 + 2));
}

#[test]
fn a_client_of_another_dialect_reads_one_stream_too() {
    let client = all()[1].stream(Form::Canonical, &stream_facts("m"));
    let mut reader = Continuation::of(&request(&json!({}))).unwrap().reader(client);
    let mut out = Vec::new();
    reader.push(chunk("one, ").as_bytes(), &mut out).unwrap();
    reader.next_leg().unwrap();
    reader.push(other("two").as_bytes(), &mut out).unwrap();
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    reader.push(b"[DONE]", &mut out).unwrap();
    reader.finish(7, &mut out).unwrap();
    let events = String::from_utf8(out).unwrap();
    for once in [
        "message_start\n",
        "content_block_start\n",
        "content_block_stop\n",
        "message_stop\n",
    ] {
        assert_eq!(
            events.matches(&format!("event: {once}")).count(),
            1,
            "{once} in {events}"
        );
    }
}

#[test]
fn a_stream_can_break_off_twice() {
    let (mut reader, mut out) = (reader(&json!({ "max_tokens": 100 })), Vec::new());
    reader.push(chunk("a b ").as_bytes(), &mut out).unwrap();
    reader.next_leg().unwrap();
    reader.push(other("c d ").as_bytes(), &mut out).unwrap();
    let request: Value = serde_json::from_slice(&reader.next_leg().unwrap()).unwrap();
    assert_eq!(request["messages"][1]["content"], "a b c d");
    assert_eq!(request["max_tokens"], 98);
    reader.push(other("e").as_bytes(), &mut out).unwrap();
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    reader.finish(7, &mut out).unwrap();
    assert_eq!(read(&out).0, "a b c d e");
    // Three attempts of which none reported: all output is estimated, and nothing twice.
    assert_eq!(reader.usage().output_tokens, Some(3));
}

#[test]
fn an_error_of_the_next_target_is_an_error() {
    let (mut reader, mut out) = (reader(&json!({})), Vec::new());
    reader.push(chunk("a").as_bytes(), &mut out).unwrap();
    reader.next_leg().unwrap();
    assert!(
        reader
            .push(br#"{"error":{"message":"busy","code":503}}"#, &mut out)
            .is_err()
    );
    assert!(reader.finish(7, &mut Vec::new()).is_err());
}

/// What the client gets of `pieces` behind `before`.
fn joined(before: &str, pieces: &[&str]) -> String {
    let mut seam = Seam::behind(before);
    let mut text: String = pieces.iter().map(|piece| seam.push(piece)).collect();
    text.push_str(&seam.rest());
    before.to_owned() + &text
}

#[test]
fn the_seam_is_clean() {
    for (before, pieces, whole) in [
        ("The quick", &[" brown fox"][..], "The quick brown fox"),
        ("The qui", &["ck brown"], "The quick brown"),
        // The white space that was cut off the prefill comes again.
        ("The quick ", &[" brown"], "The quick brown"),
        ("The quick ", &["brown"], "The quick brown"),
        ("one\n\n", &["\n\ntwo"], "one\n\ntwo"),
        ("one\n\n", &[" ", "two"], "one\n\ntwo"),
        ("one\n", &["\n\ntwo"], "one\n\ntwo"),
        // An echo, whole or in pieces.
        ("The quick", &["The quick brown"], "The quick brown"),
        ("The quick ", &["The ", "quick", " brown"], "The quick brown"),
        // What begins like an echo and is none.
        ("The quick", &["The slow"], "The quickThe slow"),
        ("no, ", &["no", " more"], "no, no more"),
        ("a", &["a"], "a"),
        ("ab", &["a"], "aba"),
        ("The quick", &[], "The quick"),
    ] {
        assert_eq!(joined(before, pieces), whole, "{before:?} {pieces:?}");
    }
}

proptest! {
    #[test]
    fn a_seam_is_the_same_at_any_split(before in "[ab ]{1,6}", new in "[ab ]{0,8}", cut in 0_usize..9) {
        let whole = joined(&before, &[&new]);
        let cut = cut.min(new.len());
        prop_assert_eq!(joined(&before, &[&new[..cut], &new[cut..]]), whole);
    }

    #[test]
    fn an_echo_leaves_no_trace(before in "[a-c]{1,6}", new in "[d-f ]{1,8}", cut in 0_usize..15) {
        let echoed = format!("{before}{new}");
        let cut = cut.min(echoed.len());
        prop_assert_eq!(joined(&before, &[&echoed[..cut], &echoed[cut..]]), echoed);
    }
}

#[test]
fn a_text_too_long_to_be_a_prefill_is_neither_kept_nor_continued() {
    let mut reader = reader(&json!({}));
    let (text, mut out) = (chunk(&"x".repeat(100_000)), Vec::new());
    for _ in 0..60 {
        reader.push(text.as_bytes(), &mut out).unwrap();
        out.clear();
    }
    assert_eq!(reader.next_leg(), None);
    assert!(format!("{reader:?}").len() < 100_000);
}

#[test]
fn endless_white_space_where_two_texts_meet_is_not_held_for_ever() {
    let mut seam = Seam::behind("one ");
    let passed = (0..100)
        .map(|_| seam.push(&" ".repeat(1_000)))
        .find(|passed| !passed.is_empty());
    assert!(passed.is_some());
}
