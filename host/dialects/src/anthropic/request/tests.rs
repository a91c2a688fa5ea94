//! What is read of a request, and what becomes of it in the canonical dialect.

mod faults;

use serde_json::{Value, json};

use super::{canonical, fields, read, read_count};

/// The canonical form of a request with these members.
fn of_members(members: &Value) -> Value {
    let mut body = json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let body = body.to_string();
    let request = fields::body(body.as_bytes()).and_then(read).unwrap();
    serde_json::from_slice(&canonical(&request.members).unwrap()).unwrap()
}

fn messages(messages: &Value) -> Value {
    of_members(&json!({ "messages": messages }))["messages"].take()
}

/// The content that a user's blocks become.
fn parts(blocks: &Value) -> Value {
    messages(&json!([{"role": "user", "content": blocks}]))[0]["content"].take()
}

#[test]
fn a_plain_request_has_openais_words() {
    let body = r#"{"model":"m","max_tokens":5,"temperature": 0.50,"stop_sequences":["END"],"system":"Be brief.","messages":[{"role":"user","content":"h\u00e9"}],"stream":true,"top_k":3,"of_tomorrow":{"x": 1.0e400},"metadata":{"user_id":"u"},"service_tier":"standard_only","thinking":{"type":"enabled","budget_tokens":1024}}"#;
    let request = fields::body(body.as_bytes()).and_then(read).unwrap();
    assert!(request.stream && request.model == "m");
    assert_eq!(
        String::from_utf8(canonical(&request.members).unwrap()).unwrap(),
        r#"{"model":"m","max_tokens":5,"temperature": 0.50,"stream":true,"top_k":3,"of_tomorrow":{"x": 1.0e400},"thinking":{"type":"enabled","budget_tokens":1024},"stream_options":{"include_usage":true},"stop":["END"],"user":"u","service_tier":"default","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"h\u00e9"}]}"#
    );
}

#[test]
fn a_system_prompt_of_texts_is_one_text_unless_it_marks_a_cache() {
    let plain = json!([{"type": "text", "text": "a\n"}, {"type": "text", "text": "b", "cache_control": null}]);
    let marked =
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]);
    for (system, content) in [(plain, json!("a\n\n\nb")), (marked.clone(), marked)] {
        let canonical = of_members(&json!({ "system": system }));
        assert_eq!(canonical["messages"][0], json!({"role": "system", "content": content}));
    }
    let none = of_members(&json!({"system": []}));
    assert_eq!(none["messages"][0]["role"], "user");
}

#[test]
fn images_and_documents_become_parts() {
    let cache = json!({"type": "ephemeral"});
    let text_document =
        json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}});
    let file_image = json!({"type": "image", "source": {"type": "file", "file_id": "f"}});
    let own = json!({"type": "search_result", "source": "s", "content": []});
    assert_eq!(
        parts(&json!([
            {"type": "text", "text": "Look."},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}, "cache_control": cache},
            {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}, "title": "a.pdf", "citations": {"enabled": true}},
            {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
            {"type": "document", "source": {"type": "file", "file_id": "f"}},
            text_document,
            file_image,
            own,
        ])),
        json!([
            {"type": "text", "text": "Look."},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}, "cache_control": cache},
            {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}, "citations": {"enabled": true}},
            {"type": "file", "file": {"file_data": "https://a/b.pdf"}},
            {"type": "file", "file": {"file_id": "f"}},
            text_document,
            file_image,
            own,
        ])
    );
}

#[test]
fn a_lone_text_is_a_string_and_several_are_parts() {
    assert_eq!(parts(&json!([{"type": "text", "text": "a"}])), "a");
    let two = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
    assert_eq!(parts(&two), two);
    let marked = json!([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]);
    assert_eq!(parts(&marked), marked);
    assert_eq!(parts(&json!([])), "");
}

