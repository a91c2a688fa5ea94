//! A turn in OpenAI's words: whole, or as chunks.

use serde_json::{Value, json};

use crate::vendor::openai::MODEL;
use crate::vendor::turn::{Call, Citation, Finish, Turn, Usage};

/// The turn as a `chat.completion` with this many equal choices.
pub fn completion(turn: &Turn, choices: u64) -> Value {
    let choice = |index: u64| {
        json!({
            "index": index,
            "message": message(turn),
            "logprobs": null,
            "finish_reason": reason(turn.finish),
        })
    };
    json!({
        "id": "chatcmpl-double",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": MODEL,
        "choices": (0..choices).map(choice).collect::<Vec<_>>(),
        "usage": usage(turn.usage),
        "system_fingerprint": "fp_double",
    })
}

/// The turn as `chat.completion.chunk`s, with the usage chunk at the end if it is wanted.
pub fn chunks(turn: &Turn, choices: u64, with_usage: bool) -> Vec<Value> {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    let thoughts = turn.thinking.iter().flat_map(|thinking| &thinking.pieces);
    deltas.extend(thoughts.map(|piece| json!({ "reasoning_content": piece })));
    deltas.extend(turn.text.iter().map(|piece| json!({ "content": piece })));
    deltas.extend(
        turn.calls
            .iter()
            .enumerate()
            .flat_map(|(index, call)| call_deltas(index, call)),
    );
    let notes = annotations(turn);
    if !notes.is_empty() {
        deltas.push(json!({ "annotations": notes }));
    }
    let choice = |index: u64, delta: &Value, reason: Value| {
        let choice = json!({ "index": index, "delta": delta, "finish_reason": reason });
        chunk(json!([choice]), with_usage.then_some(Value::Null))
    };
    let mut chunks = Vec::new();
    for delta in &deltas {
        chunks.extend((0..choices).map(|index| choice(index, delta, Value::Null)));
    }
    let reason = reason(turn.finish);
    chunks.extend((0..choices).map(|index| choice(index, &json!({}), json!(reason))));
    if with_usage {
        chunks.push(chunk(json!([]), Some(usage(turn.usage))));
    }
    chunks
}

fn chunk(choices: Value, usage: Option<Value>) -> Value {
    let mut chunk = json!({
        "id": "chatcmpl-double",
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": MODEL,
        "system_fingerprint": "fp_double",
        "choices": choices,
    });
    // Where usage was asked for, every chunk has the member, null but in the last.
    if let Some(usage) = usage {
        chunk["usage"] = usage;
    }
    chunk
}

fn message(turn: &Turn) -> Value {
    let text = (!turn.text.is_empty()).then(|| turn.text.concat());
    let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
    if let Some(thinking) = &turn.thinking {
        message["reasoning_content"] = json!(thinking.pieces.concat());
    }
    let notes = annotations(turn);
    if !notes.is_empty() {
        message["annotations"] = json!(notes);
    }
    if !turn.calls.is_empty() {
        message["tool_calls"] = turn
            .calls
            .iter()
            .map(|call| {
                let function = json!({ "name": call.name, "arguments": call.arguments.concat() });
                json!({ "id": id(call), "type": "function", "function": function })
            })
            .collect();
    }
    message
}

/// The pages that the whole text cites; OpenAI has no words for citations of documents.
fn annotations(turn: &Turn) -> Vec<Value> {
    let end = turn.text.concat().chars().count();
    let annotation = |citation: &Citation| match citation {
        Citation::Document { .. } => None,
        Citation::Page { url, title, .. } => {
            let page = json!({ "start_index": 0, "end_index": end, "url": url, "title": title });
            Some(json!({ "type": "url_citation", "url_citation": page }))
        }
    };
    turn.citations.iter().filter_map(annotation).collect()
}

fn call_deltas(index: usize, call: &Call) -> Vec<Value> {
    let first = json!({
        "index": index,
        "id": id(call),
        "type": "function",
        "function": { "name": call.name, "arguments": "" },
    });
    let piece = |arguments| json!({ "index": index, "function": { "arguments": arguments } });
    let pieces = std::iter::once(first).chain(call.arguments.iter().map(piece));
    pieces.map(|piece| json!({ "tool_calls": [piece] })).collect()
}

fn id(call: &Call) -> String {
    format!("call_{}", call.id)
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Sequence => "stop",
        Finish::Filter => "content_filter",
        Finish::Length => "length",
        Finish::Calls => "tool_calls",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": { "cached_tokens": usage.cached_tokens },
    })
}
