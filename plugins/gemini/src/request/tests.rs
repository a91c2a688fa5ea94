//! Tests of rules that goldens would show less clearly.

use jackfield_plugin_sdk::FailureClass;
use serde_json::{Value, json};

use super::*;

fn translate(request: &Value) -> Result<Value, RequestError> {
    let request = serde_json::from_value(request.clone()).unwrap();
    let translated = super::translate(request, "gemini-3.1-pro-preview", false, &Settings::default())?;
    Ok(serde_json::to_value(translated.body).unwrap())
}

fn with_messages(messages: &Value) -> Value {
    translate(&json!({ "model": "m", "messages": messages })).unwrap()["contents"].clone()
}

#[test]
fn what_another_vendor_takes_is_left_to_it() {
    let class = |request: Value| Failure::from(translate(&request).unwrap_err()).class;
    let say = |content: Value| json!([{"role": "user", "content": content}]);
    let tool = json!({"type": "computer"});
    for request in [
        json!({"messages": say(json!([{"type": "hologram"}]))}),
        json!({"messages": say(json!([{"type": "input_audio", "input_audio": {"data": "", "format": "midi"}}]))}),
        json!({"messages": say(json!("Hi")), "tools": [tool]}),
        json!({"messages": say(json!("Hi")), "modalities": ["text", "audio"]}),
    ] {
        assert_eq!(class(request.clone()), FailureClass::Unsupported, "{request}");
    }
    assert_eq!(class(json!({"messages": []})), FailureClass::Client);
}

#[test]
fn a_conversation_begins_and_ends_with_the_user() {
    let go_on = json!({"role": "user", "parts": [{"text": "Continue."}]});
    let said = json!({"role": "model", "parts": [{"text": "Once"}]});
    assert_eq!(
        with_messages(&json!([{"role": "assistant", "content": "Once"}])),
        json!([go_on, said, go_on])
    );
}

#[test]
fn every_call_has_its_result_in_the_order_of_the_calls() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let contents = with_messages(&json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [call("a"), call("b"), call("c")]},
        {"role": "tool", "tool_call_id": "c", "content": "3"},
        {"role": "tool", "tool_call_id": "x", "content": "stray"},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
    ]));
    let result = |id: &str, response: Value| json!({"functionResponse": {"id": id, "name": "f", "response": response}});
    assert_eq!(
        contents[2]["parts"],
        json!([
            result("a", json!({"output": "1"})),
            result("b", json!({"error": "This call has no result."})),
            result("c", json!({"output": "3"})),
        ])
    );
    assert_eq!(contents[3], json!({"role": "user", "parts": [{"text": "stray"}]}));
}

#[test]
fn a_text_is_cut_where_its_signatures_end() {
    let signed = |end: usize, signature: &str| {
        let signature = signature::carried("gemini", signature::Place::Text(end), signature);
        json!({"type": "thinking", "thinking": "", "signature": signature})
    };
    let contents = with_messages(&json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "é, ü.", "thinking_blocks": [signed(2, "one"), signed(99, "two")]},
        {"role": "user", "content": "Go on"},
    ]));
    assert_eq!(
        contents[1]["parts"],
        json!([{"text": "é,", "thoughtSignature": "one"}, {"text": " ü.", "thoughtSignature": "two"}])
    );
}
