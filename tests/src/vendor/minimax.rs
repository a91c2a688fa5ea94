//! The MiniMax-shaped double: OpenAI's chat with reasoning of its own form, and `base_resp` in whole replies, as in
//! <https://platform.minimax.io/docs/api-reference/text-openai-api>.

use serde_json::{Value, json as value};

use super::API_KEY;
use super::fault::{Fault, demand};
use super::openai::{self, Form};
use super::turn::Turn;
use crate::upstream::{Reply, Request, json, sse};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match accepted(request) {
        Err(fault) => openai::refusal(&fault),
        Ok(body) if body["stream"] == true => {
            let usage = body["stream_options"]["include_usage"] == true;
            sse(chunks(turn, usage))
        }
        Ok(_) => json(200, completion(turn)),
    }
}

fn accepted(request: &Request) -> Result<Value, Fault> {
    let form = Form {
        path: "/v1/chat/completions",
        header: "authorization",
        credential: format!("Bearer {API_KEY}"),
        parameters: &["reasoning_split", "thinking"],
    };
    let body = openai::accepted(request, &form)?;
    let heat = body["temperature"].as_f64().unwrap_or(1.0);
    demand(
        (0.0..=1.0).contains(&heat),
        "invalid params, temperature must be in (0, 1]",
    )?;
    // Without it the thoughts would stand in the text.
    let is_split = body["reasoning_split"] == true;
    demand(
        is_split,
        "the double gives its reasoning only apart: set reasoning_split",
    )?;
    Ok(body)
}

/// The turn as a `chat.completion`.
pub fn completion(turn: &Turn) -> Value {
    let mut completion = openai::completion(turn, 1);
    split(&mut completion["choices"][0]["message"]);
    completion["base_resp"] = value!({ "status_code": 0, "status_msg": "success" });
    completion
}

/// The turn as `chat.completion.chunk`s.
pub fn chunks(turn: &Turn, with_usage: bool) -> Vec<Value> {
    let mut chunks = openai::chunks(turn, 1, with_usage);
    for chunk in &mut chunks {
        if let Some(delta) = chunk["choices"].get_mut(0).map(|choice| &mut choice["delta"]) {
            split(delta);
        }
    }
    chunks
}

/// Puts the reasoning where the vendor has it.
fn split(message: &mut Value) {
    let thoughts = message
        .as_object_mut()
        .and_then(|members| members.remove("reasoning_content"));
    if let Some(text) = thoughts {
        let detail = value!({ "type": "reasoning.text", "format": "MiniMax-response-v1", "index": 0, "text": text });
        message["reasoning_details"] = value!([detail]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_stands_in_its_details() {
        let turn = Turn::says(&["42"]).thinks(&["six", " times"], "");
        let message = &completion(&turn)["choices"][0]["message"];
        assert_eq!(message["reasoning_details"][0]["text"], "six times");
        assert!(message["reasoning_content"].is_null());
        assert_eq!(
            chunks(&turn, false)[1]["choices"][0]["delta"]["reasoning_details"][0]["text"],
            "six"
        );
    }
}
