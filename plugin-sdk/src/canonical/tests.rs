//! Tests that canonical payloads survive a round trip through the structs.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    ChatCompletion, ChatRequest, Chunk, Content, ContentPart, FunctionCall, FunctionDefinition, ImageUrl, Message,
    Stop, ToolChoice,
};

/// Deserialises the value as `T`, serialises it again and compares.
fn survives<T: Serialize + DeserializeOwned>(value: &Value) -> T {
    let text = value.to_string();
    let typed: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&serde_json::to_value(&typed).unwrap(), value);
    typed
}

#[test]
fn a_request_with_unknown_fields_everywhere_survives() {
    let request: ChatRequest = survives(&json!({
        "model": "m",
        "messages": [
            {"role": "system", "content": "be brief", "cache_control": {"type": "ephemeral"}},
            {"role": "user", "content": [
                {"type": "text", "text": "look", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "x": 1}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:,"}, "y": 2},
                {"type": "hologram", "beam": [1, 2]},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "z": 3},
            ], "thinking_blocks": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "dream", "of": "sheep"},
            ]},
            {"role": "tool", "content": "42", "tool_call_id": "c1", "is_error": false},
            {"role": "chorus", "content": "la"},
        ],
        "stream_options": {"include_usage": true, "chunk_size": 3},
        "tools": [{"type": "function", "function": {"name": "f", "strict": true, "w": 0}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}},
        "enable_thinking": true,
    }));
    assert_eq!(request.messages[4].role.as_str(), "chorus");
    assert!(matches!(request.tool_choice, Some(ToolChoice::Named { .. })));
}

#[test]
fn a_completion_with_unknown_fields_everywhere_survives() {
    survives::<ChatCompletion>(&json!({
        "id": "1", "object": "chat.completion", "created": 5, "model": "m",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "hi", "annotations": []},
            "finish_reason": "sideways",
            "logprobs": null,
        }],
        "usage": {
            "prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4,
            "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 1, "accepted": 0},
            "cost": 0.1,
        },
        "system_fingerprint": "fp",
    }));
}

#[test]
fn a_chunk_with_unknown_fields_everywhere_survives() {
    survives::<Chunk>(&json!({
        "id": "1", "object": "chat.completion.chunk", "created": 5, "model": "m",
        "choices": [{
            "index": 1,
            "delta": {"role": "assistant", "content": "", "tool_calls": [
                {"index": 0, "function": {"arguments": "{", "q": 1}, "r": 2},
            ], "audio": {}},
            "finish_reason": null,
            "logprobs": null,
        }],
        "obfuscation": "xx",
    }));
}

#[test]
fn null_stands_for_no_tools_and_no_calls() {
    let request: ChatRequest = serde_json::from_value(json!({
        "model": "m",
        "messages": [{"role": "assistant", "content": "hi", "tool_calls": null}],
        "tools": null,
        "stop": null,
    }))
    .unwrap();
    assert!(request.tools.is_empty());
    assert!(request.messages[0].tool_calls.is_empty());
    assert_eq!(request.stop, None);
}

#[test]
fn numbers_keep_their_digits_wherever_they_stand() {
    let text = concat!(
        r#"{"role":"assistant","content":[{"type":"chart","at":10.10}],"tool_calls":[{"id":"c","type":"function","#,
        r#""function":{"name":"f","arguments":"{\"n\":1.0}"},"cost":0.10}],"seed":123456789012345678901234567890}"#,
    );
    let message: Message = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&message).unwrap(), text);
    let text = r#"{"name":"f","parameters":{"maximum":1e400}}"#;
    let function: FunctionDefinition = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&function).unwrap(), text);
}

#[test]
fn arguments_and_image_urls_are_read_in_their_short_and_long_forms() {
    let call = |arguments: &str| -> FunctionCall {
        serde_json::from_str(&format!(r#"{{"name":"f","arguments":{arguments}}}"#)).unwrap()
    };
    assert_eq!(call(r#""{\"a\": 1}""#).arguments, "{\"a\": 1}");
    assert_eq!(call(r#"{"a": 10.10}"#).arguments, "{\"a\":10.10}");
    assert_eq!(call("null").arguments, "");
    for url in [r#""https://a""#, r#"{"url":"https://a"}"#] {
        assert_eq!(serde_json::from_str::<ImageUrl>(url).unwrap().url, "https://a");
    }
}

#[test]
fn the_type_of_a_part_may_come_last() {
    let part: ContentPart = serde_json::from_str(r#"{"text":"a","x":1.0,"type":"text"}"#).unwrap();
    assert_eq!(part.as_text(), Some("a"));
    assert_eq!(
        serde_json::to_string(&part).unwrap(),
        r#"{"type":"text","text":"a","x":1.0}"#
    );
}

#[test]
fn a_message_without_a_role_is_refused() {
    let fault = serde_json::from_str::<Message>(r#"{"content":"a"}"#).unwrap_err();
    assert!(fault.to_string().starts_with("missing field `role`"), "{fault}");
}

#[test]
fn a_known_part_with_a_wrong_shape_is_kept_as_unknown() {
    let content: Content = survives(&json!([{"type": "text", "body": "no text here"}]));
    let Content::Parts(parts) = content else {
        panic!("parts became a text")
    };
    assert!(matches!(parts[0], ContentPart::Other(_)));
}

#[test]
fn the_texts_of_parts_are_joined() {
    let content: Content = serde_json::from_value(json!([
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "text", "text": "b"},
    ]))
    .unwrap();
    assert_eq!(content.joined_text(), "ab");
}

#[test]
fn stop_is_a_list_either_way() {
    let one: Stop = serde_json::from_str("\"x\"").unwrap();
    let many: Stop = serde_json::from_str("[\"x\", \"y\"]").unwrap();
    assert_eq!(one.sequences(), ["x"]);
    assert_eq!(many.sequences(), ["x", "y"]);
}

#[test]
fn the_newer_name_of_the_token_limit_wins() {
    let request: ChatRequest = serde_json::from_value(json!({"max_tokens": 5, "max_completion_tokens": 7})).unwrap();
    assert_eq!(request.token_limit(), Some(7));
}
