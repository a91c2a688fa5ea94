//! The OpenAI-shaped double: `POST /v1/chat/completions`, `/v1/embeddings` and `/v1/images/generations` as in OpenAI's API
//! reference, and `/v1/rerank`, which OpenAI does not have, as vendors beside it do.

mod embeddings;
mod functions;
mod images;
mod messages;
mod render;
mod request;
mod rerank;

use serde_json::{Value, json as value};

use super::fault::{Fault, FaultKind};
use super::scenario::{Play, Trouble, play, trouble};
use super::turn::Turn;
use super::{API_KEY, door};
use crate::upstream::{Reply, Request, json, no_answer, sse};

pub use self::render::{chunks, completion};

/// The only model that chats.
pub const MODEL: &str = "gpt-double";

/// The only model that embeds.
pub const EMBEDDING_MODEL: &str = "embedding-double";

/// The only model that ranks.
pub const RERANK_MODEL: &str = "rerank-double";

/// The model that draws and says how it shall hand the image over.
pub const IMAGE_MODEL: &str = "image-double";

/// The model that draws and always answers in base64; it refuses `response_format`.
pub const BASE64_IMAGE_MODEL: &str = "image-double-base64";

/// An operation other than chat: what to answer, and the text whose words may ask for trouble.
struct Served {
    text: String,
    reply: Value,
}

/// The double's reply to a request.
pub fn answer(request: &Request) -> Reply {
    let body = match admitted(request) {
        Ok(body) => body,
        Err(fault) => return refusal(&fault),
    };
    match request.path.as_str() {
        "/v1/embeddings" => serve(embeddings::serve(&body)),
        "/v1/images/generations" => serve(images::serve(&body)),
        "/v1/rerank" => serve(rerank::serve(&body)),
        _ => chat(&body),
    }
}

/// Where a vendor has chats in OpenAI's form, and what it has beyond them.
pub(super) struct Form {
    /// The path, with its query.
    pub(super) path: &'static str,
    /// The header of the credential.
    pub(super) header: &'static str,
    /// What the header holds.
    pub(super) credential: String,
    /// Parameters that OpenAI does not have.
    pub(super) parameters: &'static [&'static str],
}

/// The reply that says this turn, if the request is one for chat that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    let form = Form {
        path: PATHS[0],
        header: "authorization",
        credential: format!("Bearer {API_KEY}"),
        parameters: &[],
    };
    match accepted(request, &form) {
        Err(fault) => refusal(&fault),
        Ok(body) => tell(&body, turn),
    }
}

/// The body of a request for chat, if a vendor of this form accepts it.
pub(super) fn accepted(request: &Request, form: &Form) -> Result<Value, Fault> {
    let body = door::body(request, form.header, &form.credential)?;
    if request.path != form.path {
        let message = format!("Invalid URL ({} {})", request.method, request.path);
        return Err(Fault::new(FaultKind::NotFound, message));
    }
    request::of_any_model(&body, form.parameters)?;
    Ok(body)
}

/// The turn as the request wants it, whole or streamed.
pub(super) fn tell(request: &Value, turn: &Turn) -> Reply {
    let play = Play::Whole(turn.clone());
    if request["stream"] == true {
        return stream(&play, request);
    }
    whole(&play, request)
}

fn chat(body: &Value) -> Reply {
    match request::read(body).and_then(|heard| play(&heard)) {
        Err(fault) => refusal(&fault),
        Ok(play) if body["stream"] == true => stream(&play, body),
        Ok(play) => whole(&play, body),
    }
}

fn serve(served: Result<Served, Fault>) -> Reply {
    match served.map(|served| (trouble(&served.text), served.reply)) {
        Err(fault) | Ok((Some(Trouble::Refused(fault)), _)) => refusal(&fault),
        Ok((Some(Trouble::Cut), _)) => no_answer(),
        Ok((None, reply)) => json(200, reply),
    }
}

/// Where the double listens.
const PATHS: [&str; 4] = [
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/rerank",
];

/// The body of a request that is addressed and authenticated as it should be.
fn admitted(request: &Request) -> Result<Value, Fault> {
    if request.method != "POST" || !PATHS.contains(&request.path.as_str()) {
        let message = format!("Invalid URL ({} {})", request.method, request.path);
        return Err(Fault::new(FaultKind::NotFound, message));
    }
    if request.header("authorization") != Some(&format!("Bearer {API_KEY}")) {
        let message = "Incorrect API key provided. You can find your API key in your settings.";
        return Err(Fault::new(FaultKind::Unauthenticated, message));
    }
    if request.header("content-type") != Some("application/json") {
        return Err(Fault::invalid("Unsupported content type; send application/json"));
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| Fault::invalid("We could not parse the JSON body of your request."))
}

fn whole(play: &Play, request: &Value) -> Reply {
    match play {
        Play::Whole(turn) if functions::are_offered(request) => {
            json(200, functions::called(completion(turn, choices(request))))
        }
        Play::Whole(turn) => json(200, completion(turn, choices(request))),
        Play::Cut(_) => no_answer(),
        Play::Failed(_, fault) => refusal(fault),
    }
}

fn stream(play: &Play, request: &Value) -> Reply {
    let usage = request["stream_options"]["include_usage"] == true;
    let events = |turn| {
        let chunks = chunks(turn, choices(request), usage);
        if functions::are_offered(request) {
            return chunks.into_iter().map(functions::called).collect();
        }
        chunks
    };
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
        Play::Failed(turn, fault) => sse(begun(turn).into_iter().chain([error(fault)])).without_done(),
    }
}

fn choices(request: &Value) -> u64 {
    request["n"].as_u64().unwrap_or(1)
}

pub(super) fn refusal(fault: &Fault) -> Reply {
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
