//! The Ollama-shaped double: `POST /api/chat` as in <https://docs.ollama.com/api/chat>.

mod render;

use serde_json::{Value, json as value};

use super::API_KEY;
use super::door::{self, items};
use super::fault::{Fault, FaultKind, demand};
use super::turn::Turn;
use crate::upstream::{Reply, Request, json, ndjson};

pub use self::render::{lines, reply};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match admitted(request) {
        Err(fault) => json(fault.kind.status(), value!({ "error": fault.message })),
        Ok(body) if body["stream"] == false => json(200, reply(turn)),
        Ok(_) => ndjson(lines(turn)),
    }
}

fn admitted(request: &Request) -> Result<Value, Fault> {
    let body = door::body(request, "authorization", &format!("Bearer {API_KEY}"))?;
    if request.path != "/api/chat" {
        return Err(Fault::new(FaultKind::NotFound, "404 page not found"));
    }
    check(&body)?;
    Ok(body)
}

/// Refuses what Ollama would refuse. Members that it does not know it ignores without a word.
fn check(body: &Value) -> Result<(), Fault> {
    demand(body["model"].is_string(), "model is required")?;
    for message in items(&body["messages"], "messages")? {
        let role = message["role"].as_str().unwrap_or_default();
        let known = ["system", "user", "assistant", "tool"].contains(&role);
        demand(known, format!("invalid role {role:?}"))?;
        demand(message["content"].is_string(), UNMARSHAL)?;
        for image in items(&message["images"], "images")? {
            let bare = image.as_str().is_some_and(|image| !image.contains(':'));
            demand(bare, "illegal base64 data at input byte 4")?;
        }
        for call in items(&message["tool_calls"], "tool_calls")? {
            demand(call["function"]["arguments"].is_object(), UNMARSHAL)?;
        }
    }
    for tool in items(&body["tools"], "tools")? {
        demand(tool["function"]["name"].is_string(), UNMARSHAL)?;
    }
    let format = &body["format"];
    let is_format = format.is_null() || format.is_object() || format == "json";
    demand(is_format, "invalid format: expected \"json\" or a JSON schema")
}

const UNMARSHAL: &str = "json: cannot unmarshal into a Go struct field of this type";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_objects_and_images_are_bare() {
        let refused = |message: Value| check(&value!({ "model": "m", "messages": [message] })).is_err();
        assert!(!refused(value!({ "role": "user", "content": "", "images": ["AA=="] })));
        assert!(refused(
            value!({ "role": "user", "content": "", "images": ["data:image/png;base64,AA=="] })
        ));
        assert!(refused(
            value!({ "role": "user", "content": [{ "type": "text", "text": "a" }] })
        ));
        let call = value!({ "function": { "name": "f", "arguments": "{}" } });
        assert!(refused(
            value!({ "role": "assistant", "content": "", "tool_calls": [call] })
        ));
    }
}
