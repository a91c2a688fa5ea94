//! Tools, and the names of tools everywhere.

use serde_json::{Value, json};

use super::{refused, sent};
use crate::accepts::Accepts;
use crate::json::Members;
use crate::standard::{Origin, standard};

fn long(end: &str) -> String {
    format!("mcp__{}_{end}", "a".repeat(64))
}

#[test]
fn a_tool_has_openais_members_and_a_whole_schema() {
    for (schema, expected) in [
        (json!({}), json!({"type": "object", "properties": {}})),
        (json!({"type": "object"}), json!({"type": "object", "properties": {}})),
        (
            json!({"type": "object", "properties": null}),
            json!({"type": "object", "properties": {}}),
        ),
        (
            json!({"properties": {"a": {}}}),
            json!({"properties": {"a": {}}, "type": "object"}),
        ),
        (
            json!({"type": "object", "properties": {}, "x": 1}),
            json!({"type": "object", "properties": {}, "x": 1}),
        ),
    ] {
        let tool = json!({
            "name": "f", "description": "d", "input_schema": schema, "cache_control": {"type": "ephemeral"},
            "eager_input_streaming": true, "defer_loading": false, "input_examples": [{}],
        });
        let sent = sent(&json!({ "tools": [tool] }));
        let function = json!({"name": "f", "description": "d", "parameters": expected});
        assert_eq!(sent.body["tools"], json!([{"type": "function", "function": function}]));
        assert_eq!(
            sent.dropped,
            "tools[].cache_control, tools[].eager_input_streaming, tools[].input_examples"
        );
    }
}

#[test]
fn a_tool_of_the_vendors_own_is_left_out_unless_the_model_must_call_it() {
    let client_tool = json!({"name": "f", "input_schema": {"type": "object", "properties": {}}});
    for kind in [
        "web_search_20250305",
        "bash_20250124",
        "code_execution_20250825",
        "mcp_toolset",
        "of_tomorrow",
    ] {
        let tool = json!({"type": kind, "name": "its_name"});
        let both = json!([client_tool, tool]);
        for choice in [json!("auto"), json!("any"), json!("none")] {
            let sent = sent(&json!({"tools": both, "tool_choice": {"type": choice}}));
            assert_eq!(sent.body["tools"].as_array().unwrap().len(), 1);
            assert_eq!(sent.body["tools"][0]["function"]["name"], "f");
            assert_ne!(sent.body["tool_choice"], Value::Null);
            assert_eq!(sent.dropped, format!("tools[type={kind}]"));
        }
        let alone = sent(&json!({"tools": [tool], "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}));
        for gone in ["tools", "tool_choice", "parallel_tool_calls"] {
            assert_eq!(alone.body.get(gone), None, "some vendors refuse a choice without tools");
        }
        let refusal = format!("this provider does not have the tool `its_name` of type `{kind}`");
        let by_name = json!({"type": "tool", "name": "its_name"});
        let forced = refused(&json!({"tools": both, "tool_choice": by_name}));
        assert_eq!(forced, format!("tools[1]: {refusal}"));
        let forced = refused(&json!({"tools": [tool], "tool_choice": {"type": "any"}}));
        assert_eq!(forced, format!("tools[0]: {refusal}"));
    }
}

#[test]
fn a_tool_of_the_vendors_own_is_refused_where_another_target_has_it() {
    let dialect = crate::all()[1];
    for (members, refusal) in [
        (
            r#""tools":[{"type":"web_search_20250305","name":"s"}]"#,
            "tools[0]: this provider does not have the tool `s` of type `web_search_20250305`",
        ),
        (
            r#""mcp_servers":[{"type":"url"}]"#,
            "mcp_servers: this provider calls no MCP servers",
        ),
    ] {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{members}}}"#);
        let members = Members::of(&body).unwrap();
        assert_eq!(
            dialect.standard(&members, Accepts::NONE, true).unwrap_err().to_string(),
            refusal
        );
        assert!(dialect.standard(&members, Accepts::NONE, false).is_ok());
    }
}

#[test]
fn a_long_name_is_the_same_short_one_everywhere() {
    let (one, two) = (long("one"), long("two"));
    let schema = json!({"type": "object", "properties": {}});
    let sent = sent(&json!({
        "tools": [
            {"name": one, "input_schema": schema},
            {"name": "f", "input_schema": schema},
            {"name": two, "input_schema": schema},
        ],
        "tool_choice": {"type": "tool", "name": two},
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "t", "name": one, "input": {}},
                {"type": "tool_use", "id": "u", "name": long("gone"), "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": "r"},
                {"type": "tool_result", "tool_use_id": "u", "content": "r"},
            ]},
        ],
    }));
    let name = |value: &Value| value["function"]["name"].as_str().unwrap().to_owned();
    let tools: Vec<String> = sent.body["tools"].as_array().unwrap().iter().map(name).collect();
    let calls: Vec<String> = sent.body["messages"][1]["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(name)
        .collect();
    assert_eq!(tools[1], "f");
    assert!(tools.iter().chain(&calls).all(|name| name.len() <= 64));
    assert!(tools[0] != tools[2] && calls[0] == tools[0] && !tools.contains(&calls[1]));
    assert_eq!(sent.body["tool_choice"]["function"]["name"], tools[2]);
    assert_eq!(sent.dropped, "", "a name that comes back is not lost");
}

#[test]
fn allowed_tools_of_a_client_of_openai_have_their_short_names() {
    let body = json!({
        "model": "m",
        "messages": [{"role": "user", "content": "x"}],
        "tools": [{"type": "function", "function": {"name": long("one")}}],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [
            {"type": "function", "function": {"name": long("one")}},
        ]}},
    });
    let body = body.to_string();
    let standard = standard(&Members::of(&body).unwrap(), Accepts::NONE, (Origin::Client, false)).unwrap();
    let sent: Value = serde_json::from_slice(&standard.text.unwrap()).unwrap();
    let name = &sent["tools"][0]["function"]["name"];
    assert_eq!(
        &sent["tool_choice"]["allowed_tools"]["tools"][0]["function"]["name"],
        name
    );
    assert_eq!(name.as_str().unwrap().len(), 64);
    let reply = format!(r#"{{"function":{{"name":{name}}}}}"#);
    let restored = standard.restoration.names.restore(reply.as_bytes()).into_owned();
    assert_eq!(
        String::from_utf8(restored).unwrap(),
        format!(r#"{{"function":{{"name":"{}"}}}}"#, long("one"))
    );
}

#[test]
fn every_choice_has_openais_word() {
    let tools = json!([{"name": "f", "input_schema": {"type": "object", "properties": {}}}]);
    let one = json!({"type": "any", "disable_parallel_tool_use": true});
    for (choice, expected, parallel) in [
        (json!({"type": "auto"}), json!("auto"), Value::Null),
        (json!({"type": "none"}), json!("none"), Value::Null),
        (one, json!("required"), json!(false)),
        (
            json!({"type": "tool", "name": "f"}),
            json!({"type": "function", "function": {"name": "f"}}),
            Value::Null,
        ),
    ] {
        let sent = sent(&json!({"tools": tools, "tool_choice": choice}));
        assert_eq!(sent.body["tool_choice"], expected);
        assert_eq!(sent.body["parallel_tool_calls"], parallel);
        assert_eq!(sent.dropped, "");
    }
}
