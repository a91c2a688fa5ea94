//! A turn in Google's words: whole, or as the events of a stream.

use serde_json::{Value, json};

use crate::vendor::turn::{Citation, Finish, Turn};

/// The turn as a `GenerateContentResponse`.
pub fn reply(turn: &Turn) -> Value {
    let thoughts = turn.thinking.as_ref().map(|thinking| thinking.pieces.concat());
    let thoughts = thoughts.map(|text| json!({ "text": text, "thought": true }));
    let text = (!turn.text.is_empty()).then(|| json!({ "text": turn.text.concat() }));
    let mut parts: Vec<Value> = thoughts.into_iter().chain(text).chain(calls(turn)).collect();
    sign(turn, &mut parts);
    ended(turn, &parts)
}

/// The turn as the events of a stream, each a `GenerateContentResponse` that goes on with the one before.
pub fn events(turn: &Turn) -> Vec<Value> {
    let thoughts = turn.thinking.iter().flat_map(|thinking| &thinking.pieces);
    let thoughts = thoughts.map(|piece| json!({ "text": piece, "thought": true }));
    let texts = turn.text.iter().map(|piece| json!({ "text": piece }));
    let mut parts: Vec<Value> = thoughts.chain(texts).chain(calls(turn)).collect();
    // The signature of a text comes in an empty part after it.
    if turn.calls.is_empty() && turn.thinking.is_some() {
        parts.push(json!({ "text": "" }));
    }
    sign(turn, &mut parts);
    let begun = parts
        .iter()
        .map(|part| response(json!({ "content": content(&[part]), "index": 0 })));
    let mut events: Vec<Value> = begun.collect();
    events.push(ended(turn, &[json!({ "text": "" })]));
    events
}

/// Puts the signature of the thoughts where Gemini 3 does: on the first call, or else on the last part.
fn sign(turn: &Turn, parts: &mut [Value]) {
    let place = parts.iter().position(|part| part["functionCall"].is_object());
    let place = place.or(parts.len().checked_sub(1));
    if let (Some(thinking), Some(place)) = (&turn.thinking, place) {
        parts[place]["thoughtSignature"] = json!(thinking.signature);
    }
}

fn calls(turn: &Turn) -> impl Iterator<Item = Value> {
    turn.calls.iter().map(|call| {
        let arguments: Value =
            serde_json::from_str(&call.arguments.concat()).expect("the arguments of a scripted call are JSON");
        json!({ "functionCall": { "name": call.name, "args": arguments } })
    })
}

/// The response that ends the turn.
fn ended(turn: &Turn, parts: &[Value]) -> Value {
    let parts: Vec<&Value> = parts.iter().collect();
    let reason = match turn.finish {
        Finish::Stop | Finish::Sequence | Finish::Calls => "STOP",
        Finish::Filter => "SAFETY",
        Finish::Length => "MAX_TOKENS",
    };
    let mut candidate = json!({ "content": content(&parts), "finishReason": reason, "index": 0 });
    if let Some(grounding) = grounding(turn) {
        candidate["groundingMetadata"] = grounding;
    }
    let (used, mut response) = (turn.usage, response(candidate));
    response["usageMetadata"] = json!({
        "promptTokenCount": used.input_tokens,
        "cachedContentTokenCount": used.cached_tokens,
        "candidatesTokenCount": used.output_tokens,
        "totalTokenCount": used.input_tokens + used.output_tokens,
    });
    response
}

fn content(parts: &[&Value]) -> Value {
    json!({ "parts": parts, "role": "model" })
}

fn response(candidate: Value) -> Value {
    json!({ "candidates": [candidate], "modelVersion": "gemini-double", "responseId": "double" })
}

/// The pages that the whole text cites; Google has no words for citations of the request's documents.
fn grounding(turn: &Turn) -> Option<Value> {
    let search = turn.search.as_ref()?;
    let (mut chunks, mut supports) = (Vec::new(), Vec::new());
    for citation in &turn.citations {
        if let Citation::Page { url, title, .. } = citation {
            let text = turn.text.concat();
            let segment = json!({ "startIndex": 0, "endIndex": text.len(), "text": text });
            supports.push(json!({ "segment": segment, "groundingChunkIndices": [chunks.len()] }));
            chunks.push(json!({ "web": { "uri": url, "title": title } }));
        }
    }
    Some(json!({ "webSearchQueries": [search.query], "groundingChunks": chunks, "groundingSupports": supports }))
}
