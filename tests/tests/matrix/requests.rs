//! The features of requests, as clients of each dialect write them.

mod media;
mod parameters;
mod tools;

use jackfield_tests::vendor::Turn;
use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::{Value, json};

use crate::feature::Feature;

pub(crate) use self::media::{DATA_URL, PDF, PDF_DATA_URL, PIXEL, WAV};
pub(crate) use self::tools::{anthropic_tool, gemini_tool, openai_tool, responses_tool, schema};

/// Every feature of requests, in the order of the tables.
pub(crate) fn all() -> Vec<Feature> {
    let groups = [
        texts(),
        media::all(),
        tools::offered(),
        tools::turns(),
        reasoning(),
        parameters::all(),
    ];
    groups.into_iter().flatten().collect()
}

fn texts() -> Vec<Feature> {
    vec![
        Feature::of_requests("text", &["messages"])
            .chat(json!({ "messages": [user("good morning")] }))
            .messages(said(&[json!({ "type": "text", "text": "good morning" })]))
            .responses(put(&[json!({ "type": "input_text", "text": "good morning" })]))
            .gemini(told(&[json!({ "text": "good morning" })])),
        Feature::of_requests("system prompt", &["system"])
            .chat(json!({ "messages": [{ "role": "system", "content": "be brief" }, user("hello")] }))
            .messages(json!({ "system": "be brief" }))
            .responses(json!({ "instructions": "be brief" }))
            .gemini(json!({ "systemInstruction": { "parts": [{ "text": "be brief" }] } })),
    ]
}

fn reasoning() -> Vec<Feature> {
    let thought = |signature: &str| {
        let mut block = json!({ "type": "thinking", "thinking": "hm", "signature": signature });
        if signature.is_empty() {
            block.as_object_mut().unwrap().remove("signature");
        }
        let turn = json!({ "role": "assistant", "content": [block, { "type": "text", "text": "hi" }] });
        json!({ "messages": [user("hello"), turn, user("and?")] })
    };
    vec![
        Feature::of_requests("effort", &["effort", "thinking"])
            .chat(json!({ "reasoning_effort": "high" }))
            .messages(json!({ "max_tokens": 64000, "thinking": { "type": "enabled", "budget_tokens": 31999 } }))
            .responses(json!({ "reasoning": { "effort": "high" } }))
            .gemini(json!({ "generationConfig": { "thinkingConfig": { "thinkingLevel": "HIGH" } } })),
        Feature::of_requests("earlier reasoning, signed", &["thinking"]).messages(thought(SIGNATURE)),
        Feature::of_requests("earlier reasoning, unsigned", &["thinking", "reasoning"]).messages(thought("")),
        Feature::of_returns(
            "earlier reasoning, the vendor's own",
            Turn::default()
                .thinks(&["let me", " see"], SIGNATURE)
                .calls("1", "look_up", &["{\"q\":", "\"x\"}"]),
            &["thinking", "reasoning", "thoughtSignature"],
        )
        .chat(json!({ "tools": [openai_tool()] }))
        .messages(json!({ "tools": [anthropic_tool()] }))
        .responses(json!({ "tools": [responses_tool()], "include": ["reasoning.encrypted_content"] }))
        .gemini(json!({ "tools": [gemini_tool()] })),
    ]
}

/// Members that say this in one user message.
fn said(parts: &[Value]) -> Value {
    json!({ "messages": [{ "role": "user", "content": parts }] })
}

/// The same in an input of responses.
fn put(parts: &[Value]) -> Value {
    json!({ "input": [{ "role": "user", "content": parts }] })
}

/// The same in the contents of Google's dialect.
fn told(parts: &[Value]) -> Value {
    json!({ "contents": [{ "role": "user", "parts": parts }] })
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}
