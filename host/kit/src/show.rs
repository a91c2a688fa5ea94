//! Outcomes as text, in the form of the SDK's snapshots: whatever runs a case, natively or in the sandbox, shows the same.
//! The text of a body keeps the digits of its numbers.

use jackfield_sandbox::contract::{Answer, Body, Exchange, Failure, Payload, Prepared, Step};
use jackfield_sandbox::shapes::{Changes, Refusal, Verdict};
use serde_json::{Map, Value, json};

use crate::indented::plain;
use crate::sandboxed::Fault;
use crate::verbatim::Verbatim;

/// An answer's chunks one per line, anything else as indented JSON.
pub fn prepared(prepared: &Prepared) -> String {
    let shown = match prepared {
        Prepared::Answer(Answer::Chunks(lines)) => return String::from_utf8_lossy(lines).trim_end().to_owned(),
        Prepared::Answer(Answer::Whole(reply)) => Verbatim::object([("answer", given(reply))]),
        Prepared::Exchange(exchange) => Verbatim::object([("exchange", self::exchange(exchange))]),
    };
    shown.indented()
}

/// The step after a buffered reply, as indented JSON.
pub fn step(step: &Step) -> String {
    let shown = match step {
        Step::Done(reply) => Verbatim::object([("done", given(reply))]),
        Step::Canonical => "canonical".into(),
        Step::Again(exchange) => Verbatim::object([("again", self::exchange(exchange))]),
    };
    shown.indented()
}

/// The outcome of a call, of which the plugin's own failure is one.
///
/// # Errors
/// The sandbox's error.
pub fn told(outcome: Result<String, Fault>) -> Result<String, Fault> {
    match outcome {
        Err(Fault::Failure(told)) => Ok(failure(&told)),
        other => other,
    }
}

/// A failure, as indented JSON.
pub fn failure(failure: &Failure) -> String {
    let mut shown = json!({ "class": failure.class, "message": failure.message });
    if let Some(wait) = failure.retry_after_ms {
        shown["retry_after_ms"] = wait.into();
    }
    if !failure.detail.is_empty() {
        shown["detail"] = payload(&failure.detail).value();
    }
    format!("{shown:#}")
}

/// What a shaper decided, without what it left as it was.
pub fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Pass => json!("pass"),
        Verdict::Refuse(refusal) => json!({ "refuse": self::refusal(refusal) }),
        Verdict::Patch(changes) => json!({ "patch": patch(changes) }),
    }
}

/// Why a caller does not get what was asked for.
pub fn refusal(refusal: &Refusal) -> Value {
    json!({ "code": refusal.code, "message": refusal.message, "status": refusal.status })
}

fn patch(changes: &Changes) -> Value {
    let member = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let replacements = changes
        .replacements
        .iter()
        .map(|new| (new.path.clone(), new.text.clone().into()));
    let instructions = changes.instructions.iter();
    let instructions = instructions.map(|new| json!({ "place": new.place, "text": new.text }));
    let members = [
        ("parameters", member(&changes.parameters)),
        ("replacements", Value::Object(replacements.collect())),
        ("instructions", instructions.collect()),
        ("state", member(&changes.state)),
        ("more", member(&changes.more)),
    ];
    let is_said = |value: &Value| !value.is_null() && *value != json!({}) && *value != json!([]);
    let said = members.into_iter().filter(|(_, value)| is_said(value));
    Value::Object(said.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Values, one per line.
pub fn lines(values: &[Verbatim]) -> String {
    let lines: Vec<String> = values.iter().map(|value| plain(value.text())).collect();
    lines.join("\n")
}

/// Omits defaults, so that a snapshot shows only what the adapter chose.
fn exchange(exchange: &Exchange) -> Verbatim {
    let request = &exchange.request;
    let mut shown: Vec<(&str, Verbatim)> = Vec::new();
    let mut put = |name, value| shown.push((name, value));
    put("request", Verbatim::of(&format!("{} {}", request.method, request.path)));
    if !request.headers.is_empty() {
        let headers = request.headers.iter();
        let headers: Map<String, Value> = headers
            .map(|header| (header.name.clone(), header.value.clone().into()))
            .collect();
        put("headers", Verbatim::of(&headers));
    }
    put("body", body(&request.body));
    put("framing", Verbatim::of(&exchange.framing));
    put("dialect", Verbatim::of(&exchange.dialect));
    if !exchange.state.is_empty() {
        put("state", payload(&exchange.state));
    }
    if exchange.delay_ms > 0 {
        put("delay_ms", Verbatim::of(&exchange.delay_ms));
    }
    if !exchange.more.is_empty() {
        put("more", payload(&exchange.more));
    }
    Verbatim::object(shown)
}

/// A body for the client: alone, if it is JSON and nothing else is said.
fn given(given: &Payload) -> Verbatim {
    let body = payload(&given.body);
    if given.media_type.is_empty() && given.more.is_empty() {
        return body;
    }
    let media_type = Verbatim::of(&given.media_type);
    Verbatim::object([
        ("media_type", media_type),
        ("body", body),
        ("more", payload(&given.more)),
    ])
}

fn body(body: &Body) -> Verbatim {
    match body {
        Body::Empty => "empty".into(),
        Body::Original => "original".into(),
        Body::Patch(members) => Verbatim::object([("patch", payload(members))]),
        Body::Bytes(bytes) => Verbatim::object([("bytes", payload(bytes))]),
    }
}

/// The bytes as JSON, or as text if they are not JSON.
fn payload(bytes: &[u8]) -> Verbatim {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Verbatim::of(&String::from_utf8_lossy(bytes)))
}
