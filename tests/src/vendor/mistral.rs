//! The Mistral-shaped double: `POST /v1/chat/completions` as in <https://docs.mistral.ai/api/endpoint/chat> and the
//! vendor's SDK. Replies are OpenAI's but for thinking, which is a part of the content, and calls, which come whole.

mod request;

use serde_json::{Value, json as value};

use super::fault::{Fault, FaultKind};
use super::turn::{Call, Finish, Turn};
use super::{API_KEY, door, openai};
use crate::upstream::{Reply, Request, json, sse};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match admitted(request) {
        Err(fault) => refusal(&fault),
        Ok(body) if body["stream"] == true => sse(chunks(turn)),
        Ok(_) => json(200, completion(turn)),
    }
}

/// The turn as a `chat.completion`.
pub fn completion(turn: &Turn) -> Value {
    let mut completion = openai::completion(turn, 1);
    if turn.finish == Finish::Filter {
        // It has no word for it.
        completion["choices"][0]["finish_reason"] = value!("stop");
    }
    let message = &mut completion["choices"][0]["message"];
    // Nor one for the pages that a search found.
    if let Some(members) = message.as_object_mut() {
        members.remove("annotations");
    }
    if let Some(thinking) = &turn.thinking {
        let text = turn.text.concat();
        let thought = thought(&thinking.pieces.concat(), Some(&thinking.signature));
        *message = value!({ "role": "assistant", "content": [thought, { "type": "text", "text": text }] });
    }
    if !turn.calls.is_empty() {
        message["tool_calls"] = turn.calls.iter().map(call).collect();
    }
    completion
}

/// The turn as `chat.completion.chunk`s: the last has the finish reason and the usage.
pub fn chunks(turn: &Turn) -> Vec<Value> {
    let thoughts = turn.thinking.iter().flat_map(|thinking| {
        let last = thinking.pieces.len() - 1;
        let signed = move |place: usize| (place == last).then_some(&thinking.signature);
        let pieces = thinking.pieces.iter().enumerate();
        pieces.map(move |(place, piece)| thought(piece, signed(place).map(String::as_str)))
    });
    let thoughts = thoughts.map(|thought| value!({ "content": [thought] }));
    let mut deltas = vec![value!({ "role": "assistant", "content": "" })];
    deltas.extend(thoughts);
    deltas.extend(turn.text.iter().map(|piece| value!({ "content": piece })));
    if !turn.calls.is_empty() {
        let calls: Vec<Value> = turn.calls.iter().map(call).collect();
        deltas.push(value!({ "content": "", "tool_calls": calls }));
    }
    let whole = completion(turn);
    let last = deltas.len() - 1;
    let chunk = |(place, delta): (usize, Value)| {
        let reason = if place == last {
            whole["choices"][0]["finish_reason"].clone()
        } else {
            Value::Null
        };
        let choice = value!({ "index": 0, "delta": delta, "finish_reason": reason });
        let mut chunk =
            value!({ "id": "double", "object": "chat.completion.chunk", "model": "m", "choices": [choice] });
        if place == last {
            chunk["usage"] = whole["usage"].clone();
        }
        chunk
    };
    deltas.into_iter().enumerate().map(chunk).collect()
}

fn thought(text: &str, signature: Option<&str>) -> Value {
    let mut thought = value!({ "type": "thinking", "thinking": [{ "type": "text", "text": text }] });
    if let Some(signature) = signature {
        thought["signature"] = value!(signature);
        thought["closed"] = value!(true);
    }
    thought
}

/// A call has an id of nine letters and digits.
fn call(call: &Call) -> Value {
    let function = value!({ "name": call.name, "arguments": call.arguments.concat() });
    value!({ "id": format!("{:0>9}", call.id), "function": function })
}

fn admitted(request: &Request) -> Result<Value, Fault> {
    let body = door::body(request, "authorization", &format!("Bearer {API_KEY}"))?;
    if request.path != "/v1/chat/completions" {
        return Err(Fault::new(FaultKind::NotFound, "no Route matched with those values"));
    }
    request::check(&body)?;
    Ok(body)
}

fn refusal(fault: &Fault) -> Reply {
    let error = value!({ "object": "error", "message": fault.message, "type": "invalid_request_error" });
    json(fault.kind.status(), error)
}

#[cfg(test)]
mod tests;
