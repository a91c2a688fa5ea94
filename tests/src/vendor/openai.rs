//! The OpenAI-shaped double: `POST /v1/chat/completions` as in OpenAI's API reference.

mod messages;
mod render;
mod request;

use serde_json::{Value, json as value};

use super::API_KEY;
use super::fault::{Fault, FaultKind};
use super::scenario::{Play, play};
use crate::upstream::{Reply, Request, json, no_answer, sse};

pub use self::render::{chunks, completion};

/// The only model that the double has.
pub const MODEL: &str = "gpt-double";

/// The double's reply to a request.
pub fn answer(request: &Request) -> Reply {
    let body = match admitted(request) {
        Ok(body) => body,
        Err(fault) => return refusal(&fault),
    };
    match request::read(&body).and_then(|heard| play(&heard)) {
        Err(fault) => refusal(&fault),
        Ok(play) if body["stream"] == true => stream(&play, &body),
        Ok(play) => whole(&play, &body),
    }
}

/// The body of a request that is addressed and authenticated as it should be.
fn admitted(request: &Request) -> Result<Value, Fault> {
    let address = format!("{} {}", request.method, request.path);
    if address != "POST /v1/chat/completions" {
        let message = format!("Invalid URL ({address})");
        return Err(Fault::new(FaultKind::NotFound, message));
    }
    if request.header("authorization") != Some(&format!("Bearer {API_KEY}")) {
        let message = "Incorrect API key provided. You can find your API key in your settings.";
        return Err(Fault::new(FaultKind::Unauthenticated, message));
    }
    if request.header("content-type") != Some("application/json") {
        return Err(Fault::invalid(
            "Unsupported content type; send application/json",
        ));
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| Fault::invalid("We could not parse the JSON body of your request."))
}

fn whole(play: &Play, request: &Value) -> Reply {
    match play {
        Play::Whole(turn) => json(200, completion(turn, choices(request))),
        Play::Cut(_) => no_answer(),
        Play::Failed(_, fault) => refusal(fault),
    }
}

fn stream(play: &Play, request: &Value) -> Reply {
    let usage = request["stream_options"]["include_usage"] == true;
    let events = |turn| chunks(turn, choices(request), usage);
    let begun = |turn| {
        let mut events = events(turn);
        // Neither the end of the choices nor the usage has come yet.
        events.retain(|event| event["choices"][0]["finish_reason"].is_null());
        events.retain(|event| event["choices"][0].is_object());
        events
    };
    match play {
        Play::Whole(turn) => sse(events(turn)),
        Play::Cut(turn) => sse(begun(turn)).without_done().then_cut(),
        Play::Failed(turn, fault) => {
            sse(begun(turn).into_iter().chain([error(fault)])).without_done()
        }
    }
}

fn choices(request: &Value) -> u64 {
    request["n"].as_u64().unwrap_or(1)
}

fn refusal(fault: &Fault) -> Reply {
    let reply = json(fault.kind.status(), error(fault));
    match fault.kind {
        FaultKind::RateLimited => reply.header("retry-after", "1"),
        _ => reply,
    }
}

/// OpenAI's error object.
fn error(fault: &Fault) -> Value {
    let (kind, code) = match fault.kind {
        FaultKind::Invalid => ("invalid_request_error", None),
        FaultKind::Unauthenticated => ("invalid_request_error", Some("invalid_api_key")),
        FaultKind::NotFound => ("invalid_request_error", Some("not_found")),
        FaultKind::RateLimited => ("requests", Some("rate_limit_exceeded")),
        FaultKind::Internal => ("server_error", None),
    };
    let message = &fault.message;
    value!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

#[cfg(test)]
mod tests;
