//! Tests of what streams say that are not as they should be.

use jackfield_plugin_sdk::{Event, Failure, FailureClass};
use serde_json::{Value, json};

use super::{State, decode};

/// The deltas of a stream with these events between its start and its end.
fn deltas(events: &[Value]) -> Result<Vec<Value>, Failure> {
    let mut state = State::default();
    let start = json!({"type": "message-start", "id": "1", "delta": {"message": {"content": [], "tool_calls": []}}});
    let end = json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}});
    let all = [&[start], events, &[end]].concat();
    let event = |event: &Value| Event {
        name: String::new(),
        data: event.to_string().into_bytes(),
    };
    let events: Vec<Event> = all.iter().map(event).collect();
    let decoded = decode(&mut state, &events, false)?;
    assert!(decoded.done);
    let delta = |chunk| serde_json::to_value(chunk).unwrap()["choices"][0]["delta"].take();
    Ok(decoded.chunks.iter().map(delta).collect())
}

fn call(kind: &str, index: u64, function: &Value) -> Value {
    json!({"type": kind, "index": index, "delta": {"message": {"tool_calls": {"id": "c", "function": function}}}})
}

/// The arguments of a call that arrive in these pieces, joined.
fn arguments(pieces: &[&str]) -> String {
    let mut events = vec![call("tool-call-start", 0, &json!({"name": "f", "arguments": ""}))];
    events.extend(
        pieces
            .iter()
            .map(|piece| call("tool-call-delta", 0, &json!({"arguments": piece}))),
    );
    events.push(json!({"type": "tool-call-end", "index": 0}));
    let pieces = deltas(&events).unwrap();
    let pieces = pieces.iter().map(|delta| {
        delta["tool_calls"][0]["function"]["arguments"]
            .as_str()
            .unwrap_or_default()
    });
    pieces.collect()
}

#[test]
fn no_arguments_are_an_empty_object() {
    for pieces in [&[][..], &["null"], &["nu", "ll"], &[" ", "null", " "]] {
        assert_eq!(arguments(pieces), "{}", "{pieces:?}");
    }
    assert_eq!(arguments(&["{\"n\"", ":null}"]), "{\"n\":null}");
    assert_eq!(arguments(&["n", "o"]), "no");
}

#[test]
fn calls_whose_events_alternate_are_told_apart() {
    let deltas = deltas(&[
        call("tool-call-start", 0, &json!({"name": "f"})),
        call("tool-call-start", 1, &json!({"name": "g"})),
        call("tool-call-delta", 1, &json!({"arguments": "{\"b\":2}"})),
        call("tool-call-delta", 0, &json!({"arguments": "{\"a\":1}"})),
    ])
    .unwrap();
    let pieces = deltas.iter().filter_map(|delta| delta["tool_calls"].as_array());
    let pieces: Vec<(u64, &str)> = pieces
        .map(|calls| {
            (
                calls[0]["index"].as_u64().unwrap(),
                calls[0]["function"]["arguments"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(pieces, [(0, ""), (1, ""), (1, "{\"b\":2}"), (0, "{\"a\":1}")]);
}

#[test]
fn what_makes_no_sense_is_malformed() {
    for events in [
        json!([call("tool-call-delta", 0, &json!({"arguments": "{}"}))]),
        json!([call("tool-call-start", 0, &json!({"arguments": "{}"}))]),
        json!([{"type": "content-delta", "delta": {"message": {"content": {"text": "a"}}}}, {"type": "message-start", "id": "1"}]),
        json!([{"type": "message-start", "id": "2"}]),
        json!([{"type": "message-end", "delta": {}}]),
    ] {
        let failure = deltas(events.as_array().unwrap()).unwrap_err();
        assert_eq!(failure.class, FailureClass::Malformed, "{events}");
    }
}

#[test]
fn an_error_in_the_stream_is_a_failure() {
    let failure = deltas(&[json!({"message": "internal server error"})]).unwrap_err();
    assert_eq!(
        (failure.class, &*failure.message),
        (FailureClass::Overloaded, "internal server error")
    );
}

#[test]
fn an_unknown_event_changes_nothing() {
    let deltas = deltas(&[json!({"type": "of-tomorrow"}), json!({"type": "debug", "prompt": "p"})]).unwrap();
    assert_eq!(deltas, [json!({"role": "assistant"}), json!({})]);
}
