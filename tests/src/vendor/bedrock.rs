//! The Bedrock-shaped double: `Converse` and `ConverseStream` as in AWS's API reference,
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

mod render;
mod request;

use serde_json::json as value;

use super::fault::{Fault, FaultKind};
use super::turn::Turn;
use super::{API_KEY, door};
use crate::upstream::{Reply, Request, aws_events, json};

pub use self::render::{events, reply};

/// The reply that says this turn, if the request is one that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    match is_streamed(request) {
        Err(fault) => refusal(&fault),
        Ok(false) => json(200, reply(turn)),
        Ok(true) => aws_events(events(turn)),
    }
}

fn is_streamed(request: &Request) -> Result<bool, Fault> {
    let body = door::body(request, "authorization", &format!("Bearer {API_KEY}"))?;
    request::check(&body)?;
    let operation = request
        .path
        .strip_prefix("/model/")
        .and_then(|path| path.split_once('/'));
    match operation {
        Some((_, "converse")) => Ok(false),
        Some((_, "converse-stream")) => Ok(true),
        _ => Err(Fault::new(FaultKind::NotFound, "UnknownOperationException")),
    }
}

/// AWS's error: its type is a header.
fn refusal(fault: &Fault) -> Reply {
    let kind = match fault.kind {
        FaultKind::Invalid => "ValidationException",
        FaultKind::Unauthenticated => "UnrecognizedClientException",
        FaultKind::NotFound => "ResourceNotFoundException",
        FaultKind::RateLimited => "ThrottlingException",
        FaultKind::Internal => "InternalServerException",
    };
    json(fault.kind.status(), value!({ "message": fault.message })).header("x-amzn-errortype", kind)
}

#[cfg(test)]
mod tests;