#[test]
fn results_of_tools_become_messages_before_the_rest_of_the_turn() {
    let image = json!({"type": "image", "source": {"type": "url", "url": "https://a/b.png"}});
    assert_eq!(
        messages(&json!([{"role": "user", "content": [
            {"type": "text", "text": "Well?"},
            {"type": "tool_result", "tool_use_id": "a", "content": "rain", "cache_control": {"type": "ephemeral"}},
            {"type": "tool_result", "tool_use_id": "b", "is_error": true, "content": [{"type": "text", "text": "no"}, image]},
            {"type": "tool_result", "tool_use_id": "c"},
        ]}])),
        json!([
            {"role": "tool", "tool_call_id": "a", "content": "rain", "cache_control": {"type": "ephemeral"}},
            {"role": "tool", "tool_call_id": "b", "is_error": true, "content": [
                {"type": "text", "text": "no"}, {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
            ]},
            {"role": "tool", "tool_call_id": "c", "content": ""},
            {"role": "user", "content": "Well?"},
        ])
    );
}

#[test]
fn what_the_model_said_goes_back_with_its_thinking_and_calls() {
    let signed = json!({"type": "thinking", "thinking": "Hm.", "signature": "s"});
    let redacted = json!({"type": "redacted_thinking", "data": "x"});
    assert_eq!(
        messages(&json!([{"role": "assistant", "content": [
            signed,
            redacted,
            {"type": "text", "text": "I ask."},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}, "caller": {"type": "direct"}},
        ]}])),
        json!([{
            "role": "assistant",
            "content": "I ask.",
            "reasoning_content": "Hm.",
            "thinking_blocks": [signed, redacted],
            "tool_calls": [{
                "id": "t", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}, "caller": {"type": "direct"},
            }],
        }])
    );
}

#[test]
fn thinking_without_a_signature_is_text_only() {
    for signature in ["", "jackfield.unsigned."] {
        let unsigned = json!({"type": "thinking", "thinking": "Hm.", "signature": signature});
        let call = json!({"type": "tool_use", "id": "t", "name": "f"});
        let said = messages(&json!([{"role": "assistant", "content": [unsigned, call]}]));
        assert_eq!(said[0]["reasoning_content"], "Hm.");
        assert_eq!(said[0].get("thinking_blocks"), None);
        assert_eq!(said[0]["content"], Value::Null);
        assert_eq!(said[0]["tool_calls"][0]["function"]["arguments"], "{}");
    }
}

#[test]
fn another_vendors_ids_come_back_as_they_were_and_its_citations_stay_behind() {
    let cited = json!([{"type": "web_search_result_location", "encrypted_index": "jackfield.unsigned.", "url": "u"}]);
    let text = json!({"type": "text", "text": "x", "citations": cited});
    // What a stream tells behind a call.
    let late = json!({"type": "text", "text": "", "citations": cited});
    let id = "jackfield-functions-2ef-3a0";
    let said = messages(&json!([
        {"role": "assistant", "content": [text, {"type": "tool_use", "id": id, "name": "f"}, late]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "ok"}]},
    ]));
    assert_eq!(said[0]["content"], json!([{"type": "text", "text": "x"}]));
    assert_eq!(said[0]["tool_calls"][0]["id"], "functions.f:0");
    assert_eq!(said[1]["tool_call_id"], "functions.f:0");
}

#[test]
fn thinking_behind_a_text_begins_a_message_so_that_the_order_stays() {
    let thinking = |n: u8| json!({"type": "thinking", "thinking": n.to_string(), "signature": "s"});
    let own = json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}});
    let said = messages(&json!([{"role": "assistant", "content": [
        thinking(1), own, {"type": "text", "text": "a"}, thinking(2), {"type": "text", "text": "b"},
    ]}]));
    assert_eq!(said.as_array().unwrap().len(), 2);
    assert_eq!(said[0]["content"], json!([own, {"type": "text", "text": "a"}]));
    assert_eq!(said[0]["thinking_blocks"], json!([thinking(1)]));
    assert_eq!(said[1]["thinking_blocks"], json!([thinking(2)]));
    assert_eq!(said[1]["content"], "b");
}

#[test]
fn a_block_of_the_vendors_own_behind_a_call_begins_a_message_and_text_does_not() {
    let call = json!({"type": "tool_use", "id": "t", "name": "f", "input": {}});
    let text = json!({"type": "text", "text": "a"});
    let own = json!({"type": "code_execution_tool_result", "tool_use_id": "s"});
    let said = messages(&json!([{"role": "assistant", "content": [call, text, own]}]));
    assert_eq!(said[0]["content"], "a");
    assert_eq!(said[0]["tool_calls"].as_array().unwrap().len(), 1);
    assert_eq!(said[1]["content"], json!([own]));
}

