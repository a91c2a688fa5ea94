//! The Cohere-shaped double: `POST /v2/chat` as in Cohere's API reference,
//! <https://docs.cohere.com/reference/chat>.

mod render;
mod request;

use serde_json::{Value, json as value};

use super::fault::{Fault, FaultKind};
use super::turn::Turn;
use super::{API_KEY, door};
use crate::upstream::{Reply, Request, json, sse_typed};

pub use self::render::{events, reply};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match admitted(request) {
        Err(fault) => json(
            fault.kind.status(),
            value!({ "id": "double", "message": fault.message }),
        ),
        Ok(body) if body["stream"] == true => sse_typed(&events(turn)),
        Ok(_) => json(200, reply(turn)),
    }
}

fn admitted(request: &Request) -> Result<Value, Fault> {
    let body = door::body(request, "authorization", &format!("Bearer {API_KEY}"))?;
    if request.path != "/v2/chat" {
        return Err(Fault::new(FaultKind::NotFound, "resource not found"));
    }
    request::check(&body)?;
    Ok(body)
}

#[cfg(test)]
mod tests;
