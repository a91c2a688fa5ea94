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
        .standard(&Members::of(body).unwrap(), Accepts::NONE, false)
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
fn parts_of_an_assistant_repeat_nothing_of_their_message() {
    let part = json!({"type": "text", "text": "I look.", "role": "assistant", "refusal": null, "tool_calls": [{}], "of_tomorrow": 1});
    let refused = json!({"type": "refusal", "refusal": "no", "role": "assistant"});
    let asked = json!({"type": "text", "text": "x", "role": "user"});
    let sent = sent(&json!([
        {"role": "user", "content": [asked]},
        {"role": "assistant", "content": [part, refused], "refusal": null},
    ]));
    assert_eq!(sent.body["messages"][0]["content"], json!([asked]));
    assert_eq!(
        sent.body["messages"][1],
        json!({
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look.", "of_tomorrow": 1},
                {"type": "refusal", "refusal": "no"},
            ],
            "refusal": null,
        })
    );
    assert_eq!(sent.dropped, "");
}

#[test]
fn what_only_another_vendor_reads_is_left_out() {
    let call = |extra: &Value| json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": extra});
    let signed = |signature: &str| json!({"google": {"thought_signature": signature}});
    let message = |call: Value| {
        json!({"role": "assistant", "content": "y", "tool_calls": [call], "citations": [{}], "images": [{}],
            "reasoning_details": [{}], "annotations": []})
    };
    let marked = sent(&json!([message(call(&signed("jackfield.gemini.call-0.CiQB")))]));
    assert_eq!(marked.body["messages"][0]["tool_calls"][0].get("extra_content"), None);
    assert_eq!(marked.body["messages"][0]["annotations"], json!([]));
    assert_eq!(
        marked.dropped,
        "messages[].citations, messages[].images, messages[].reasoning_details, \
         messages[].tool_calls[].extra_content"
    );
    // Google's own API in OpenAI's form has the member too.
    let own = call(&signed("CiQB"));
    assert_eq!(
        sent(&json!([message(own.clone())])).body["messages"][0]["tool_calls"],
        json!([own])
    );
}

#[test]
fn an_id_that_is_too_long_is_short_in_the_call_and_in_its_result() {
    let function = json!({"name": "f", "arguments": "{}"});
    let id = format!("functions.mcp__github__{}:0", "x".repeat(30));
    let messages = |id: &str| {
        json!([
            {"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": id, "content": "r"},
        ])
    };
    let short = sent(&messages(&id)).body["messages"][1]["tool_call_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(short.len(), 40);
    assert!(short.ends_with("xxxxx:0"), "{short}");
    assert_eq!(sent(&messages(&id)).body["messages"], messages(&short));
    let other = sent(&messages(&id.replace("github", "gitlab"))).body["messages"][1]["tool_call_id"].clone();
    assert_ne!(other, short);
    let body = json!({"model": "m", "messages": messages(&id)}).to_string();
    let accepts = Accepts::NONE.with(Extension::LongCallIds);
    let sent = try_sent(crate::canonical(), &body, accepts).unwrap();
    assert_eq!(sent.body["messages"], messages(&id));
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
