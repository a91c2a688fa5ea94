//! The whole sentence for each fault.

use serde_json::{Value, json};

use super::{canonical, fields, read, read_count};

fn sentence(members: &Value) -> String {
    let mut body = json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let body = body.to_string();
    let canonical = fields::body(body.as_bytes())
        .and_then(read)
        .and_then(|request| canonical(&request.members));
    canonical.unwrap_err().to_string()
}

/// The fault of one block in a message of this role.
fn block(role: &str, block: &Value) -> String {
    sentence(&json!({"messages": [{"role": role, "content": [block]}]}))
}

#[test]
fn a_required_field_is_named() {
    for (members, expected) in [
        (json!({"model": null}), "model: is missing; give the id of a model"),
        (
            json!({"max_tokens": null}),
            "max_tokens: is missing; give the most tokens that the reply may have",
        ),
        (
            json!({"max_tokens": 0}),
            "max_tokens: must be a whole number of at least 1",
        ),
        (
            json!({"max_tokens": "5"}),
            "max_tokens: must be a whole number of at least 1",
        ),
        (
            json!({"messages": null}),
            "messages: is missing; give a list of at least one message",
        ),
        (
            json!({"messages": []}),
            "messages: is empty; give a list of at least one message",
        ),
        (
            json!({"messages": "Hi"}),
            "messages: must be a list of at least one message",
        ),
        (
            json!({"messages": [{}, "Hi"]}),
            "messages[1]: must be an object such as {\"role\": \"user\", \"content\": \"Hello\"}",
        ),
        (json!({"stream": 1}), "stream: must be true or false"),
    ] {
        assert_eq!(sentence(&members), expected, "{members}");
    }
    let request = fields::body(b"[]").and_then(read).unwrap_err();
    assert!(request.to_string().starts_with("body: is not a JSON object"));
}

#[test]
fn counting_needs_no_limit() {
    let body = br#"{"model":"m","messages":[{}]}"#;
    assert!(fields::body(body).and_then(read_count).is_ok());
    assert!(fields::body(body).and_then(read).is_err());
}

#[test]
fn a_fault_in_a_message_names_its_path() {
    let user = |content: Value| json!({"messages": [{"role": "user", "content": content}]});
    for (members, expected) in [
        (
            json!({"messages": [{"content": "Hi"}]}),
            "messages[0].role: is missing; give user or assistant",
        ),
        (
            json!({"messages": [{"role": "tool", "content": "Hi"}]}),
            "messages[0].role: must be user or assistant",
        ),
        (
            json!({"messages": [{"role": "user"}]}),
            "messages[0].content: is missing; give a string or a list of content blocks",
        ),
        (
            user(json!(7)),
            "messages[0].content: must be a string or a list of content blocks",
        ),
        (user(json!(["Hi"])), "messages[0].content[0]: must be an object"),
        (
            user(json!([{"type": "text", "text": "a"}, {"text": "b"}])),
            "messages[0].content[1].type: is missing; give a kind of content block such as \"text\"",
        ),
        (
            user(json!([{"type": 7}])),
            "messages[0].content[0].type: must be a string",
        ),
        (
            json!({"system": 7}),
            "system: must be a string or a list of text blocks",
        ),
        (
            json!({"system": [{"type": "text"}]}),
            "system[0].text: is missing; give a string",
        ),
    ] {
        assert_eq!(sentence(&members), expected, "{members}");
    }
}

#[test]
fn a_fault_in_a_block_names_its_path() {
    for (role, faulty, expected) in [
        ("user", json!({"type": "image"}), "source: is missing; give an object"),
        (
            "user",
            json!({"type": "image", "source": {}}),
            "source.type: is missing; give \"base64\" or \"url\"",
        ),
        (
            "user",
            json!({"type": "image", "source": {"type": "base64", "data": "AA=="}}),
            "source.media_type: is missing; give a string",
        ),
        (
            "user",
            json!({"type": "document", "source": {"type": "url", "url": 7}}),
            "source.url: must be a string",
        ),
        (
            "user",
            json!({"type": "tool_result", "tool_use_id": ""}),
            "tool_use_id: is empty",
        ),
        (
            "user",
            json!({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text"}]}),
            "content[0].text: is missing; give a string",
        ),
        (
            "user",
            json!({"type": "tool_use", "id": "t", "name": "f"}),
            "type: tool_use belongs in an assistant message",
        ),
        (
            "assistant",
            json!({"type": "tool_result", "tool_use_id": "t"}),
            "type: tool_result belongs in a user message",
        ),
        (
            "assistant",
            json!({"type": "tool_use", "id": "t"}),
            "name: is missing; give a string",
        ),
        (
            "assistant",
            json!({"type": "tool_use", "id": "t", "name": "f", "input": "{}"}),
            "input: must be an object",
        ),
        (
            "assistant",
            json!({"type": "thinking"}),
            "thinking: is missing; give a string",
        ),
        (
            "assistant",
            json!({"type": "redacted_thinking"}),
            "data: is missing; give a string",
        ),
    ] {
        let expected = format!("messages[0].content[0].{expected}");
        assert_eq!(block(role, &faulty), expected, "{faulty}");
    }
}

#[test]
fn a_fault_in_tools_and_parameters_names_its_path() {
    let schema = "must be an object, the JSON Schema of the tool's input";
    for (members, expected) in [
        (json!({"tools": {}}), "tools: must be a list of tools".to_owned()),
        (json!({"tools": [7]}), "tools[0]: must be an object".to_owned()),
        (
            json!({"tools": [{"input_schema": {}}]}),
            "tools[0].name: is missing; give a string".to_owned(),
        ),
        (
            json!({"tools": [{"name": "f"}]}),
            format!("tools[0].input_schema: {schema}"),
        ),
        (
            json!({"tool_choice": "auto"}),
            "tool_choice: must be an object".to_owned(),
        ),
        (
            json!({"tool_choice": {}}),
            "tool_choice.type: is missing; give auto, any, tool or none".to_owned(),
        ),
        (
            json!({"tool_choice": {"type": "tool"}}),
            "tool_choice.name: is missing; give a string".to_owned(),
        ),
        (
            json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": 1}}),
            "tool_choice.disable_parallel_tool_use: must be true or false".to_owned(),
        ),
        (
            json!({"stop_sequences": "END"}),
            "stop_sequences: must be a list of strings".to_owned(),
        ),
        (
            json!({"metadata": {"user_id": 7}}),
            "metadata.user_id: must be a string".to_owned(),
        ),
        (
            json!({"output_config": []}),
            "output_config: must be an object".to_owned(),
        ),
    ] {
        assert_eq!(sentence(&members), expected, "{members}");
    }
}
