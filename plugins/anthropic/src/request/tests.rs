//! Tests of the decisions in a translation; the goldens cover its breadth.

use serde_json::{Value, json};

use super::translate;
use crate::settings::Settings;

mod models;

const MODEL: &str = "claude-test";

/// Translates a request with these members in addition to its messages.
fn with(members: &Value, messages: &Value) -> Result<Value, String> {
    with_settings(members, messages, &Settings::default())
}

fn with_settings(members: &Value, messages: &Value, settings: &Settings) -> Result<Value, String> {
    of_model(MODEL, members, messages, settings)
}

fn of_model(model: &str, members: &Value, messages: &Value, settings: &Settings) -> Result<Value, String> {
    let mut request = members.clone();
    request["messages"] = messages.clone();
    let request = serde_json::from_value(request).unwrap();
    let body = translate(request, model, false, None, settings);
    body.map(|body| serde_json::to_value(body).unwrap())
        .map_err(|error| error.to_string())
}

fn hello() -> Value {
    json!([{"role": "user", "content": "Hello"}])
}

/// A conversation that ends in a tool result; the call carries `thinking_blocks`.
fn amid_a_call(thinking_blocks: &Value) -> Value {
    json!([
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null, "thinking_blocks": thinking_blocks, "tool_calls": [
            {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": ""}},
        ]},
        {"role": "tool", "tool_call_id": "t1", "content": "rain"},
    ])
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "weather"}}])
}

#[test]
fn tool_results_come_first_in_a_turn_and_in_their_order() {
    let mut messages = amid_a_call(&json!([]));
    let list = messages.as_array_mut().unwrap();
    list.insert(2, json!({"role": "user", "content": "Quick!"}));
    let second = json!({"id": "t2", "type": "function", "function": {"name": "weather", "arguments": "{}"}});
    list[1]["tool_calls"].as_array_mut().unwrap().push(second);
    list.push(json!({"role": "tool", "tool_call_id": "t2", "content": "wind"}));
    let body = with(&json!({}), &messages).unwrap();
    let turn = &body["messages"][2]["content"];
    assert_eq!(turn[0]["tool_use_id"], "t1");
    assert_eq!(turn[1]["tool_use_id"], "t2");
    assert_eq!(turn[2]["text"], "Quick!");
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn ids_of_other_vendors_are_put_into_the_apis_alphabet_on_both_sides() {
    let text = amid_a_call(&json!([])).to_string().replace("t1", "functions.weather:0");
    let body = with(&json!({}), &serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(body["messages"][1]["content"][0]["id"], "functions_weather_0");
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], "functions_weather_0");
}

#[test]
fn a_choice_of_tools_without_tools_is_left_out() {
    let members = json!({"tool_choice": "auto", "parallel_tool_calls": false});
    assert_eq!(with(&members, &hello()).unwrap().get("tool_choice"), None);
}

#[test]
fn settings_have_the_last_word() {
    let settings = Settings {
        drop_parameters: vec!["temperature".to_owned()],
        extra_parameters: json!({"top_k": 1}).as_object().unwrap().clone(),
        ..Settings::default()
    };
    let members = json!({"temperature": 0.5, "top_k": 9});
    let body = with_settings(&members, &hello(), &settings).unwrap();
    assert_eq!((body.get("temperature"), &body["top_k"]), (None, &json!(1)));
}

#[test]
fn every_call_is_answered_once_and_in_the_next_turn() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let messages = json!([
        {"role": "user", "content": "a"},
        {"role": "assistant", "tool_calls": [call("x"), call("y"), call("z")]},
        {"role": "tool", "tool_call_id": "y", "content": "1"},
        {"role": "tool", "tool_call_id": "y", "content": "1"},
        {"role": "tool", "tool_call_id": "y", "content": "2"},
        {"role": "tool", "tool_call_id": "lost", "content": "3"},
        {"role": "assistant", "content": "b"},
        {"role": "tool", "tool_call_id": "x", "content": "4"},
    ]);
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    let body = with(&json!({}), &messages).unwrap();
    assert_eq!(
        body["messages"][2]["content"],
        json!([
            {"type": "tool_result", "tool_use_id": "x", "content": text("4")},
            {"type": "tool_result", "tool_use_id": "y", "content": [text("1")[0], text("2")[0]]},
            {"type": "tool_result", "tool_use_id": "z", "content": text("This call has no result."), "is_error": true},
            {"type": "text", "text": "3"},
        ])
    );
    assert_eq!(body["messages"].as_array().unwrap().len(), 4);
}