#[test]
fn tools_become_functions_and_the_vendors_own_travel() {
    let schema = json!({"type": "object", "properties": {}});
    let own = json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 2});
    let canonical = of_members(&json!({"tools": [
        {"name": "f", "description": "d", "input_schema": schema, "strict": true, "cache_control": {"type": "ephemeral"}},
        {"type": "custom", "name": "g", "input_schema": schema, "defer_loading": true},
        own,
    ]}));
    assert_eq!(
        canonical["tools"],
        json!([
            {"type": "function", "function": {"name": "f", "description": "d", "strict": true, "parameters": schema}, "cache_control": {"type": "ephemeral"}},
            {"type": "function", "function": {"name": "g", "parameters": schema}, "defer_loading": true},
            own,
        ])
    );
}

#[test]
fn every_choice_has_its_counterpart() {
    for (choice, expected, parallel) in [
        (json!({"type": "auto"}), json!("auto"), None),
        (
            json!({"type": "any", "disable_parallel_tool_use": true}),
            json!("required"),
            Some(false),
        ),
        (json!({"type": "none"}), json!("none"), None),
        (
            json!({"type": "tool", "name": "f", "disable_parallel_tool_use": false}),
            json!({"type": "function", "function": {"name": "f"}}),
            None,
        ),
        (json!({"type": "of_tomorrow"}), json!({"type": "of_tomorrow"}), None),
    ] {
        let canonical = of_members(&json!({ "tool_choice": choice }));
        assert_eq!(canonical["tool_choice"], expected);
        let parallel = parallel.map(Value::Bool);
        assert_eq!(canonical.get("parallel_tool_calls"), parallel.as_ref());
    }
}

#[test]
fn what_openai_has_words_for_is_not_said_twice() {
    let canonical = of_members(&json!({
        "metadata": {"user_id": "u", "label": "x"}, "user": "other",
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "stop_sequences": [], "tools": [], "stream_options": {"x": 1},
    }));
    assert_eq!(canonical["user"], "u");
    assert_eq!(canonical["metadata"], json!({"label": "x"}));
    assert_eq!(canonical["output_config"], json!({"effort": "high"}));
    assert_eq!(
        canonical["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": {"type": "object"}}})
    );
    for absent in ["stop", "stop_sequences", "tools", "stream_options", "system"] {
        assert_eq!(canonical.get(absent), None, "{absent}");
    }
    let other = json!({"output_config": {"format": {"type": "of_tomorrow"}}, "service_tier": "auto"});
    let canonical = of_members(&other);
    assert_eq!(canonical["output_config"], other["output_config"]);
    assert_eq!(canonical["service_tier"], "auto");
}

#[test]
fn only_a_block_of_a_tools_result_counts_as_one() {
    for (content, has) in [
        (json!([{"type": "tool_result", "tool_use_id": "t"}]), true),
        (json!("tool_result"), false),
        (json!([{"type": "text", "text": "\"tool_result\""}]), false),
        (json!([{"type": "text", "tool_result": 1}]), false),
    ] {
        let messages = json!([{"role": "user", "content": "x"}, {"role": "user", "content": content}]);
        let body = json!({"model": "m", "max_tokens": 5, "messages": messages}).to_string();
        let request = fields::body(body.as_bytes()).and_then(read).unwrap();
        assert_eq!(request.pinned, has, "{content}");
    }
}

#[test]
fn parameters_are_the_request_without_its_bulk() {
    let body = br#"{"model":"m", "system":"s","messages":[{}], "max_tokens": 5}"#;
    let request = fields::body(body).and_then(read).unwrap();
    assert_eq!(request.parameters(), br#"{"model":"m","max_tokens": 5}"#);
}

#[test]
fn a_thread_is_refused_in_the_words_that_the_sdks_know() {
    let body = br#"{"model":"m","max_tokens":5,"messages":[{}],"thread":null}"#;
    for fault in [
        fields::body(body).and_then(read),
        fields::body(body).and_then(read_count),
    ]
    .map(Result::unwrap_err)
    {
        assert_eq!(
            fault.to_string(),
            "thread: conversations are not kept here; send all messages with each request"
        );
        let details = json!({"error_code": "thread_unsupported_request", "unsupported": ["thread"]});
        assert_eq!(fault.details.as_deref(), Some(&details));
    }
}
