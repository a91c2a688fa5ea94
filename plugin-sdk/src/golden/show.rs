//! Formats an adapter's decisions as text for snapshots.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::bindings::jackfield::plugin::types as wit;
use crate::{Failure, FailureClass, FailureDetail};

/// An answer's chunks one per line, anything else as indented JSON.
pub(super) fn prepared_text(prepared: wit::Prepared) -> String {
    match prepared {
        wit::Prepared::Answer(wit::Answer::Chunks(lines)) => String::from_utf8_lossy(&lines).trim_end().to_owned(),
        other => pretty(&self::prepared(other)),
    }
}

pub(super) fn prepared(prepared: wit::Prepared) -> Value {
    match prepared {
        wit::Prepared::Exchange(exchange) => json!({ "exchange": self::exchange(exchange) }),
        wit::Prepared::Answer(wit::Answer::Whole(reply)) => json!({ "answer": given(&reply) }),
        wit::Prepared::Answer(wit::Answer::Chunks(lines)) => {
            let chunks = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            json!({ "answer_chunks": chunks.map(payload).collect::<Vec<_>>() })
        }
    }
}

pub(super) fn step(step: wit::Step) -> Value {
    match step {
        wit::Step::Done(reply) => json!({ "done": given(&reply) }),
        wit::Step::Canonical => json!("canonical"),
        wit::Step::Again(exchange) => json!({ "again": self::exchange(exchange) }),
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

pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

pub(super) fn lines(values: &[Value]) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

/// Omits defaults, so that a snapshot shows only what the adapter chose.
fn exchange(exchange: wit::Exchange) -> Value {
    let request = exchange.request;
    let mut shown = Map::new();
    shown.insert(
        "request".to_owned(),
        json!(format!("{} {}", request.method, request.path)),
    );
    if !request.headers.is_empty() {
        let headers = request
            .headers
            .into_iter()
            .map(|header| (header.name, header.value.into()));
        shown.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    shown.insert("body".to_owned(), body(request.body));
    shown.insert("framing".to_owned(), exchange.framing.into());
    shown.insert("dialect".to_owned(), exchange.dialect.into());
    if !exchange.state.is_empty() {
        shown.insert("state".to_owned(), payload(&exchange.state));
    }
    if exchange.delay_ms > 0 {
        shown.insert("delay_ms".to_owned(), exchange.delay_ms.into());
    }
    if !exchange.more.is_empty() {
        shown.insert("more".to_owned(), payload(&exchange.more));
    }
    Value::Object(shown)
}

/// A body for the client: alone, if it is JSON and nothing else is said.
fn given(given: &wit::Payload) -> Value {
    let body = payload(&given.body);
    if given.media_type.is_empty() && given.more.is_empty() {
        return body;
    }
    json!({ "media_type": given.media_type, "body": body, "more": payload(&given.more) })
}

fn body(body: wit::Body) -> Value {
    match body {
        wit::Body::Empty => json!("empty"),
        wit::Body::Original => json!("original"),
        wit::Body::Patch(members) => json!({ "patch": payload(&members) }),
        wit::Body::Bytes(bytes) => json!({ "bytes": payload(&bytes) }),
    }
}

/// The bytes as JSON, or as text if they are not JSON.
fn payload(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
