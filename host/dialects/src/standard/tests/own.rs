//! Requests that clients wrote in the canonical dialect themselves.

use serde_json::{Value, json};

use super::try_sent;
use crate::accepts::{Accepts, Extension};
use crate::json::Members;

fn sent(messages: &Value) -> super::Sent {
    let body = json!({"model": "m", "top_k": 5, "messages": messages, "of_tomorrow": {}}).to_string();
    try_sent(crate::canonical(), &body, Accepts::NONE).unwrap()
}

#[test]
fn a_request_without_extensions_is_not_written_anew() {
    let body = r#"{"model":"m", "messages":[ {"role":"user","content":[{"type":"text","text":"x","of_tomorrow":1.0}]} ],"top_k":5,"thinking":{"type":"enabled"}}"#;
    let standard = crate::canonical()
        .standard(&Members::parse(body.as_bytes()).unwrap(), Accepts::NONE)
        .unwrap();
    assert_eq!(standard, crate::Standard::default());
}

#[test]
fn what_an_earlier_turn_brought_is_removed_and_named_and_nothing_else() {
    let body = r#"{"model":"m", "top_k": 5,"messages":[ {"role":"user","content": "x","of_tomorrow": 1.0},{"role":"assistant","content": "y","reasoning_content":"hm","thinking_blocks":[{}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 10.10}"},"cache_control":{}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r","cache_control":{},"of_tomorrow": 2.0}]}],"thinking": {"type":"enabled"}}"#;
    let sent = try_sent(crate::canonical(), body, Accepts::NONE).unwrap();
    assert_eq!(
        sent.text,
        r#"{"model":"m", "top_k": 5,"messages":[{"role":"user","content": "x","of_tomorrow": 1.0},{"role":"assistant","content": "y","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 10.10}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r","of_tomorrow": 2.0}]}],"thinking": {"type":"enabled"}}"#
    );
    assert_eq!(
        sent.dropped,
        "messages[].reasoning_content, messages[].thinking_blocks, messages[].tool_calls[].cache_control, \
         messages[].content[].cache_control"
    );
}

#[test]
fn a_failed_result_and_its_images_have_their_standard_form() {
    let image = json!({"type": "image_url", "image_url": {"url": "u"}});
    let sent = sent(&json!([
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "42"}, image], "is_error": true},
    ]));
    assert_eq!(
        sent.body["messages"],
        json!([
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "Error: 42"}]},
            {"role": "user", "content": [{"type": "text", "text": "Result of the tool call c:"}, image]},
        ])
    );
    assert_eq!(sent.body["of_tomorrow"], json!({}));
    assert_eq!(sent.dropped, "");
}

#[test]
fn an_accepted_extension_stays_where_another_goes() {
    let body = json!({"model": "m", "messages": [
        {"role": "assistant", "content": "y", "reasoning_content": "hm", "thinking_blocks": []},
    ]});
    let accepts = Accepts::NONE.with(Extension::ReasoningContent);
    let sent = try_sent(crate::canonical(), &body.to_string(), accepts).unwrap();
    assert_eq!(
        sent.body["messages"][0],
        json!({"role": "assistant", "content": "y", "reasoning_content": "hm"})
    );
}

#[test]
fn what_makes_no_sense_is_left_to_the_upstream() {
    for messages in [
        json!([7, {"role": "assistant", "content": 5, "tool_calls": 5, "thinking_blocks": []}]),
        json!([{"role": "tool", "content": [{"type": "image_url"}, {}, 7, {"type": 5}], "is_error": "yes"}]),
        json!([{"role": 5, "content": [{"type": "document", "source": {"type": "text", "data": "x"}}]}]),
    ] {
        let sent = sent(&messages);
        assert_eq!(sent.body["top_k"], 5, "{messages}");
    }
}
