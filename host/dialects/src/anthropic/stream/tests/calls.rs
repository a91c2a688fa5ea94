//! Tool calls, which may come mixed and must go out one after the other.

use serde_json::{Value, json};

use super::{STOP, content, delta, read, reader};
use crate::anthropic::tests::assembled::{events, message};
use crate::fault::StreamFault;
use crate::reader::StreamReader;

fn piece(index: u64, id: &str, name: &str, arguments: &str) -> Value {
    let function = if name.is_empty() {
        json!({ "arguments": arguments })
    } else {
        json!({"name": name, "arguments": arguments})
    };
    let mut piece = json!({"index": index, "function": function});
    if !id.is_empty() {
        piece["id"] = id.into();
    }
    json!({ "tool_calls": [piece] })
}

fn block(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

#[test]
fn calls_that_come_mixed_go_out_one_after_the_other() {
    assert_eq!(
        content(&[
            json!({"content": "I ask."}),
            piece(0, "a", "f", "{\"x\""),
            piece(1, "b", "g", "{\"y\""),
            piece(0, "", "", ": 1"),
            piece(2, "c", "h", ""),
            piece(1, "", "", ": 2}"),
            piece(0, "", "", "}"),
        ]),
        json!([
            {"type": "text", "text": "I ask."},
            block("a", "f", &json!({"x": 1})),
            block("b", "g", &json!({"y": 2})),
            block("c", "h", &json!({})),
        ])
    );
}

#[test]
fn a_call_flows_at_once_if_the_one_before_it_is_complete() {
    let (mut reader, mut out) = (reader(), Vec::new());
    for (piece, blocks, deltas) in [
        (piece(0, "a", "f", ""), 1, 0),
        (piece(0, "", "", "{\"x\": {}"), 1, 1),
        (piece(1, "b", "g", ""), 1, 1),
        (piece(0, "", "", "}"), 2, 2),
        (piece(1, "", "", "{"), 2, 3),
    ] {
        reader.push(delta(&piece).as_bytes(), &mut out).unwrap();
        let events = events(std::str::from_utf8(&out).unwrap());
        let count = |kind: &str| events.iter().filter(|it| it["type"] == kind).count();
        assert_eq!(count("content_block_start"), blocks, "{piece}");
        assert_eq!(count("content_block_delta"), deltas, "{piece}");
    }
}

#[test]
fn ids_distinguish_calls_where_the_index_does_not() {
    let same = [piece(0, "a", "f", "{}"), piece(0, "b", "f", "{\"y\":1}")];
    let mut none = same.clone();
    for piece in &mut none {
        let call = piece["tool_calls"][0].as_object_mut().unwrap();
        call.shift_remove("index");
    }
    let expected = json!([block("a", "f", &json!({})), block("b", "f", &json!({"y": 1}))]);
    assert_eq!(content(&same), expected);
    assert_eq!(content(&none), expected);
    let repeated = [piece(0, "a", "f", "{"), piece(0, "a", "f", "}")];
    assert_eq!(content(&repeated), json!([block("a", "f", &json!({}))]));
}

#[test]
fn a_call_waits_for_its_name_and_gets_an_id() {
    assert_eq!(
        content(&[piece(0, "", "", "{"), piece(0, "", "f", "}")]),
        json!([block("toolu_1_0", "f", &json!({}))])
    );
    let nameless = delta(&piece(0, "a", "", "{}"));
    let fault = StreamFault::Malformed("a tool call has no name".to_owned());
    assert_eq!(read(&[&nameless, STOP]), Err(fault));
}

#[test]
fn text_amid_an_incomplete_call_waits_for_its_end() {
    assert_eq!(
        content(&[
            piece(0, "a", "f", "{"),
            json!({"content": "So"}),
            json!({"content": "!"}),
            piece(0, "", "", "}"),
            json!({"content": "?"}),
        ]),
        json!([
            block("a", "f", &json!({})),
            {"type": "text", "text": "So!?"},
        ])
    );
}

#[test]
fn a_call_that_goes_on_after_its_end_is_malformed() {
    let chunks = [
        piece(0, "a", "f", "{}"),
        piece(1, "b", "f", "{}"),
        piece(0, "", "", " "),
        piece(0, "", "", "{\"x\":1}"),
    ]
    .map(|piece| delta(&piece));
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    assert!(read(&[&chunks[..3], &[STOP]].concat()).is_ok());
    let end = read(&[&chunks[..], &[STOP]].concat());
    assert!(matches!(end, Err(StreamFault::Malformed(_))), "{end:?}");
}

#[test]
fn a_reply_that_calls_tools_stops_for_them() {
    let mut call = piece(0, "a", "f", "{}");
    call["tool_calls"][0]["caller"] = json!({"type": "direct"});
    let message = message(&read(&[&delta(&call), STOP]).unwrap());
    assert_eq!(message["stop_reason"], "tool_use");
    assert_eq!(message["content"][0]["caller"], json!({"type": "direct"}));
}

/// How many chunks are read until one is refused, and why it is.
fn refused(chunks: impl Iterator<Item = Value>) -> (usize, String) {
    let (mut reader, mut out) = (reader(), Vec::new());
    for (count, chunk) in chunks.enumerate().take(1_000_000) {
        let chunk = delta(&chunk);
        if let Err(fault) = reader.push(chunk.as_bytes(), &mut out) {
            return (count, fault.to_string());
        }
        out.clear();
    }
    panic!("everything was read");
}

#[test]
fn an_upstream_cannot_make_us_keep_what_no_model_says() {
    let (count, fault) = refused((0..).map(|index| piece(index, "", "f", "{}")));
    assert_eq!(count, 4_096, "{fault}");
    assert!(fault.contains("more than 4096 tool calls"), "{fault}");
    let first = || std::iter::once(piece(0, "a", "f", "{\"x\":"));
    let long = "y".repeat(10_000);
    for endless in [
        // The arguments of the open call, those of one behind it, and texts and blocks behind it.
        piece(0, "", "", &long),
        piece(1, "b", "g", &long),
        json!({ "content": long }),
        json!({ "content": "y", "reasoning_content": "z" }),
        json!({ "content_blocks": [{ "type": "x", "x": long }] }),
        json!({ "thinking_blocks": [{ "type": "thinking", "index": 0, "thinking": long, "signature": "s" }] }),
        json!({ "citations": [{ "cited_text": long }] }),
    ] {
        let endless = first().chain(std::iter::repeat_with(|| endless.clone()));
        let (count, fault) = refused(endless);
        assert!(count < 40_000 && fault.contains("4194304 bytes"), "{count}: {fault}");
    }
}

#[test]
fn a_long_text_that_goes_out_as_it_comes_is_not_kept() {
    let (mut reader, mut out) = (reader(), Vec::new());
    let text = delta(&json!({ "content": "y".repeat(100_000) }));
    for _ in 0..100 {
        reader.push(text.as_bytes(), &mut out).unwrap();
        assert!(out.len() > 100_000);
        out.clear();
    }
}
