//! A turn in Cohere's words: whole, or as the events of a stream.

use serde_json::{Value, json};

use crate::vendor::turn::{Call, Finish, Turn};

/// The turn as a reply in one piece.
pub fn reply(turn: &Turn) -> Value {
    let mut message = json!({ "role": "assistant" });
    let content: Vec<Value> = blocks(turn)
        .iter()
        .map(|(kind, pieces)| json!({ "type": kind, *kind: pieces.concat() }))
        .collect();
    if !content.is_empty() {
        message["content"] = json!(content);
    }
    if !turn.calls.is_empty() {
        message["tool_plan"] = json!(turn.text.concat());
        message["tool_calls"] = turn
            .calls
            .iter()
            .map(|call| begun(call, &call.arguments.concat()))
            .collect();
    }
    json!({ "id": "double", "message": message, "finish_reason": reason(turn.finish), "usage": usage(turn) })
}

/// The turn as the events of a stream, from `message-start` to `message-end`.
pub fn events(turn: &Turn) -> Vec<Value> {
    let empty = json!({ "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [] });
    let mut events = vec![json!({ "type": "message-start", "id": "double", "delta": { "message": empty } })];
    let event = |kind: &str, index: usize, message: Value| json!({ "type": kind, "index": index, "delta": { "message": message } });
    for (index, (kind, pieces)) in blocks(turn).into_iter().enumerate() {
        let start = json!({ "content": { "type": kind, kind: "" } });
        events.push(event("content-start", index, start));
        let piece = |piece| event("content-delta", index, json!({ "content": { kind: piece } }));
        events.extend(pieces.iter().map(piece));
        events.push(json!({ "type": "content-end", "index": index }));
    }
    if !turn.calls.is_empty() {
        let piece = |piece| json!({ "type": "tool-plan-delta", "delta": { "message": { "tool_plan": piece } } });
        events.extend(turn.text.iter().map(piece));
    }
    for (index, call) in turn.calls.iter().enumerate() {
        events.push(event(
            "tool-call-start",
            index,
            json!({ "tool_calls": begun(call, "") }),
        ));
        let piece = |piece| {
            let more = json!({ "tool_calls": { "function": { "arguments": piece } } });
            event("tool-call-delta", index, more)
        };
        events.extend(call.arguments.iter().map(piece));
        events.push(json!({ "type": "tool-call-end", "index": index }));
    }
    let ended = json!({ "finish_reason": reason(turn.finish), "usage": usage(turn) });
    events.push(json!({ "type": "message-end", "delta": ended }));
    events
}

/// The blocks of content, each a kind and its pieces. What is said before calls is their plan instead.
fn blocks(turn: &Turn) -> Vec<(&'static str, &[String])> {
    let thinking = turn.thinking.iter().map(|thinking| ("thinking", &thinking.pieces[..]));
    let text = (turn.calls.is_empty() && !turn.text.is_empty()).then_some(("text", &turn.text[..]));
    thinking.chain(text).collect()
}

fn begun(call: &Call, arguments: &str) -> Value {
    let function = json!({ "name": call.name, "arguments": arguments });
    json!({ "id": format!("{}_{}", call.name, call.id), "type": "function", "function": function })
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        // What its filter ends, it refuses.
        Finish::Stop | Finish::Filter => "COMPLETE",
        Finish::Sequence => "STOP_SEQUENCE",
        Finish::Length => "MAX_TOKENS",
        Finish::Calls => "TOOL_CALL",
    }
}

/// Cohere counts what came from its cache within the input, and bills less than it reads.
fn usage(turn: &Turn) -> Value {
    let used = turn.usage;
    json!({
        "billed_units": { "input_tokens": 3, "output_tokens": used.output_tokens },
        "tokens": { "input_tokens": used.input_tokens, "output_tokens": used.output_tokens },
        "cached_tokens": used.cached_tokens,
    })
}
