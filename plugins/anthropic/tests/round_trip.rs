//! Tests that a Messages request translated to OpenAI's dialect is restored unchanged.
//!
//! A case holds a request (`anthropic`) and its translation by the host (`canonical`).

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

use std::fs;
use std::path::Path;

use anthropic::Anthropic;
use jackfield_plugin_sdk::canonical::Json;
use jackfield_plugin_sdk::golden::{self, Case};
use serde_json::{Map, Value, json};

/// The adapter's translation of a canonical request.
fn translated(canonical: &Value) -> Value {
    let case = Case {
        body: Some(Json::of(canonical)),
        ..Case::default()
    };
    let prepared = golden::prepare::<Anthropic>(&case).unwrap();
    prepared["exchange"]["body"]["bytes"].clone()
}

/// Normalises the forms the API treats as equal: content becomes a list of blocks, and adjacent messages of one role
/// become one.
fn unified(mut request: Value) -> Value {
    let mut turns: Vec<Value> = Vec::new();
    for mut turn in request["messages"].as_array().unwrap().clone() {
        listed(&mut turn);
        match turns.last_mut() {
            Some(last) if last["role"] == turn["role"] => {
                let more = turn["content"].as_array().unwrap().clone();
                last["content"].as_array_mut().unwrap().extend(more);
            }
            _ => turns.push(turn),
        }
    }
    request["messages"] = turns.into();
    request
}

/// Turns content that is a single string into a list of one block, also inside tool results.
fn listed(holder: &mut Value) {
    if holder["content"].is_string() {
        holder["content"] = json!([{ "type": "text", "text": holder["content"] }]);
    }
    let blocks = holder["content"].as_array_mut().into_iter().flatten();
    for block in blocks.filter(|block| block["type"] == "tool_result" && block["content"].is_string()) {
        listed(block);
    }
}

/// The value with all object members sorted by name.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name, sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        other => other,
    }
}

#[test]
fn a_messages_request_in_openais_words_comes_back_equal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/round_trip");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let back = unified(translated(&case["canonical"]));
        let request = unified(case["anthropic"].clone());
        let text = |value| format!("{:#}", sorted(value));
        assert_eq!(text(back), text(request), "{}", path.display());
        cases += 1;
    }
    assert!(cases > 0, "no cases found");
}
