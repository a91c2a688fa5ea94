//! What a target gets of a request that it does not accept as it is.

mod conversation;
mod functions;
mod own;
mod parameters;
mod tools;

use serde_json::{Value, json};

use crate::accepts::{Accepts, Extension};
use crate::client::Dialect;
use crate::fault::RequestFault;
use crate::json::Members;
use crate::operation::Operation;

/// What became of a request.
#[derive(Debug)]
struct Sent {
    body: Value,
    text: String,
    dropped: String,
}

/// The request in this dialect, as a target gets it that accepts these extensions.
fn try_sent(dialect: Dialect, body: &str, accepts: Accepts) -> Result<Sent, RequestFault> {
    let request = dialect.parse(Operation::Chat, body.as_bytes()).unwrap();
    let canonical = dialect.canonical(&request).unwrap().unwrap_or(body.as_bytes().to_vec());
    let standard = dialect.standard(&Members::parse(&canonical).unwrap(), accepts, false)?;
    let text = String::from_utf8(standard.text.unwrap_or(canonical)).unwrap();
    Ok(Sent {
        body: serde_json::from_str(&text).unwrap(),
        text,
        dropped: standard.dropped.line(),
    })
}

/// The Messages request with these members, as a target gets it that accepts OpenAI's own JSON alone.
fn sent(members: &Value) -> Sent {
    try_sent(crate::all()[1], &messages_body(members), Accepts::NONE).unwrap()
}

/// Why the Messages request with these members cannot be sent to such a target.
fn refused(members: &Value) -> String {
    let fault = try_sent(crate::all()[1], &messages_body(members), Accepts::NONE).unwrap_err();
    fault.to_string()
}

fn messages_body(members: &Value) -> String {
    let mut body = json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

#[test]
fn a_target_that_accepts_everything_gets_everything() {
    let [_, anthropic, ..] = crate::all();
    let body = messages_body(&json!({
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "top_k": 5,
        "messages": [
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": "42"}]},
        ],
    }));
    let request = anthropic.parse(Operation::Chat, body.as_bytes()).unwrap();
    let canonical = anthropic.canonical(&request).unwrap().unwrap();
    let sent = try_sent(anthropic, &body, Accepts::ALL).unwrap();
    assert_eq!(sent.text.as_bytes(), canonical);
    assert_eq!(sent.dropped, "");
}

#[test]
fn each_extension_is_kept_where_it_is_accepted() {
    let cache = json!({"type": "ephemeral"});
    let members = json!({
        "thinking": {"type": "adaptive"},
        "top_k": 5,
        "metadata": {"user_id": "u".repeat(65)},
        "context_management": {"edits": []},
        "mcp_servers": [{"type": "url", "url": "https://a", "name": "a"}],
        "tools": [
            {"name": "n".repeat(65), "input_schema": {"type": "object", "properties": {}}},
            {"type": "web_search_20250305", "name": "web_search"},
        ],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "x", "cache_control": cache},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "alpha"}},
                {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            ]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": [
                {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
            ]}]},
        ],
    });
    let body = messages_body(&members);
    for (extension, kept) in [
        (Extension::ReasoningContent, "\"reasoning_content\""),
        (Extension::ThinkingBlocks, "\"thinking_blocks\""),
        (Extension::ContentBlocks, "\"server_tool_use\""),
        (Extension::Document, "\"document\""),
        (Extension::FileUrl, "https://a/b.pdf"),
        (Extension::ToolImages, "\"Error\"},{\"type\":\"image_url\""),
        (Extension::IsError, "\"is_error\":true"),
        (Extension::CacheControl, "\"cache_control\""),
        (Extension::Thinking, "\"thinking\":{"),
        (Extension::TopK, "\"top_k\":5"),
        (Extension::ServerTools, "web_search_20250305"),
        (Extension::LongToolNames, &"n".repeat(65)),
        (Extension::LongUserIds, &"u".repeat(65)),
        (Extension::VendorMembers, "\"context_management\""),
    ] {
        let needed = Some(Extension::FileUrl).filter(|needed| *needed != extension);
        let rest: Accepts = needed.into_iter().collect();
        if rest.contains(Extension::FileUrl) {
            let without = try_sent(crate::all()[1], &body, rest).unwrap();
            assert!(!without.text.contains(kept), "{extension}: {}", without.text);
        } else {
            try_sent(crate::all()[1], &body, rest).unwrap_err();
        }
        let with = try_sent(crate::all()[1], &body, rest.with(extension)).unwrap();
        assert!(with.text.contains(kept), "{extension}: {}", with.text);
    }
}

#[test]
fn numbers_keep_their_digits() {
    let body = r#"{"model":"m","max_tokens":5,"temperature":0.10,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"id":123456789012345678901234567890,"price":10.10,"e":1E400}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x","is_error":true}]}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"maximum":18446744073709551616,"multipleOf":0.10}}},"cache_control":{}}]}"#;
    let sent = try_sent(crate::all()[1], body, Accepts::NONE).unwrap();
    for digits in [
        r#"{\"id\":123456789012345678901234567890,\"price\":10.10,\"e\":1E400}"#,
        r#""temperature":0.10"#,
        r#"{"maximum":18446744073709551616,"multipleOf":0.10}"#,
    ] {
        assert!(sent.text.contains(digits), "{digits}: {}", sent.text);
    }
}
