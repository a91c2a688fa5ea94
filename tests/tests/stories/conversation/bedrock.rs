//! Bedrock's Converse: how it writes a turn, and what its API demands of a conversation.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

use jackfield_tests::upstream::{Reply, json, status};
use jackfield_tests::vendor::Turn;
use serde_json::{Value, json as value};

use crate::event_stream::message;

pub(super) fn reply(turn: &Turn, is_streamed: bool) -> Reply {
    let reason = if turn.calls.is_empty() { "end_turn" } else { "tool_use" };
    let usage = value!({ "inputTokens": 11, "outputTokens": 7, "totalTokens": 18 });
    if !is_streamed {
        let output = value!({ "message": { "role": "assistant", "content": blocks(turn) } });
        return json(200, value!({ "output": output, "stopReason": reason, "usage": usage }));
    }
    let mut reply = status(200).header("content-type", "application/vnd.amazon.eventstream");
    let mut write = |kind: &str, event: Value| reply = reply.clone().write(message(kind, &event));
    write("messageStart", value!({ "role": "assistant" }));
    for (index, block) in blocks(turn).into_iter().enumerate() {
        let (start, deltas) = pieces(block);
        if let Some(start) = start {
            write(
                "contentBlockStart",
                value!({ "contentBlockIndex": index, "start": start }),
            );
        }
        for delta in deltas {
            write(
                "contentBlockDelta",
                value!({ "contentBlockIndex": index, "delta": delta }),
            );
        }
        write("contentBlockStop", value!({ "contentBlockIndex": index }));
    }
    write("messageStop", value!({ "stopReason": reason }));
    write("metadata", value!({ "usage": usage, "metrics": { "latencyMs": 1 } }));
    reply
}

fn blocks(turn: &Turn) -> Vec<Value> {
    let thinking = turn.thinking.iter().map(|it| {
        let text = value!({ "text": it.pieces.concat(), "signature": it.signature });
        value!({ "reasoningContent": { "reasoningText": text } })
    });
    let redacted = turn.redacted.iter();
    let redacted = redacted.map(|data| value!({ "reasoningContent": { "redactedContent": data } }));
    let text = (!turn.text.is_empty()).then(|| value!({ "text": turn.text.concat() }));
    let calls = turn.calls.iter().map(|call| {
        let input: Value = serde_json::from_str(&call.arguments.concat()).unwrap();
        value!({ "toolUse": { "toolUseId": format!("tooluse_{}", call.id), "name": call.name, "input": input } })
    });
    thinking.chain(redacted).chain(text).chain(calls).collect()
}

/// How a block begins in a stream, and what follows.
fn pieces(block: Value) -> (Option<Value>, Vec<Value>) {
    let reasoning = &block["reasoningContent"];
    if let Some(call) = block["toolUse"].as_object() {
        let start = value!({ "toolUse": { "toolUseId": call["toolUseId"], "name": call["name"] } });
        let input = value!({ "toolUse": { "input": call["input"].to_string() } });
        return (Some(start), vec![input]);
    }
    let text = &reasoning["reasoningText"];
    if text.is_object() {
        let piece = |name: &str| value!({ "reasoningContent": { name: text[name] } });
        return (None, vec![piece("text"), piece("signature")]);
    }
    (None, vec![block])
}

/// Demands a legal conversation. Returns the signatures in it, and what only the vendor can read.
#[track_caller]
pub(super) fn check(request: &Value) -> Vec<String> {
    let (mut signed, mut ids, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (index, turn) in request["messages"].as_array().unwrap().iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        assert_eq!(turn["role"], role, "{request:#}");
        let blocks = turn["content"].as_array().unwrap();
        let of = |kind: &str| -> Vec<String> {
            let ids = blocks.iter().filter_map(|block| block[kind]["toolUseId"].as_str());
            ids.map(str::to_owned).collect()
        };
        let mut answered = of("toolResult");
        answered.sort();
        open.sort();
        assert_eq!(answered, std::mem::take(&mut open), "{request:#}");
        open = of("toolUse");
        ids.extend(open.clone());
        let thinks = |block: &&Value| block["reasoningContent"].is_object();
        let first = blocks.iter().take_while(thinks).count();
        assert_eq!(
            first,
            blocks.iter().filter(thinks).count(),
            "thinking comes first: {turn:#}"
        );
        assert!(first < blocks.len(), "thinking leads to something: {turn:#}");
        for block in &blocks[..first] {
            let reasoning = &block["reasoningContent"];
            let signature = reasoning["reasoningText"]["signature"].as_str();
            let data = reasoning["redactedContent"].as_str();
            signed.push(signature.or(data).unwrap().to_owned());
        }
    }
    assert!(open.is_empty(), "{request:#}");
    let fits = |id: &String| id.len() <= 64 && id.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
    assert!(ids.iter().all(fits), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(
        ids.len(),
        request.to_string().matches("\"toolUse\":").count(),
        "{ids:?}"
    );
    signed
}
