//! Tests of the decisions in a translation; the goldens cover its breadth.

use serde_json::{Value, json};

use super::translate;
use crate::settings::Settings;

const MODEL: &str = "claude-test";

/// Translates a request with these members in addition to its messages.
fn with(members: &Value, messages: &Value) -> Result<Value, String> {
    with_settings(members, messages, &Settings::default())
}

fn with_settings(members: &Value, messages: &Value, settings: &Settings) -> Result<Value, String> {
    let mut request = members.clone();
    request["messages"] = messages.clone();
    let request = serde_json::from_value(request).unwrap();
    let body = translate(request, MODEL, false, settings);
    body.map(Value::Object).map_err(|error| error.to_string())
}

fn adaptive() -> Settings {
    Settings {
        adaptive_models: vec!["claude-".to_owned()],
        ..Settings::default()
    }
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
fn an_effort_becomes_a_budget_that_the_limit_has_room_for() {
    for (effort, limit, budget, max_tokens) in [
        ("minimal", 2000, 1024, 2000),
        ("low", 1024, 1024, 2048),
        ("medium", 4096, 4096, 8192),
        ("high", 100, 16384, 16484),
        ("xhigh", 64000, 32768, 64000),
    ] {
        let members = json!({"reasoning_effort": effort, "max_tokens": limit, "temperature": 0.5});
        let body = with(&members, &hello()).unwrap();
        assert_eq!(
            body["thinking"],
            json!({"type": "enabled", "budget_tokens": budget}),
            "{effort}"
        );
        assert_eq!(body["max_tokens"], max_tokens, "{effort}");
        assert_eq!(body.get("temperature"), None, "{effort}");
    }
}

#[test]
fn an_effort_that_asks_for_nothing_changes_nothing() {
    for effort in ["none", "sideways"] {
        let members = json!({"reasoning_effort": effort, "temperature": 0.5});
        let body = with(&members, &hello()).unwrap();
        assert_eq!(body.get("thinking"), None, "{effort}");
        assert_eq!(body["temperature"], 0.5, "{effort}");
    }
}

#[test]
fn the_clients_own_thinking_outweighs_the_effort() {
    let members = json!({"reasoning_effort": "high", "thinking": {"type": "disabled"}});
    let body = with(&members, &hello()).unwrap();
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
}

#[test]
fn the_default_limit_makes_room_for_the_clients_own_budget() {
    let thinking = json!({"type": "enabled", "budget_tokens": 10_000});
    let body = with(&json!({"thinking": thinking}), &hello()).unwrap();
    assert_eq!(body["max_tokens"], 14_096);
    let body = with(&json!({"thinking": thinking, "max_tokens": 5}), &hello()).unwrap();
    assert_eq!(body["max_tokens"], 5);
}

#[test]
fn an_adaptive_model_gets_the_effort_itself() {
    let schema = json!({"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}});
    let members = json!({"reasoning_effort": "medium", "response_format": schema});
    let body = with_settings(&members, &hello(), &adaptive()).unwrap();
    assert_eq!(body["thinking"], json!({"type": "adaptive"}));
    let format = json!({"type": "json_schema", "schema": {"type": "object"}});
    assert_eq!(body["output_config"], json!({"format": format, "effort": "medium"}));
    assert_eq!(body["max_tokens"], 4096);
}

#[test]
fn a_forced_tool_call_leaves_no_room_for_thinking() {
    for choice in [
        json!("required"),
        json!({"type": "function", "function": {"name": "weather"}}),
    ] {
        let members = json!({"reasoning_effort": "low", "tools": tools(), "tool_choice": choice});
        assert_eq!(with(&members, &hello()).unwrap().get("thinking"), None);
        let adaptive = with_settings(&members, &hello(), &adaptive()).unwrap();
        assert_eq!(adaptive.get("thinking"), None);
        assert_eq!(adaptive["output_config"], json!({"effort": "low"}));
    }
}

#[test]
fn amid_tool_calls_a_budget_needs_the_thinking_that_led_to_them() {
    let members = json!({"reasoning_effort": "low", "tools": tools()});
    let without = amid_a_call(&json!([]));
    assert_eq!(with(&members, &without).unwrap().get("thinking"), None);
    assert!(
        with_settings(&members, &without, &adaptive())
            .unwrap()
            .get("thinking")
            .is_some()
    );
    let signed = json!([{"type": "thinking", "thinking": "hm", "signature": "s"}]);
    assert!(with(&members, &amid_a_call(&signed)).unwrap().get("thinking").is_some());
}

#[test]
fn tool_results_come_first_in_a_turn_and_in_their_order() {
    let mut messages = amid_a_call(&json!([]));
    let list = messages.as_array_mut().unwrap();
    list.insert(2, json!({"role": "user", "content": "Quick!"}));
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
            part(json!({"type": "file", "file": {"file_data": "data:text/csv;base64,AA=="}})),
            "messages[0]: a file must be a file_id, an http(s) URL, or a PDF as a base64 data: URL",
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
