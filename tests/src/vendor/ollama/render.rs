//! A turn in Ollama's words: whole, or as lines.

use serde_json::{Value, json};

use crate::vendor::turn::{Call, Finish, Turn};

/// The turn as a reply in one piece.
pub fn reply(turn: &Turn) -> Value {
    let mut message = json!({ "role": "assistant", "content": turn.text.concat() });
    if let Some(thinking) = &turn.thinking {
        message["thinking"] = json!(thinking.pieces.concat());
    }
    if !turn.calls.is_empty() {
        message["tool_calls"] = turn.calls.iter().map(call).collect();
    }
    ended(turn, message)
}

/// The turn as the lines of a stream.
pub fn lines(turn: &Turn) -> Vec<Value> {
    let said = |mut members: Value| {
        members["role"] = json!("assistant");
        json!({ "model": "ollama-double", "created_at": CREATED, "message": members, "done": false })
    };
    let thoughts = turn.thinking.iter().flat_map(|thinking| &thinking.pieces);
    let thoughts = thoughts.map(|piece| json!({ "content": "", "thinking": piece }));
    let texts = turn.text.iter().map(|piece| json!({ "content": piece }));
    // Each call comes whole, in a line of its own.
    let calls = turn.calls.iter();
    let calls = calls.map(|made| json!({ "content": "", "tool_calls": [call(made)] }));
    let mut lines: Vec<Value> = thoughts.chain(texts).chain(calls).map(said).collect();
    lines.push(ended(turn, json!({ "role": "assistant", "content": "" })));
    lines
}

const CREATED: &str = "2026-01-01T00:00:00.000000Z";

fn call(call: &Call) -> Value {
    let arguments: Value =
        serde_json::from_str(&call.arguments.concat()).expect("the arguments of a scripted call are JSON");
    json!({ "function": { "name": call.name, "arguments": arguments } })
}

fn ended(turn: &Turn, message: Value) -> Value {
    let reason = match turn.finish {
        Finish::Stop | Finish::Sequence | Finish::Filter | Finish::Calls => "stop",
        Finish::Length => "length",
    };
    json!({
        "model": "ollama-double",
        "created_at": CREATED,
        "message": message,
        "done": true,
        "done_reason": reason,
        "total_duration": 4_883_583_458_u64,
        "prompt_eval_count": turn.usage.input_tokens,
        "eval_count": turn.usage.output_tokens,
    })
}
