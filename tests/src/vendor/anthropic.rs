//! The Anthropic-shaped double: `POST /v1/messages` and `/v1/messages/count_tokens` as in Anthropic's API reference,
//! "Create a Message" and "Count tokens in a Message".

mod betas;

mod messages;
mod render;
mod request;

use serde_json::{Value, json as value};

use super::API_KEY;
use super::fault::{Fault, FaultKind, demand};
use super::scenario::{Play, play};
use super::turn::Turn;
use crate::upstream::{Reply, Request, json, no_answer, sse_typed};

pub use self::render::{events, message};

/// The only model that the double has.
pub const MODEL: &str = "claude-double";

/// The versions of the API that the vendor's SDKs send in `anthropic-version`.
const VERSIONS: [&str; 2] = ["2023-06-01", "2026-10-21"];

/// The double's reply to a request.
pub fn answer(request: &Request) -> Reply {
    let body = match admitted(request) {
        Ok(body) => body,
        Err(fault) => return refusal(&fault),
    };
    if path(request) == COUNT {
        return count(&body);
    }
    match request::read(&body).and_then(|heard| play(&heard)) {
        Err(fault) => refusal(&fault),
        Ok(play) if body["stream"] == true => stream(&play),
        Ok(play) => whole(&play),
    }
}

/// The reply that says this turn, if the request is one for a message that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match admitted(request).and_then(|body| request::of_any_model(&body).map(|_| body)) {
        Err(fault) => refusal(&fault),
        Ok(body) if body["stream"] == true => stream(&Play::Whole(turn.clone())),
        Ok(_) => whole(&Play::Whole(turn.clone())),
    }
}

/// How many tokens the scenario's usage would tell for the input; its errors are this operation's too.
fn count(body: &Value) -> Reply {
    match request::read_count(body).and_then(|heard| play(&heard)) {
        Err(fault) | Ok(Play::Failed(_, fault)) => refusal(&fault),
        Ok(Play::Cut(_)) => no_answer(),
        Ok(Play::Whole(turn)) => json(200, value!({ "input_tokens": turn.usage.input_tokens })),
    }
}

/// Where tokens are counted.
const COUNT: &str = "/v1/messages/count_tokens";

/// The path without its query: the vendor's SDKs add `?beta=true`.
fn path(request: &Request) -> &str {
    request.path.split('?').next().unwrap_or_default()
}

/// The body of a request that is addressed and authenticated as it should be.
fn admitted(request: &Request) -> Result<Value, Fault> {
    if request.method != "POST" || !["/v1/messages", COUNT].contains(&path(request)) {
        let message = format!("Not found: {} {}", request.method, request.path);
        return Err(Fault::new(FaultKind::NotFound, message));
    }
    // A second credential can only be one that was meant for somebody else.
    let alone = request.header("authorization").is_none();
    if request.header("x-api-key") != Some(API_KEY) || !alone {
        return Err(Fault::new(FaultKind::Unauthenticated, "invalid x-api-key"));
    }
    let version = request.header("anthropic-version");
    demand(version.is_some(), "anthropic-version: header is required")?;
    let is_known = version.is_some_and(|version| VERSIONS.contains(&version));
    demand(is_known, "anthropic-version: no version of this API")?;
    betas::check(request)?;
    let json = request.header("content-type") == Some("application/json");
    demand(json, "content-type: must be application/json")?;
    serde_json::from_slice(&request.body).map_err(|_| Fault::invalid("The request body is not valid JSON"))
}

fn whole(play: &Play) -> Reply {
    match play {
        Play::Whole(turn) => json(200, message(turn)),
        Play::Cut(_) => no_answer(),
        Play::Failed(_, fault) => refusal(fault),
    }
}

fn stream(play: &Play) -> Reply {
    let begun = |turn| {
        let mut events = events(turn);
        // The last block is still open.
        events.retain(|event| {
            !matches!(
                event["type"].as_str(),
                Some("content_block_stop" | "message_delta" | "message_stop")
            )
        });
        events
    };
    match play {
        Play::Whole(turn) => sse_typed(&events(turn)),
        Play::Cut(turn) => sse_typed(&begun(turn)).then_cut(),
        Play::Failed(turn, fault) => {
            let mut events = begun(turn);
            events.push(error(fault));
            sse_typed(&events)
        }
    }
}

fn refusal(fault: &Fault) -> Reply {
    let reply = json(fault.kind.status(), error(fault));
    match fault.kind {
        FaultKind::RateLimited => reply.header("retry-after", "1"),
        _ => reply,
    }
}

/// Anthropic's error object, which is also the payload of the `error` event.
fn error(fault: &Fault) -> Value {
    let kind = match fault.kind {
        FaultKind::Invalid => "invalid_request_error",
        FaultKind::Unauthenticated => "authentication_error",
        FaultKind::NotFound => "not_found_error",
        FaultKind::RateLimited => "rate_limit_error",
        FaultKind::Internal => "api_error",
    };
    let error = value!({ "type": kind, "message": fault.message });
    value!({ "type": "error", "error": error, "request_id": "req_double" })
}

#[cfg(test)]
mod tests;
