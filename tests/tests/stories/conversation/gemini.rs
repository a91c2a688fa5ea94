//! Gemini: how it writes a turn, and what its API demands of a conversation.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/thought-signatures>;
//! <https://ai.google.dev/gemini-api/docs/function-calling>.

use jackfield_tests::upstream::{Reply, json, sse};
use jackfield_tests::vendor::Turn;
use serde_json::{Value, json as value};

/// What the vendor documents for calls of a model without signatures.
const UNCHECKED: &str = "skip_thought_signature_validator";

/// The signature stands on the first call, else on the last piece of text.
pub(super) fn reply(turn: &Turn, is_streamed: bool) -> Reply {
    let signature = turn.thinking.as_ref().map(|thinking| thinking.signature.as_str());
    let thoughts = turn.thinking.iter().flat_map(|thinking| &thinking.pieces);
    let mut parts: Vec<Value> = thoughts.map(|text| value!({ "text": text, "thought": true })).collect();
    parts.extend(turn.text.iter().map(|text| value!({ "text": text })));
    let signed = parts.len() - usize::from(turn.calls.is_empty());
    for call in &turn.calls {
        let args: Value = serde_json::from_str(&call.arguments.concat()).unwrap();
        parts.push(value!({ "functionCall": { "name": call.name, "args": args } }));
    }
    if let Some(signature) = signature {
        parts[signed]["thoughtSignature"] = signature.into();
    }
    let id = format!("r-{}", turn.calls.first().map_or("end", |call| &call.id));
    let event = |parts: Vec<Value>| {
        value!({
            "responseId": id, "modelVersion": "gemini-3.1-pro-preview",
            "candidates": [{ "content": { "role": "model", "parts": parts } }],
        })
    };
    let mut last = event(if is_streamed { Vec::new() } else { parts.clone() });
    last["candidates"][0]["finishReason"] = "STOP".into();
    last["usageMetadata"] = value!({ "promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18 });
    if !is_streamed {
        return json(200, last);
    }
    let events = parts.into_iter().map(|part| event(vec![part]));
    sse(events.chain([last])).without_done()
}

/// Demands a legal conversation. Returns the signatures in it. What the vendor itself has said is there as it was said, if the
/// client speaks its API.
#[track_caller]
pub(super) fn check(request: &Value, is_native: bool) -> Vec<String> {
    let (mut signed, mut open) = (Vec::new(), Vec::new());
    let contents = request["contents"].as_array().unwrap();
    for (index, content) in contents.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "model" };
        assert_eq!(content["role"], role, "{request:#}");
        let parts = content["parts"].as_array().unwrap();
        assert!(!parts.is_empty(), "{request:#}");
        let named = |kind: &str| -> Vec<String> {
            let names = parts.iter().filter_map(|part| part[kind]["name"].as_str());
            names.map(str::to_owned).collect()
        };
        assert_eq!(named("functionResponse"), std::mem::take(&mut open), "{request:#}");
        open = named("functionCall");
        let first = parts.iter().find(|part| part["functionCall"].is_object());
        // Its own calls have no ids here.
        let is_own = |call: &&Value| is_native && call["functionCall"]["id"].is_null();
        let first = first.filter(|call| !is_own(call));
        assert!(
            first.is_none_or(|call| call["thoughtSignature"].is_string()),
            "{request:#}"
        );
        assert!(parts.iter().all(|part| part["thought"] != true), "{request:#}");
        let given = super::vendor::texts(&content["parts"], "thoughtSignature");
        signed.extend(given.into_iter().filter(|signature| signature != UNCHECKED));
    }
    assert!(open.is_empty(), "{request:#}");
    signed
}
