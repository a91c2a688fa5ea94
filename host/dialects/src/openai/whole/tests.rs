//! Streams put together, and whole replies taken apart and put together again.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a test writes its JSON where it is used, and is easier to read without borrowing it"
)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn whole(chunks: &[Value]) -> Result<Value, StreamFault> {
    let chunks: Vec<Vec<u8>> = chunks.iter().map(|chunk| chunk.to_string().into_bytes()).collect();
    let chunks = chunks.iter().map(Vec::as_slice).chain([&b""[..], b"[DONE]", b"junk"]);
    assembled(chunks).map(|reply| serde_json::from_slice(&reply).unwrap())
}

fn chunk(choice: Value) -> Value {
    json!({"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [choice]})
}

fn delta(delta: Value) -> Value {
    chunk(json!({"index": 0, "delta": delta, "finish_reason": null}))
}

fn finish(reason: &str) -> Value {
    chunk(json!({"index": 0, "delta": {}, "finish_reason": reason}))
}

#[test]
fn pieces_are_joined_by_choice_and_by_index() {
    let mut usage = chunk(json!(null));
    usage["choices"] = json!([]);
    usage["usage"] = json!({"prompt_tokens": 3, "total_tokens": 9});
    let reply = whole(&[
        delta(json!({"role": "assistant", "content": null, "reasoning_content": "hm"})),
        delta(json!({"reasoning_content": "m", "content": "one "})),
        delta(json!({"tool_calls": [
            {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
            {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{"}},
        ]})),
        delta(json!({"content": "two", "tool_calls": [
            {"index": 1, "id": "", "function": {"arguments": "}"}},
            {"index": 0, "id": "other", "type": "function", "function": {"name": null, "arguments": "{\"x\":1}"}},
        ]})),
        finish("tool_calls"),
        usage,
    ]);
    let message = json!({"role": "assistant", "content": "one two", "reasoning_content": "hmm", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]});
    let expected = json!({"id": "c1", "created": 7, "model": "m", "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "total_tokens": 9}});
    assert_eq!(reply.unwrap(), expected);
}

#[test]
fn an_annotation_has_a_place_only_in_a_stream() {
    let cited = |place: Option<u64>, url: &str| {
        let mut annotation = json!({"type": "url_citation", "url_citation": {"url": url, "start_index": 0}});
        if let Some(place) = place {
            annotation["index"] = json!(place);
        }
        annotation
    };
    let reply = whole(&[
        delta(json!({"role": "assistant", "content": "a", "annotations": [cited(Some(0), "x")]})),
        delta(json!({"annotations": [cited(Some(1), "y")]})),
        finish("stop"),
    ]);
    let reply = reply.unwrap();
    let annotations = json!([cited(None, "x"), cited(None, "y")]);
    assert_eq!(reply["choices"][0]["message"]["annotations"], annotations);
    let lines = taken_apart(reply.to_string().as_bytes()).unwrap();
    let first = lines.split(|byte| *byte == b'\n').next().unwrap();
    let first: Value = serde_json::from_slice(first).unwrap();
    assert_eq!(first["choices"][0]["delta"]["annotations"][1]["index"], 1);
}

#[test]
fn a_stream_without_its_end_or_with_an_error_is_no_reply() {
    assert_eq!(whole(&[]), Err(StreamFault::Truncated));
    assert_eq!(whole(&[delta(json!({"content": "x"}))]), Err(StreamFault::Truncated));
    let other = chunk(json!({"index": 1, "delta": {"content": "x"}}));
    assert_eq!(whole(&[other, finish("stop")]), Err(StreamFault::Truncated));
    let error = json!({"error": {"message": "slow down", "code": 429}});
    assert!(matches!(
        whole(&[finish("stop"), error]),
        Err(StreamFault::Upstream { .. })
    ));
    assert!(matches!(assembled([&b"{"[..]]), Err(StreamFault::Malformed(_))));
}

#[test]
fn a_reply_is_taken_apart_into_content_end_and_usage() {
    let reply = r#"{"id":"c1","object":"chat.completion","created":7,"choices":[{"index":0,
        "message":{"role":"assistant","content":"hi","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},
        "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12345678901234567890123}}"#;
    let lines = taken_apart(reply.as_bytes()).unwrap();
    let lines: Vec<&str> = std::str::from_utf8(&lines).unwrap().lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].contains(r#""delta":{"role":"assistant","content":"hi","tool_calls":[{"id":"a""#),
        "{}",
        lines[0]
    );
    assert!(lines[0].contains(r#""index":0}]"#) && lines[0].contains(r#""finish_reason":null"#));
    assert!(lines[1].contains(r#""delta":{},"finish_reason":"stop""#) && !lines[1].contains("usage"));
    assert!(
        lines[2].contains(r#""choices":[],"usage":{"prompt_tokens":12345678901234567890123}"#),
        "{}",
        lines[2]
    );
}

#[test]
fn an_error_or_nonsense_is_not_taken_apart() {
    let error = taken_apart(br#"{"error":{"message":"slow","type":"rate_limit_error"}}"#);
    assert!(matches!(error, Err(StreamFault::Upstream { .. })));
    for bad in [
        "[]",
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":"x"}]}"#,
    ] {
        assert!(
            matches!(taken_apart(bad.as_bytes()), Err(StreamFault::Malformed(_))),
            "{bad}"
        );
    }
}

fn any_message() -> impl Strategy<Value = Value> {
    let call = ("[a-z]{1,4}", "\\{[0-9.]{0,30}\\}").prop_map(
        |(name, arguments)| json!({"id": name, "type": "function", "function": {"name": name, "arguments": arguments}}),
    );
    let calls = prop::option::of(prop::collection::vec(call, 1..3));
    (any::<Option<String>>(), calls).prop_map(|(content, calls)| {
        let mut message = json!({"role": "assistant", "content": content});
        if let Some(calls) = calls {
            message["tool_calls"] = calls.into();
        }
        message
    })
}

proptest! {
    #[test]
    fn what_was_taken_apart_is_put_together_again(messages in prop::collection::vec(any_message(), 1..3)) {
        let choices = messages.into_iter().enumerate().map(|(index, message)| {
            json!({"index": index, "message": message, "finish_reason": "stop"})
        });
        let reply = json!({"id": "c1", "model": "m", "choices": choices.collect::<Value>(), "usage": {"total_tokens": 1}});
        let lines = taken_apart(reply.to_string().as_bytes()).unwrap();
        let again = assembled(lines.split(|byte| *byte == b'\n')).unwrap();
        let mut again: Value = serde_json::from_slice(&again).unwrap();
        again.as_object_mut().unwrap().remove("object");
        prop_assert_eq!(again, reply);
    }
}

#[test]
fn what_no_reply_has_is_malformed() {
    let numbered = |count: u64, delta: fn(u64) -> Value| -> Vec<Value> {
        (0..count)
            .map(|n| chunk(json!({"index": 0, "delta": delta(n)})))
            .collect()
    };
    let choices: Vec<Value> = (0..2_000).map(|n| chunk(json!({"index": n, "delta": {}}))).collect();
    let heads: Vec<Value> = (0..2_000)
        .map(|n| {
            let mut chunk = finish("stop");
            chunk[format!("m{n}")] = json!(n);
            chunk
        })
        .collect();
    for chunks in [
        choices,
        heads,
        numbered(2_000, |n| {
            let mut delta = json!({});
            delta[format!("m{n}")] = json!(n);
            delta
        }),
        numbered(
            5_000,
            |n| json!({"tool_calls": [{"index": n, "function": {"arguments": ""}}]}),
        ),
        numbered(5_000, |n| json!({"citations": [n]})),
    ] {
        let fault = whole(&chunks).unwrap_err().to_string();
        assert!(fault.contains("it has more than"), "{fault}");
    }
    let choice = json!({"message": {"content": "x"}, "finish_reason": "stop"});
    let many = json!({"choices": vec![choice; 2_000]}).to_string();
    assert!(taken_apart(many.as_bytes()).is_err());
}
