//! Outcomes as text, in the form of the SDK's snapshots: whatever runs a case, natively or in the sandbox, shows the same.

use jackfield_sandbox::contract::{Answer, Body, Exchange, Failure, Payload, Prepared, Step};
use jackfield_sandbox::shapes::{Changes, Refusal, Verdict};
use serde_json::{Map, Value, json};

use crate::sandboxed::Fault;

/// An answer's chunks one per line, anything else as indented JSON.
pub fn prepared(prepared: &Prepared) -> String {
    let shown = match prepared {
        Prepared::Answer(Answer::Chunks(lines)) => return String::from_utf8_lossy(lines).trim_end().to_owned(),
        Prepared::Answer(Answer::Whole(reply)) => json!({ "answer": given(reply) }),
        Prepared::Exchange(exchange) => json!({ "exchange": self::exchange(exchange) }),
    };
    format!("{shown:#}")
}

/// The step after a buffered reply, as indented JSON.
pub fn step(step: &Step) -> String {
    let shown = match step {
        Step::Done(reply) => json!({ "done": given(reply) }),
        Step::Canonical => json!("canonical"),
        Step::Again(exchange) => json!({ "again": self::exchange(exchange) }),
    };
    format!("{shown:#}")
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
        shown["detail"] = payload(&failure.detail);
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
pub fn lines(values: &[Value]) -> String {
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    lines.join("\n")
}

/// Omits defaults, so that a snapshot shows only what the adapter chose.
fn exchange(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("request", format!("{} {}", request.method, request.path).into());
    if !request.headers.is_empty() {
        let headers = request.headers.iter();
        let headers = headers.map(|header| (header.name.clone(), header.value.clone().into()));
        put("headers", Value::Object(headers.collect()));
    }
    put("body", body(&request.body));
    put("framing", exchange.framing.clone().into());
    put("dialect", exchange.dialect.clone().into());
    if !exchange.state.is_empty() {
        put("state", payload(&exchange.state));
    }
    if exchange.delay_ms > 0 {
        put("delay_ms", exchange.delay_ms.into());
    }
    if !exchange.more.is_empty() {
        put("more", payload(&exchange.more));
    }
    Value::Object(shown)
}

/// A body for the client: alone, if it is JSON and nothing else is said.
fn given(given: &Payload) -> Value {
    let body = payload(&given.body);
    if given.media_type.is_empty() && given.more.is_empty() {
        return body;
    }
    json!({ "media_type": given.media_type, "body": body, "more": payload(&given.more) })
}

fn body(body: &Body) -> Value {
    match body {
        Body::Empty => json!("empty"),
        Body::Original => json!("original"),
        Body::Patch(members) => json!({ "patch": payload(members) }),
        Body::Bytes(bytes) => json!({ "bytes": payload(bytes) }),
    }
}

/// The bytes as JSON, or as text if they are not JSON.
fn payload(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
