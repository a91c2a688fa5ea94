//! Requests for responses as chats.

mod faults;
mod properties;
mod turns;

use serde_json::{Value, json};

use super::{fields, read, translated};
use crate::fault::RequestFault;
use crate::operation::Operation;

/// The chat that stands for a request with these members besides a model, and what was left out.
fn chat(members: &Value) -> Result<(Value, String), RequestFault> {
    chat_of(members, &|_| true)
}

fn chat_of(members: &Value, is_asked: &dyn Fn(&str) -> bool) -> Result<(Value, String), RequestFault> {
    let mut body = json!({"model": "m"});
    for (key, value) in members.as_object().unwrap() {
        body[key] = value.clone();
    }
    let body = body.to_string();
    let request = fields::body(body.as_bytes()).and_then(|members| read(Operation::Chat, members))?;
    let translated = translated(&request.members, is_asked)?;
    let chat = serde_json::from_slice(&translated.text).unwrap();
    Ok((chat, translated.dropped.line()))
}

/// The messages that these items become.
fn messages(items: &Value) -> Value {
    chat(&json!({ "input": items })).unwrap().0["messages"].take()
}

#[test]
fn a_text_and_instructions_are_two_messages() {
    let (chat, dropped) = chat(&json!({"instructions": "Be brief.", "input": "Hi"})).unwrap();
    let expected = json!({"model": "m", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]});
    assert_eq!(chat, expected);
    assert_eq!(dropped, "");
}

#[test]
fn parameters_have_the_words_of_a_chat() {
    let asked = json!({
        "input": "Hi", "stream": true, "temperature": 0.5, "top_p": 0.9, "max_output_tokens": 7, "user": "u",
        "prompt_cache_key": "k", "safety_identifier": "s", "store": true, "include": ["reasoning.encrypted_content"],
        "service_tier": "auto", "metadata": {"a": "b"}, "truncation": null, "client_metadata": {"x": "y"},
        "reasoning": {"effort": "high", "summary": "auto"}, "previous_response_id": null, "background": false,
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "strict": true, "schema": {"a": 1}}},
    });
    let (chat, dropped) = chat(&asked).unwrap();
    assert_eq!(
        chat,
        json!({
            "model": "m", "stream": true, "temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "user": "u",
            "prompt_cache_key": "k", "safety_identifier": "s", "stream_options": {"include_usage": true},
            "reasoning_effort": "high", "verbosity": "low",
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"a": 1}}},
            "messages": [{"role": "user", "content": "Hi"}],
        })
    );
    assert_eq!(dropped, "");
}

#[test]
fn what_a_chat_has_no_words_for_is_left_out_and_listed() {
    let asked = json!({
        "input": "Hi", "max_tool_calls": 3, "service_tier": "priority", "of_tomorrow": {"x": 1}, "top_logprobs": 0,
        "text": {"format": {"type": "text"}, "of_tomorrow": 1}, "tools": [{"type": "web_search"}], "tool_choice": "auto",
    });
    let (chat, dropped) = chat(&asked).unwrap();
    assert_eq!(
        chat,
        json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    );
    assert_eq!(
        dropped,
        "text.of_tomorrow, max_tool_calls, service_tier, of_tomorrow, tools[type=web_search]"
    );
}

