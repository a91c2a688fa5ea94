//! Tests of what a stream must not do; the goldens cover each kind of event.

use jackfield_plugin_sdk::canonical::Chunk;
use jackfield_plugin_sdk::{Event, Failure, FailureClass};
use serde_json::{Value, json};

use super::{State, decode};

mod blocks;

fn start(id: &str) -> Value {
    let usage = json!({"input_tokens": 17, "output_tokens": 1});
    json!({"type": "message_start", "message": {"id": id, "type": "message", "role": "assistant",
        "content": [], "model": "m", "stop_reason": null, "usage": usage}})
}

fn open(block: &Value) -> Value {
    json!({"type": "content_block_start", "index": 0, "content_block": block})
}

fn delta(delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": 0, "delta": delta})
}

fn close() -> Value {
    json!({"type": "content_block_stop", "index": 0})
}

fn end(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 5}})
}

fn stop() -> Value {
    json!({"type": "message_stop"})
}

fn event(value: &Value) -> Event {
    Event {
        name: value["type"].as_str().unwrap().to_owned(),
        data: value.to_string().into_bytes(),
    }
}

/// Feeds the events one by one, serialising the state between calls as the host does.
fn feed(events: &[Value]) -> Result<Vec<Chunk>, Failure> {
    let mut state = State::default();
    let mut chunks = Vec::new();
    for value in events {
        chunks.extend(decode(&mut state, &[event(value)], false)?.chunks);
        state = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    }
    chunks.extend(decode(&mut state, &[], true)?.chunks);
    Ok(chunks)
}

fn class(events: &[Value]) -> FailureClass {
    feed(events).unwrap_err().class
}

fn text(text: &str) -> Vec<Value> {
    vec![
        open(&json!({"type": "text", "text": ""})),
        delta(&json!({"type": "text_delta", "text": text})),
        close(),
    ]
}

#[test]
fn a_stream_that_is_cut_before_message_stop_has_no_finish_reason() {
    let mut events = vec![start("a")];
    events.extend(text("Hello"));
    events.push(end("end_turn"));
    let mut state = State::default();
    let frames: Vec<Event> = events.iter().map(event).collect();
    let decoded = decode(&mut state, &frames, false).unwrap();
    assert!(!decoded.done);
    assert!(decoded.chunks.iter().all(|chunk| chunk.usage.is_none()));
    assert!(
        decoded
            .chunks
            .iter()
            .all(|chunk| chunk.choices[0].finish_reason.is_none())
    );
    assert_eq!(class(&events), FailureClass::Malformed);
}

#[test]
fn a_stream_without_events_is_malformed() {
    assert_eq!(class(&[]), FailureClass::Malformed);
}

#[test]
fn what_follows_message_stop_is_not_read() {
    let mut events = vec![start("a")];
    events.extend(text("Hello"));
    events.extend([end("end_turn"), stop()]);
    let expected = feed(&events).unwrap();
    events.push(json!({"type": "error", "error": {"type": "api_error", "message": "late"}}));
    assert_eq!(feed(&events).unwrap(), expected);
}

#[test]
fn a_repeated_start_before_the_first_block_is_passed_over() {
    let mut events = vec![start("a"), start("a")];
    events.extend(text("Hello"));
    events.extend([end("end_turn"), stop()]);
    let twice = feed(&events).unwrap();
    events.remove(0);
    assert_eq!(feed(&events).unwrap(), twice);
}

#[test]
fn a_repeated_start_after_the_first_block_is_malformed() {
    let mut events = vec![start("a")];
    events.extend(text("Hello"));
    events.push(start("a"));
    assert_eq!(class(&events), FailureClass::Malformed);
}

#[test]
fn another_message_in_the_midst_of_the_first_is_malformed() {
    assert_eq!(class(&[start("a"), start("b")]), FailureClass::Malformed);
}

#[test]
fn a_delta_outside_of_a_block_is_malformed() {
    let stray = delta(&json!({"type": "text_delta", "text": "Hello"}));
    assert_eq!(class(&[start("a"), stray]), FailureClass::Malformed);
}

#[test]
fn a_block_before_the_message_is_malformed() {
    assert_eq!(class(&text("Hello")), FailureClass::Malformed);
}

#[test]
fn a_tool_call_without_a_name_is_malformed() {
    let call = open(&json!({"type": "tool_use", "id": "t", "input": {}}));
    assert_eq!(class(&[start("a"), call]), FailureClass::Malformed);
}

#[test]
fn broken_json_is_malformed() {
    let broken = Event {
        name: String::new(),
        data: b"{\"type\":\"ping\"".to_vec(),
    };
    let failure = decode(&mut State::default(), &[broken], false).unwrap_err();
    assert_eq!(failure.class, FailureClass::Malformed);
}

#[test]
fn an_error_event_fails_by_its_type() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let failure = feed(&[start("a"), error]).unwrap_err();
    assert_eq!(
        (failure.class, failure.message.as_str()),
        (FailureClass::Overloaded, "Overloaded")
    );
    assert_eq!(failure.detail.kind.as_deref(), Some("overloaded_error"));
}

#[test]
fn unknown_events_and_deltas_are_passed_over() {
    let mut events = vec![start("a"), json!({"type": "weather", "sky": "blue"})];
    events.extend(text("Hello"));
    events.insert(3, delta(&json!({"type": "mood_delta", "mood": "good"})));
    events.extend([end("end_turn"), stop()]);
    assert_eq!(feed(&events).unwrap().len(), 4);
}

#[test]
fn a_block_that_is_not_closed_ends_with_the_message() {
    let call = open(&json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}));
    let chunks = feed(&[start("a"), call, end("tool_use"), stop()]).unwrap();
    let arguments = &chunks[2].choices[0].delta.tool_calls[0].function;
    assert_eq!(arguments.as_ref().unwrap().arguments.as_deref(), Some("{}"));
}

#[test]
fn the_input_of_a_kept_block_that_was_cut_off_stays_text() {
    let events = [
        start("a"),
        open(&json!({"type": "server_tool_use", "id": "s", "name": "f", "input": {}})),
        delta(&json!({"type": "input_json_delta", "partial_json": "{\"a\": 1"})),
        close(),
        end("max_tokens"),
        stop(),
    ];
    let chunks = feed(&events).unwrap();
    let blocks: Value = chunks[1].choices[0].delta.extra.read("content_blocks").unwrap();
    let block = &blocks[0];
    assert_eq!(block["partial_json"], "{\"a\": 1");
    assert_eq!(block["input"], json!({}));
}

#[test]
fn the_state_holds_neither_text_nor_thinking() {
    let long = "x".repeat(10_000);
    let mut state = State::default();
    let events = [
        start("a"),
        open(&json!({"type": "thinking", "thinking": ""})),
        delta(&json!({"type": "thinking_delta", "thinking": long})),
        close(),
        open(&json!({"type": "text", "text": ""})),
        delta(&json!({"type": "text_delta", "text": long})),
    ];
    decode(&mut state, &events.each_ref().map(event), false).unwrap();
    assert!(serde_json::to_string(&state).unwrap().len() < 400);
}
