//! The Gemini-shaped double: `generateContent` and `streamGenerateContent` as in Google's API reference,
//! <https://ai.google.dev/api/generate-content>.

mod render;
mod request;

use serde_json::json as value;

use super::API_KEY;
use super::door;
use super::fault::{Fault, FaultKind};
use super::turn::Turn;
use crate::upstream::{Reply, Request, json, sse};

pub use self::render::{events, reply};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match method(request) {
        Err(fault) => refusal(&fault),
        Ok(Method::Whole) => json(200, reply(turn)),
        Ok(Method::Stream) => sse(events(turn)).without_done(),
    }
}

/// How a reply is to come.
enum Method {
    Whole,
    Stream,
}

fn method(request: &Request) -> Result<Method, Fault> {
    let body = door::body(request, "x-goog-api-key", API_KEY)?;
    let unknown = || Fault::new(FaultKind::NotFound, format!("{} is not found", request.path));
    let (model, method) = request
        .path
        .strip_prefix("/v1beta/models/")
        .and_then(|rest| rest.split_once(':'))
        .ok_or_else(unknown)?;
    request::check(&body, model)?;
    match method {
        "generateContent" => Ok(Method::Whole),
        "streamGenerateContent?alt=sse" => Ok(Method::Stream),
        _ => Err(unknown()),
    }
}

/// Google's error object.
fn refusal(fault: &Fault) -> Reply {
    let status = match fault.kind {
        FaultKind::Invalid => "INVALID_ARGUMENT",
        FaultKind::Unauthenticated => "UNAUTHENTICATED",
        FaultKind::NotFound => "NOT_FOUND",
        FaultKind::RateLimited => "RESOURCE_EXHAUSTED",
        FaultKind::Internal => "INTERNAL",
    };
    let code = fault.kind.status();
    json(
        code,
        value!({ "error": { "code": code, "message": fault.message, "status": status } }),
    )
}

#[cfg(test)]
mod tests;
