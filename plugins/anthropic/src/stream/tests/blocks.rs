//! Tests of what comes in pieces: alternating blocks, arguments.

use jackfield_plugin_sdk::canonical::Chunk;
use jackfield_plugin_sdk::{Event, FailureClass};
use serde_json::{Value, json};

use super::{State, class, close, decode, delta, end, event, feed, open, start, stop, text};

/// The arguments of each call, joined by index as a client does.
fn arguments(chunks: &[Chunk]) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for call in chunks
        .iter()
        .flat_map(|chunk| &chunk.choices)
        .flat_map(|choice| &choice.delta.tool_calls)
    {
        let index = call.index as usize;
        calls.resize(calls.len().max(index + 1), String::new());
        let function = call.function.as_ref().unwrap();
        calls[index].push_str(function.arguments.as_deref().unwrap_or_default());
    }
    calls
}

fn at(index: u64, mut event: Value) -> Value {
    event["index"] = index.into();
    event
}

fn call(id: &str, input: &Value) -> Value {
    open(&json!({"type": "tool_use", "id": id, "name": "f", "input": input}))
}

fn piece(json: &str) -> Value {
    delta(&json!({"type": "input_json_delta", "partial_json": json}))
}

#[test]
fn the_deltas_of_blocks_that_alternate_go_to_their_own_calls() {
    let events = [
        start("a"),
        at(0, call("x", &json!({}))),
        at(1, call("y", &json!({}))),
        at(1, piece("{\"b\":")),
        at(0, piece("{\"a\":1}")),
        at(2, call("z", &json!({}))),
        at(1, piece("2}")),
        at(2, piece("")),
        at(1, close()),
        at(0, close()),
        at(2, close()),
        end("tool_use"),
        stop(),
    ];
    assert_eq!(arguments(&feed(&events).unwrap()), ["{\"a\":1}", "{\"b\":2}", "{}"]);
}

#[test]
fn arguments_keep_their_digits_and_may_come_as_a_string() {
    let start = r#"{"type":"message_start","message":{"id":null,"usage":null}}"#;
    let call = |input: &str| {
        format!(
            r#"{{"type":"content_block_start","content_block":{{"type":"tool_use","id":null,"name":"f","input":{input}}}}}"#
        )
    };
    let stop = r#"{"type":"message_stop"}"#;
    for (input, expected) in [
        (
            r#"{"n": 123456789012345678901234567890, "m": 10.10}"#,
            r#"{"n":123456789012345678901234567890,"m":10.10}"#,
        ),
        (r#""{\"n\": 1.0}""#, r#"{"n": 1.0}"#),
        ("\"\"", "{}"),
        ("null", "{}"),
    ] {
        let call = call(input);
        let events = [start, &call, stop].map(|data| Event {
            name: String::new(),
            data: data.into(),
        });
        let decoded = decode(&mut State::default(), &events, false).unwrap();
        assert_eq!(arguments(&decoded.chunks), [expected]);
        assert_eq!(
            decoded.chunks[1].choices[0].delta.tool_calls[0].id.as_deref(),
            Some("call_0")
        );
    }
}

#[test]
fn a_named_error_event_keeps_its_class_without_a_type() {
    let mut events = vec![event(&start("a"))];
    events.push(Event {
        name: "error".to_owned(),
        data: r#"{"error":{"type":"rate_limit_error","message":"slow"}}"#.into(),
    });
    let failure = decode(&mut State::default(), &events, false).unwrap_err();
    assert_eq!((failure.class, &*failure.message), (FailureClass::RateLimited, "slow"));
}

#[test]
fn a_delta_of_unknown_kind_may_have_any_shape() {
    let mut events = vec![start("a")];
    events.extend(text("Hello"));
    events.insert(2, delta(&json!({"type": "odd_delta", "text": {"a": 1}, "thinking": 5})));
    events.insert(0, json!({"type": "ping"}));
    events.extend([end("end_turn"), stop()]);
    assert!(feed(&events).is_ok());
}

#[test]
fn too_many_open_blocks_are_malformed() {
    let mut events = vec![start("a")];
    events.extend((0..100).map(|index| at(index, open(&json!({"type": "text", "text": ""})))));
    assert_eq!(class(&events), FailureClass::Malformed);
}