#[test]
fn what_nobody_reads_is_listed_by_its_place() {
    let x = json!({"a": 1});
    let asked = json!({
        "input": [
            {"role": "user", "id": "m", "status": "completed", "x": x, "content": [
                {"type": "input_text", "text": "Hi", "x": x},
                {"type": "input_image", "image_url": "https://a", "detail": "low"},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}, "y": x},
            ]},
            {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "{}", "z": x},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "r", "x": x}]},
        ],
        "reasoning": {"effort": "high", "summary": "detailed", "x": x},
        "text": {"format": {"type": "json_object", "x": x}},
        "tools": [{"type": "function", "name": "f", "x": x}, {"type": "custom", "name": "c", "format": {"type": "regex", "x": x}}],
        "tool_choice": {"type": "allowed_tools", "x": x, "tools": [{"type": "function", "name": "f", "x": x}]},
    });
    let (_, dropped) = chat(&asked).unwrap();
    let places = [
        "reasoning.summary",
        "reasoning.x",
        "text.format.x",
        "tools[].x",
        "tools[].format",
        "tools[].format.x",
        "tool_choice.tools[].x",
        "tool_choice.x",
        "input[].content[].x",
        "input[].content[].y",
        "input[].x",
        "input[].z",
        "input[].output[].x",
    ];
    assert_eq!(dropped, places.join(", "));
}

#[test]
fn tools_become_functions() {
    let asked = json!({
        "input": "Hi",
        "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": {"properties": {}}, "strict": true, "defer_loading": true},
            {"type": "function", "name": "g", "parameters": null},
            {"type": "custom", "name": "patch", "description": "Edits.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: \"a\"\n"}},
            {"type": "namespace", "name": "ns", "description": "Of ns.", "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}]},
        ],
        "tool_choice": {"type": "custom", "name": "patch"},
        "parallel_tool_calls": false,
    });
    let (chat, dropped) = chat(&asked).unwrap();
    let tools = chat["tools"].as_array().unwrap();
    let function = |function: Value| json!({"type": "function", "function": function});
    let schema = json!({"properties": {}, "type": "object"});
    assert_eq!(
        tools[0],
        function(json!({"name": "f", "description": "d", "parameters": schema, "strict": true}))
    );
    assert_eq!(
        tools[1],
        function(json!({"name": "g", "parameters": {"type": "object", "properties": {}}}))
    );
    let said = "Edits.\n\n`input` must match this grammar (lark):\n\nstart: \"a\"\n";
    assert_eq!(tools[2]["function"]["description"], said);
    assert_eq!(tools[2]["function"]["parameters"]["required"], json!(["input"]));
    assert_eq!(
        tools[3],
        function(json!({"name": "ns__f", "description": "Of ns.", "parameters": {"type": "object"}}))
    );
    assert_eq!(chat["tool_choice"], function(json!({"name": "patch"})));
    assert_eq!(chat["parallel_tool_calls"], false);
    assert_eq!(dropped, "tools[].defer_loading");
}

#[test]
fn a_choice_names_the_tools_that_are_left() {
    let tools = json!([{"type": "function", "name": "f"}, {"type": "web_search"}]);
    let function = json!({"type": "function", "function": {"name": "f"}});
    let few = json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}, {"type": "web_search"}]});
    for (choice, expected) in [
        (json!("required"), json!("required")),
        (json!({"type": "function", "name": "f"}), function.clone()),
        (
            few,
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [function]}}),
        ),
    ] {
        let (chat, _) = chat(&json!({"input": "Hi", "tools": tools, "tool_choice": choice})).unwrap();
        assert_eq!(chat["tool_choice"], expected, "{choice}");
    }
    let own = json!([{"type": "web_search"}]);
    let only = |mode: &str| json!({"type": "allowed_tools", "mode": mode, "tools": own});
    let (free, _) = chat(&json!({"input": "Hi", "tools": tools, "tool_choice": only("auto")})).unwrap();
    assert_eq!(free["tool_choice"], "none", "what the model may call is gone");
    for (tools, choice) in [
        (&tools, own[0].clone()),
        (&tools, only("required")),
        (&own, own[0].clone()),
        (&own, json!("required")),
        (&own, only("required")),
    ] {
        let fault = chat(&json!({"input": "Hi", "tools": tools, "tool_choice": choice})).unwrap_err();
        assert!(fault.to_string().contains("the tool `web_search`"), "{choice}: {fault}");
        assert!(fault.to_string().starts_with("tool_choice"), "{choice}: {fault}");
    }
}
