//! Anthropic: how it writes a turn, and what its API demands of a conversation.
//!
//! Sources: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>;
//! <https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>.

use jackfield_tests::upstream::{Reply, json, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::Value;

pub(super) fn reply(turn: &Turn, is_streamed: bool) -> Reply {
    if is_streamed {
        sse_typed(&anthropic::events(turn))
    } else {
        json(200, anthropic::message(turn))
    }
}

/// Demands a legal conversation. Returns the signatures in it, and what only the vendor can read.
#[track_caller]
pub(super) fn check(request: &Value) -> Vec<String> {
    let (mut signed, mut ids, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let messages = request["messages"].as_array().unwrap();
    assert_eq!(messages[0]["role"], "user", "{request:#}");
    for message in messages {
        let blocks = message["content"].as_array().cloned().unwrap_or_default();
        assert!(!blocks.is_empty() || message["content"].is_string(), "{message:#}");
        let kinds: Vec<&str> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
        if message["role"] == "user" {
            let results = kinds.iter().take_while(|kind| **kind == "tool_result").count();
            let mut answered = super::vendor::texts(&message["content"], "tool_use_id");
            assert_eq!(answered.len(), results, "results come first: {message:#}");
            answered.sort();
            open.sort();
            assert_eq!(
                answered,
                std::mem::take(&mut open),
                "every call is answered: {request:#}"
            );
            continue;
        }
        assert!(open.is_empty(), "calls are answered at once: {request:#}");
        assert_begins_with_thinking(&kinds);
        for block in &blocks {
            match block["type"].as_str().unwrap() {
                "thinking" => signed.push(block["signature"].as_str().unwrap().to_owned()),
                "redacted_thinking" => signed.push(block["data"].as_str().unwrap().to_owned()),
                "tool_use" => open.push(id(block, &mut ids)),
                _ => {}
            }
        }
    }
    assert!(open.is_empty(), "{request:#}");
    signed
}

/// Thinking stands before all else, and leads to something.
#[track_caller]
fn assert_begins_with_thinking(kinds: &[&str]) {
    let thinks = |kind: &&&str| kind.ends_with("thinking");
    let first = kinds.iter().take_while(thinks).count();
    assert_eq!(first, kinds.iter().filter(thinks).count(), "{kinds:?}");
    assert!(kinds.is_empty() || first < kinds.len(), "{kinds:?}");
}

/// The id of a call: of legal characters, and given once.
#[track_caller]
fn id(block: &Value, ids: &mut Vec<String>) -> String {
    let id = block["id"].as_str().unwrap().to_owned();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    assert!(!id.is_empty() && id.bytes().all(fits), "{id}");
    assert!(!ids.contains(&id), "{id} is given twice");
    ids.push(id.clone());
    id
}
