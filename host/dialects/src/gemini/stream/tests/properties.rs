//! What holds for any stream, however the upstream cuts it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SHOWN, STOP, delta, reader};
use crate::client::{ClientDialect, Form};
use crate::facts::ReplyFacts;
use crate::gemini::GeminiContent;
use crate::gemini::tests::{assembled, events, join};
use crate::json::Members;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::tests::facts;

/// What a model says.
#[derive(Debug, Clone)]
struct Said {
    reasoning: String,
    signature: String,
    text: String,
    /// The arguments of each call.
    calls: Vec<String>,
}

fn any_said() -> impl Strategy<Value = Said> {
    let text = "[a-z\"\\\\{} \n\u{e9}\u{1F600}]{0,12}";
    let members = prop::collection::btree_map("[a-z\"}]{1,3}", text, 0..3);
    let call = members.prop_map(|members| json!(members).to_string());
    (text, "[s]{0,2}", text, prop::collection::vec(call, 0..4)).prop_map(|(reasoning, signature, text, calls)| Said {
        reasoning,
        signature,
        text,
        calls,
    })
}

/// A text in pieces of at most so many characters.
fn pieces(text: &str, len: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(len).map(|piece| piece.iter().collect()).collect()
}

fn thinking(said: &Said, text: &str, signature: &str) -> Value {
    if said.signature.is_empty() {
        return json!({ "reasoning_content": text });
    }
    let block = json!({"type": "thinking", "index": 0, "thinking": text, "signature": signature});
    json!({"reasoning_content": text, "thinking_blocks": [block]})
}

/// The deltas of a stream; the pieces of calls come mixed.
fn deltas(said: &Said, len: usize) -> Vec<Value> {
    let mut deltas: Vec<Value> = pieces(&said.reasoning, len)
        .iter()
        .map(|piece| thinking(said, piece, ""))
        .collect();
    if !said.signature.is_empty() {
        deltas.push(thinking(said, "", &said.signature));
    }
    deltas.extend(
        pieces(&said.text, len)
            .into_iter()
            .map(|piece| json!({ "content": piece })),
    );
    for index in 0..said.calls.len() {
        let function = json!({"name": "f", "arguments": ""});
        deltas.push(json!({"tool_calls": [{"index": index, "id": format!("t{index}"), "function": function}]}));
    }
    let cut: Vec<Vec<String>> = said.calls.iter().map(|arguments| pieces(arguments, len)).collect();
    for round in 0..cut.iter().map(Vec::len).max().unwrap_or(0) {
        for (index, pieces) in cut.iter().enumerate() {
            if let Some(piece) = pieces.get(round) {
                deltas.push(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
            }
        }
    }
    deltas
}

fn message(said: &Said) -> Value {
    let call = |(index, arguments): (usize, &String)| json!({"id": format!("t{index}"), "function": {"name": "f", "arguments": arguments}});
    let calls: Vec<Value> = said.calls.iter().enumerate().map(call).collect();
    let mut message = thinking(said, &said.reasoning, &said.signature);
    message["content"] = json!(said.text);
    message["tool_calls"] = json!(calls);
    message
}

/// The parts of the whole reply, as a client keeps them.
fn whole(said: &Said) -> Vec<Value> {
    let body = json!({"choices": [{"message": message(said), "finish_reason": "stop"}]}).to_string();
    let members = Members::parse(SHOWN).unwrap();
    let facts = ReplyFacts {
        request: &members,
        ..facts(Operation::Chat, "route/m")
    };
    let (reply, _) = GeminiContent.reply(body.as_bytes(), Form::Canonical, &facts).unwrap();
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    let mut parts = Vec::new();
    let all = reply["candidates"][0]["content"]["parts"].as_array().unwrap();
    for part in all {
        join(&mut parts, part);
    }
    parts
}

proptest! {
    #[test]
    fn a_stream_says_what_the_reply_in_one_piece_says(said in any_said(), len in 1_usize..5) {
        let (mut reader, mut out) = (reader(SHOWN), Vec::new());
        for chunk in deltas(&said, len).iter().map(delta) {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        prop_assert!(!String::from_utf8_lossy(&out).contains("finishReason"));
        reader.push(STOP.as_bytes(), &mut out).unwrap();
        reader.finish(1, &mut out).unwrap();
        let stream = String::from_utf8(out).unwrap();
        let all = events(&stream);
        let ends = all.iter().filter(|event| event["candidates"][0].get("finishReason").is_some()).count();
        prop_assert_eq!(ends, 1, "one end");
        prop_assert!(all.last().unwrap()["candidates"][0].get("finishReason").is_some(), "the last event");
        let candidate = assembled(&stream).remove(0);
        prop_assert_eq!(candidate["parts"].as_array().unwrap(), &whole(&said));
        prop_assert_eq!(&candidate["finishReason"], "STOP");
    }
}