#[test]
fn a_turn_does_not_end_with_thinking() {
    let blocks = json!([{"type": "thinking", "thinking": "t", "signature": "s"}]);
    let messages = json!([
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "", "thinking_blocks": blocks},
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "", "thinking_blocks": blocks},
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "d"},
    ]);
    let body = with(&json!({}), &messages).unwrap();
    assert_eq!(body["messages"][0]["content"].as_array().unwrap().len(), 2);
    assert_eq!(body["messages"][1]["content"][0]["type"], "thinking");
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn numbers_keep_their_digits_in_every_part_of_a_request() {
    let text = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"t","function":{"name":"f",
        "arguments":"{\"n\":123456789012345678901234567890,\"m\":10.10}"}}]},{"role":"user","content":[{"type":"chart","at":1.00}]}],
        "tools":[{"function":{"name":"f","parameters":{"maximum":1e400}}}],"top_k":1.0,"mcp_servers":[{"x":0.10}]}"#;
    let request = serde_json::from_str(text).unwrap();
    let body = translate(request, MODEL, false, None, &Settings::default()).unwrap();
    let body = serde_json::to_string(&body).unwrap();
    for kept in [
        r#""input":{"n":123456789012345678901234567890,"m":10.10}"#,
        r#""at":1.00"#,
        r#""maximum":1e400"#,
        r#""top_k":1.0"#,
        r#""x":0.10"#,
    ] {
        assert!(body.contains(kept), "{kept} is not in {body}");
    }
}

#[test]
fn what_cannot_be_said_names_its_place_and_the_way_out() {
    let part = |part: Value| json!([{"role": "user", "content": [part]}]);
    let called = |arguments: &str| {
        let function = json!({"name": "f", "arguments": arguments});
        json!([{"role": "assistant", "tool_calls": [{"id": "t", "type": "function", "function": function}]}])
    };
    for (members, messages, expected) in [
        (
            json!({"n": 2}),
            hello(),
            "n: this model returns one choice per request, but 2 were requested",
        ),
        (
            json!({}),
            json!([{"role": "user", "content": "a"}, {"role": "chorus", "content": "la"}]),
            "messages[1]: the role \"chorus\" is not supported: use system, developer, user, assistant or tool",
        ),
        (
            json!({}),
            part(json!({"type": "image_url", "image_url": {"url": "ftp://a/b.png"}})),
            "messages[0]: an image must be an http(s) URL or a base64 data: URL",
        ),
        (
            json!({}),
            part(json!({"type": "file", "file": {"file_data": "data:application/zip;base64,AA=="}})),
            "messages[0]: the media type \"application/zip\" is not supported: use JPEG, PNG, GIF or WebP images, PDF, \
             or text",
        ),
        (
            json!({}),
            part(json!({"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,AA=="}})),
            "messages[0]: the media type \"image/svg+xml\" is not supported: use JPEG, PNG, GIF or WebP images, PDF, \
             or text",
        ),
        (
            json!({}),
            part(json!({"type": "file", "file": {"filename": "a.pdf"}})),
            "messages[0]: a file must have a file_id or file_data",
        ),
        (
            json!({}),
            json!([{"role": "user", "content": " \n"}]),
            "messages: at least one message must have text or another content",
        ),
        (
            json!({}),
            part(json!({"type": "input_audio", "input_audio": {}})),
            "messages[0]: this model does not accept audio",
        ),
        (
            json!({}),
            json!([{"role": "tool", "content": "42"}]),
            "messages[0]: tool_call_id is missing",
        ),
        (
            json!({}),
            called("{\"a\": "),
            "messages[0]: the arguments of the call to \"f\" are not a JSON object",
        ),
        (
            json!({}),
            called("[1]"),
            "messages[0]: the arguments of the call to \"f\" are not a JSON object",
        ),
        (
            json!({"response_format": {"type": "json_schema"}}),
            hello(),
            "response_format: json_schema.schema is missing",
        ),
    ] {
        assert_eq!(with(&members, &messages).unwrap_err(), expected);
    }
}

#[test]
fn members_of_a_message_are_not_repeated_in_its_texts() {
    let cache = json!({"type": "ephemeral"});
    let part = json!({
        "type": "text", "text": "I look.", "role": "assistant", "refusal": null, "annotations": [], "tool_calls": [{}],
        "cache_control": cache,
    });
    let mut messages = amid_a_call(&json!([]));
    messages[1]["content"] = json!([part]);
    let body = with(&json!({}), &messages).unwrap();
    assert_eq!(
        body["messages"][1]["content"][0],
        json!({"type": "text", "text": "I look.", "cache_control": cache})
    );
}
