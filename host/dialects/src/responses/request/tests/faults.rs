//! What is wrong with a request is said with the path of the field.

use serde_json::{Value, json};

use super::chat;
use crate::json::fields;
use crate::operation::Operation;
use crate::responses::request::read;

#[track_caller]
fn assert_refused(members: &Value, message: &str) {
    let fault = chat(members).unwrap_err().to_string();
    assert!(fault.starts_with(message), "{fault}");
}

#[test]
fn a_body_is_read_as_far_as_the_host_needs_to() {
    for (body, message) in [
        ("[]", "body: is not a JSON object"),
        (r#"{"input":"x"}"#, "model: is missing"),
        (r#"{"model":"m"}"#, "input: is missing; give a text or a list of items"),
        (
            r#"{"model":"m","input":7}"#,
            "input: must be a string or a list of items",
        ),
        (
            r#"{"model":"m","input":[]}"#,
            "input: is empty; give a list of at least one item",
        ),
        (r#"{"model":"m","input":["x"]}"#, "input[0]: must be an object"),
        (
            r#"{"model":"m","input":"x","stream":1}"#,
            "stream: must be true or false",
        ),
    ] {
        let parsed = fields::body(body.as_bytes()).and_then(|members| read(Operation::Chat, members));
        let fault = parsed.unwrap_err().to_string();
        assert!(fault.starts_with(message), "{fault}");
    }
    let pinned = |items: &str| {
        let body = format!(r#"{{"model":"m","input":{items}}}"#);
        let parsed = fields::body(body.as_bytes()).and_then(|members| read(Operation::Chat, members));
        parsed.unwrap().pinned
    };
    assert!(pinned(r#"[{"type":"function_call_output","call_id":"a","output":""}]"#));
    assert!(!pinned("\"Hi\""));
}

#[test]
fn what_is_stored_at_a_vendor_is_refused_by_its_name() {
    for (key, value) in [
        ("previous_response_id", json!("resp_1")),
        ("conversation", json!("conv_1")),
        ("conversation", json!({"id": "conv_1"})),
        ("prompt", json!({"id": "pmpt_1"})),
        ("background", json!(true)),
    ] {
        let mut members = json!({"input": "Hi"});
        members[key] = value;
        assert_refused(&members, &format!("{key}: "));
    }
    for item in [json!({"type": "item_reference", "id": "msg_1"}), json!({"id": "msg_1"})] {
        assert_refused(
            &json!({"input": [item]}),
            "input[0]: refers to an item, and items are not stored here",
        );
    }
    let image = json!({"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]});
    assert_refused(
        &json!({"input": [image]}),
        "input[0].content[0].file_id: files are not stored here",
    );
}

#[test]
fn a_part_that_is_not_of_its_shape_is_named() {
    let function = json!({"type": "function", "name": "f"});
    let inner = json!({"type": "namespace", "name": "a", "tools": [{"type": "function", "name": "b"}]});
    let same = json!([{"type": "function", "name": "a__b"}, inner]);
    for (members, message) in [
        (
            json!({"input": [{"role": "robot", "content": "x"}]}),
            "input[0].role: must be user",
        ),
        (
            json!({"input": [{"role": "user", "content": 7}]}),
            "input[0].content: must be a string or a list",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "hologram"}]}]}),
            "input[0].content[0].type: `hologram`",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}),
            "input[0].content[0].text: is missing",
        ),
        (
            json!({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}),
            "input[0].call_id: is missing",
        ),
        (
            json!({"input": [{"type": "function_call_output", "call_id": "c", "output": 7}]}),
            "input[0].output: must be",
        ),
        (
            json!({"input": "x", "instructions": 7}),
            "instructions: must be a string",
        ),
        (
            json!({"input": "x", "max_output_tokens": 0}),
            "max_output_tokens: must be a whole number",
        ),
        (
            json!({"input": "x", "reasoning": {"effort": 7}}),
            "reasoning.effort: must be a string",
        ),
        (json!({"input": "x", "reasoning": 7}), "reasoning: must be an object"),
        (
            json!({"input": "x", "text": {"format": {"type": "xml"}}}),
            "text.format.type: must be text",
        ),
        (
            json!({"input": "x", "text": {"format": {"type": "json_schema", "name": "n"}}}),
            "text.format.schema: must be",
        ),
        (json!({"input": "x", "tools": 7}), "tools: must be a list"),
        (
            json!({"input": "x", "tools": [{"type": "function"}]}),
            "tools[0].name: is missing",
        ),
        (
            json!({"input": "x", "tools": [{"name": "f"}]}),
            "tools[0].type: is missing",
        ),
        (
            json!({"input": "x", "tools": [function, function]}),
            "tools[1].name: `f` is the name of another tool",
        ),
        (
            json!({"input": "x", "tools": same}),
            "tools[1].tools[0].name: `a__b` is the name of another tool",
        ),
        (
            json!({"input": "x", "tools": [function], "tool_choice": {"type": "function"}}),
            "tool_choice.name: is missing",
        ),
    ] {
        assert_refused(&members, message);
    }
}

#[test]
fn a_conversation_of_which_nothing_is_left_is_refused() {
    let items = json!({"input": [{"type": "of_tomorrow"}, {"type": "web_search_call", "id": "ws"}]});
    assert_refused(&items, "input: has nothing that a chat has words for");
}
