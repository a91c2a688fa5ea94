//! Formats an adapter's decisions as text for snapshots. The text of a body keeps the digits of its numbers.

use std::time::Duration;

use serde_json::{Value, json};

use super::indented::{indented, plain};
use crate::bindings::jackfield::plugin::types as wit;
use crate::canonical::{Extra, Json};
use crate::{Failure, FailureClass, FailureDetail};

/// An answer's chunks one per line, anything else as indented JSON.
pub(super) fn prepared_text(prepared: wit::Prepared) -> String {
    match prepared {
        wit::Prepared::Answer(wit::Answer::Chunks(lines)) => String::from_utf8_lossy(&lines).trim_end().to_owned(),
        other => pretty(&self::prepared(other)),
    }
}

pub(super) fn prepared(prepared: wit::Prepared) -> Json {
    match prepared {
        wit::Prepared::Exchange(exchange) => object("exchange", self::exchange(exchange)),
        wit::Prepared::Answer(wit::Answer::Whole(reply)) => object("answer", given(&reply)),
        wit::Prepared::Answer(wit::Answer::Chunks(lines)) => {
            let chunks = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            object("answer_chunks", Json::of(&chunks.map(payload).collect::<Vec<_>>()))
        }
    }
}

pub(super) fn step(step: wit::Step) -> Json {
    match step {
        wit::Step::Done(reply) => object("done", given(&reply)),
        wit::Step::Canonical => "canonical".into(),
        wit::Step::Again(exchange) => object("again", self::exchange(exchange)),
    }
}

/// Converts the contract's failure to the SDK's. A class unknown to the contract becomes malformed, as in the host.
pub(super) fn failure(failure: wit::Failure) -> Failure {
    let class = FailureClass::named(&failure.class).unwrap_or(FailureClass::Malformed);
    let wait = failure.retry_after_ms.map(Duration::from_millis);
    Failure::new(class, failure.message)
        .retry_after(wait)
        .detail(FailureDetail::from_json(&failure.detail))
}

pub(super) fn failure_value(failure: &Failure) -> Value {
    let mut shown = json!({ "class": failure.class.as_str(), "message": failure.message });
    if let Some(wait) = failure.retry_after {
        shown["retry_after_ms"] = json!(wait.as_millis());
    }
    if *failure.detail != FailureDetail::default() {
        shown["detail"] = json!(failure.detail);
    }
    shown
}

pub(super) fn pretty(value: &Json) -> String {
    indented(value.text())
}

pub(super) fn lines(values: &[Json]) -> String {
    let lines: Vec<String> = values.iter().map(|value| plain(value.text())).collect();
    lines.join("\n")
}

/// Omits defaults, so that a snapshot shows only what the adapter chose.
fn exchange(exchange: wit::Exchange) -> Json {
    let request = exchange.request;
    let mut shown = Extra::new();
    shown.insert("request", format!("{} {}", request.method, request.path));
    if !request.headers.is_empty() {
        let headers = request.headers.into_iter();
        let headers: Extra = headers.map(|header| (header.name, header.value.into())).collect();
        shown.insert("headers", headers);
    }
    shown.insert("body", body(request.body));
    shown.insert("framing", exchange.framing);
    shown.set("dialect", &exchange.dialect);
    if !exchange.state.is_empty() {
        shown.insert("state", payload(&exchange.state));
    }
    if exchange.delay_ms > 0 {
        shown.set("delay_ms", &exchange.delay_ms);
    }
    if !exchange.more.is_empty() {
        shown.insert("more", payload(&exchange.more));
    }
    shown.into()
}

/// A body for the client: alone, if it is JSON and nothing else is said.
fn given(given: &wit::Payload) -> Json {
    let body = payload(&given.body);
    if given.media_type.is_empty() && given.more.is_empty() {
        return body;
    }
    let mut shown = Extra::new();
    shown.insert("media_type", given.media_type.as_str());
    shown.insert("body", body);
    shown.insert("more", payload(&given.more));
    shown.into()
}

fn body(body: wit::Body) -> Json {
    match body {
        wit::Body::Empty => "empty".into(),
        wit::Body::Original => "original".into(),
        wit::Body::Patch(members) => object("patch", payload(&members)),
        wit::Body::Bytes(bytes) => object("bytes", payload(&bytes)),
    }
}

/// The bytes as JSON, or as text if they are not JSON.
fn payload(bytes: &[u8]) -> Json {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}

/// An object with one member.
fn object(name: &str, value: Json) -> Json {
    let mut object = Extra::new();
    object.insert(name, value);
    object.into()
}
