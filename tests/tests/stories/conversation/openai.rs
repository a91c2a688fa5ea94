//! OpenAI: how it writes a turn, and what its API demands of a conversation.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>.

use jackfield_tests::upstream::{Reply, json, sse};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::Value;

/// The longest id of a call.
const LONGEST_ID: usize = 40;

/// The members of a message.
const MEMBERS: [&str; 6] = [
    "annotations",
    "content",
    "refusal",
    "role",
    "tool_call_id",
    "tool_calls",
];

/// Its reasoning comes as text without a signature, as some vendors of this form write it.
pub(super) fn reply(turn: &Turn, is_streamed: bool) -> Reply {
    if is_streamed {
        sse(openai::chunks(turn, 1, true))
    } else {
        json(200, openai::completion(turn, 1))
    }
}

/// Demands a legal conversation, in which nothing is signed.
#[track_caller]
pub(super) fn check(request: &Value) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for message in request["messages"].as_array().unwrap() {
        let members = message.as_object().unwrap();
        let known = |name: &String| MEMBERS.contains(&name.as_str());
        assert!(members.keys().all(known), "{message:#}");
        match message["role"].as_str().unwrap() {
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap();
                let at = open.iter().position(|open| open == id);
                assert!(at.is_some(), "{id} answers no call: {request:#}");
                open.remove(at.unwrap());
            }
            role => {
                assert!(open.is_empty(), "every call is answered at once: {request:#}");
                let is_known = matches!(role, "system" | "developer" | "user" | "assistant");
                assert!(is_known && (message["content"].is_string() || message["tool_calls"].is_array()));
            }
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let mut members = call.as_object().unwrap().keys();
            assert!(
                members.all(|name| matches!(name.as_str(), "id" | "type" | "function")),
                "{call:#}"
            );
            let id = call["id"].as_str().unwrap();
            assert!((1..=LONGEST_ID).contains(&id.len()), "{id}");
            open.push(id.to_owned());
        }
    }
    assert!(open.is_empty(), "{request:#}");
    Vec::new()
}
