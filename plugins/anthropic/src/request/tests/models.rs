//! Tests of what differs from model to model: thinking, sampling, the beginning of a reply.

use serde_json::{Value, json};

use super::{amid_a_call, hello, of_model, tools, with, with_settings};
use crate::settings::Settings;

fn adaptive() -> Settings {
    Settings {
        adaptive_models: vec!["claude-".to_owned()],
        ..Settings::default()
    }
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
    let format = json!({"type": "json_schema", "schema": {
        "type": "object", "properties": {}, "additionalProperties": false,
    }});
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
fn a_model_gets_only_the_sampling_it_accepts() {
    let members = json!({"temperature": 0.2, "top_p": 0.9, "top_k": 3});
    for (model, sampling) in [
        (
            "claude-3-7-sonnet-20250219",
            ["temperature", "top_p", "top_k"].as_slice(),
        ),
        ("claude-sonnet-4-5", &["temperature", "top_k"]),
        ("claude-opus-4-7", &[]),
        ("anthropic.claude-opus-4-7-v1", &[]),
    ] {
        let body = of_model(model, &members, &hello(), &Settings::default()).unwrap();
        let sent: Vec<&str> = ["temperature", "top_p", "top_k"]
            .into_iter()
            .filter(|name| body.get(name).is_some())
            .collect();
        assert_eq!(sent, sampling, "{model}");
    }
    let top_p = of_model(
        "claude-sonnet-4-5",
        &json!({"top_p": 0.9}),
        &hello(),
        &Settings::default(),
    )
    .unwrap();
    assert_eq!(top_p["top_p"], 0.9);
}

#[test]
fn a_model_thinks_as_its_generation_does() {
    let adaptive = json!({"type": "adaptive"});
    let budget = json!({"type": "enabled", "budget_tokens": 16_000});
    for (model, effort, thinking, config) in [
        ("claude-3-5-haiku-20241022", "high", &Value::Null, Value::Null),
        ("claude-opus-4-1-20250805", "high", &budget, Value::Null),
        ("claude-opus-4-6", "xhigh", &adaptive, json!({"effort": "high"})),
        ("claude-opus-4-7", "xhigh", &adaptive, json!({"effort": "xhigh"})),
        ("claude-opus-4-7", "minimal", &adaptive, json!({"effort": "low"})),
        ("claude-opus-4-7", "none", &Value::Null, Value::Null),
    ] {
        let members = json!({"reasoning_effort": effort});
        let body = of_model(model, &members, &hello(), &Settings::default()).unwrap();
        assert_eq!(&body["thinking"], thinking, "{model} {effort}");
        assert_eq!(body["output_config"], config, "{model} {effort}");
    }
}

#[test]
fn the_clients_own_budget_becomes_an_effort_for_a_model_that_refuses_budgets() {
    let members = json!({"thinking": {"type": "enabled", "budget_tokens": 5000}, "temperature": 0.5});
    let body = of_model("claude-opus-4-7", &members, &hello(), &Settings::default()).unwrap();
    assert_eq!(body["thinking"], json!({"type": "adaptive"}));
    assert_eq!(body["output_config"], json!({"effort": "medium"}));
}

#[test]
fn a_deployment_is_known_by_the_vendors_name() {
    let settings = Settings {
        known_as: [("mine".to_owned(), "claude-opus-4-7".to_owned())].into(),
        ..Settings::default()
    };
    let body = of_model("mine", &json!({"temperature": 0.5}), &hello(), &settings).unwrap();
    assert_eq!((&body["model"], body.get("temperature")), (&json!("mine"), None));
}

#[test]
fn a_model_that_refuses_to_be_forced_is_told() {
    let members = json!({"tools": tools(), "tool_choice": "required"});
    let body = of_model("claude-opus-5-5", &members, &hello(), &Settings::default()).unwrap();
    assert_eq!(body["tool_choice"], json!({"type": "auto"}));
    assert_eq!(body["system"], "Answer with a call of one of the tools.");
}

#[test]
fn the_beginning_of_a_reply_is_sent_as_the_model_takes_it() {
    let begun = json!([{"role": "user", "content": "Count."}, {"role": "assistant", "content": "One, \n"}]);
    let body = of_model(
        "claude-sonnet-4-5",
        &json!({"reasoning_effort": "low"}),
        &begun,
        &Settings::default(),
    )
    .unwrap();
    assert_eq!(body["messages"][1]["content"][0]["text"], "One,");
    assert_eq!(body.get("thinking"), None);
    let body = of_model("claude-opus-4-6", &json!({}), &begun, &Settings::default()).unwrap();
    assert_eq!(body["messages"][2]["content"][0]["text"], "Continue.");
}

#[test]
fn a_model_that_cannot_be_held_to_a_schema_is_asked_to_keep_it() {
    let format = json!({"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "string"}}});
    let members = json!({"response_format": format});
    let body = of_model("claude-sonnet-4-20250514", &members, &hello(), &Settings::default()).unwrap();
    assert_eq!(body.get("output_config"), None);
    let system = body["system"].as_str().unwrap();
    assert!(system.ends_with("this JSON schema: {\"type\":\"string\"}"), "{system}");
}
