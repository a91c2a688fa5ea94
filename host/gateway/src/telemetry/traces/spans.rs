//! The spans of a request: one for itself, one for each attempt, one for each call of a plugin. Names and attributes are
//! those of OpenTelemetry's conventions for generative AI (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>); a few of
//! `OpenInference` follow for what reads only those.

use std::time::SystemTime;

use jackfield_dialects::Operation;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use super::attributes::{Attributes, nanos};
use crate::error::Class;
use crate::record::{AttemptRecord, CacheUse, End, RequestRecord};
use crate::trace::{AttemptNote, CallNote, Notes, Trace, new_span_id};

/// The bits of a span's flags that say whether its parent is in another program
/// (`opentelemetry/proto/trace/v1/trace.proto`).
const KNOWS_PARENT: u32 = 0x100;
const REMOTE_PARENT: u32 = 0x200;

/// The flag of a trace that is recorded.
const SAMPLED: u32 = 1;

/// The spans of a request that has ended, its own first.
pub(crate) fn spans(trace: &Trace, record: &RequestRecord) -> Vec<Span> {
    let notes = std::mem::take(&mut *trace.notes());
    let now = SystemTime::now();
    let mut spans = Vec::with_capacity(1 + notes.attempts.len() + notes.calls.len());
    spans.push(of_request(trace, record, &notes, now));
    for (note, attempt) in notes.attempts.iter().zip(record.attempts.records()) {
        spans.push(of_attempt(trace, record, (note, attempt), now));
    }
    for call in &notes.calls {
        let attempt = call.attempt.checked_sub(1).and_then(|place| notes.attempts.get(place));
        let parent = attempt.map_or(trace.span_id, |attempt| attempt.span_id);
        spans.push(of_call(trace, call, parent));
    }
    spans
}

fn of_request(trace: &Trace, record: &RequestRecord, notes: &Notes, now: SystemTime) -> Span {
    let operation = operation(record.operation);
    let mut about = Attributes::default();
    about.text("gen_ai.operation.name", operation);
    about.text("gen_ai.request.model", record.model());
    about.text("openinference.span.kind", kind(record.operation));
    answered(&mut about, record, notes);
    about.some_text("error.type", record.error_type());
    about.number("http.response.status_code", record.status.map(u64::from));
    about.text("http.route", record.endpoint);
    about.some_text("user.id", record.caller.as_ref().map(|caller| &*caller.user));
    about.text("jackfield.request_id", &record.id);
    about.text("jackfield.outcome", record.outcome());
    about.some_text("jackfield.cache", record.cache_use().map(CacheUse::as_str));
    about.flag("jackfield.stream", record.stream);
    about.number("jackfield.attempts", Some(record.attempts.records().len() as u64));
    about.number("jackfield.generation", Some(record.generation));
    if notes.more_calls > 0 {
        about.number("jackfield.plugin.calls_without_span", Some(notes.more_calls.into()));
    }
    content(&mut about, record, notes);
    let parent = trace.parent.unwrap_or_default();
    Span {
        parent_span_id: trace.parent.map(Vec::from).unwrap_or_default(),
        flags: SAMPLED | KNOWS_PARENT | if parent == [0; 8] { 0 } else { REMOTE_PARENT },
        name: named(operation, record.model()),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: nanos(record.received_at),
        end_time_unix_nano: nanos(now),
        attributes: about.finish(),
        events: first_content(record),
        status: Some(status(record)),
        ..span(trace, trace.span_id)
    }
}

/// What is known once a target was tried: who answered, how, and with how many tokens.
fn answered(about: &mut Attributes, record: &RequestRecord, notes: &Notes) {
    let attempts = record.attempts.records();
    let Some(decisive) = record.attempts.decisive() else {
        return;
    };
    about.text("gen_ai.provider.name", &decisive.known_as);
    let place = attempts.iter().position(|attempt| std::ptr::eq(attempt, decisive));
    server(about, place.and_then(|place| notes.attempts.get(place)));
    if !record.answered {
        return;
    }
    let usage = &record.usage;
    let model = record.served_model().unwrap_or(&decisive.model);
    about.text("gen_ai.response.model", model);
    about.some_text("gen_ai.response.id", notes.told.id.as_deref());
    about.texts("gen_ai.response.finish_reasons", &notes.told.finish_reasons);
    about.number("gen_ai.usage.input_tokens", usage.input_tokens);
    about.number("gen_ai.usage.output_tokens", usage.output_tokens);
    about.number("gen_ai.usage.cache_read.input_tokens", usage.cached_tokens);
    about.number("gen_ai.usage.cache_creation.input_tokens", usage.cache_write_tokens);
    about.number("gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens);
    let first = record.first_content.map(|first| first.duration_since(record.received));
    about.fraction(
        "gen_ai.response.time_to_first_chunk",
        first.map(|first| first.as_secs_f64()),
    );
    about.text("llm.model_name", model);
    about.number("llm.token_count.prompt", usage.input_tokens);
    about.number("llm.token_count.completion", usage.output_tokens);
    let total = usage.input_tokens.zip(usage.output_tokens);
    about.number(
        "llm.token_count.total",
        total.map(|(input, output)| input.saturating_add(output)),
    );
}

/// What was asked and answered, if that is wanted.
fn content(about: &mut Attributes, record: &RequestRecord, notes: &Notes) {
    let texts = [("input", notes.input.as_deref()), ("output", notes.output.as_deref())];
    for (name, text) in texts {
        if let Some(text) = text {
            about.text(&format!("{name}.value"), text);
            // What was cut is no JSON any more.
            let whole = text.ends_with('}') || text.ends_with(']');
            let media_type = if whole { "application/json" } else { "text/plain" };
            about.text(&format!("{name}.mime_type"), media_type);
        }
    }
    if notes.output.is_none() && record.stream && !notes.told.text.is_empty() {
        about.text("output.value", &notes.told.text);
        about.text("output.mime_type", "text/plain");
    }
}

fn of_attempt(
    trace: &Trace,
    record: &RequestRecord,
    (note, attempt): (&AttemptNote, &AttemptRecord),
    now: SystemTime,
) -> Span {
    let operation = operation(record.operation);
    let mut about = Attributes::default();
    about.text("gen_ai.operation.name", operation);
    about.text("gen_ai.provider.name", &attempt.known_as);
    about.text("gen_ai.request.model", &attempt.model);
    about.text("openinference.span.kind", "CHAIN");
    about.text("jackfield.provider", &attempt.provider);
    server(&mut about, Some(note));
    about.number("http.response.status_code", attempt.status.map(u64::from));
    about.some_text("error.type", attempt.failed.map(Class::as_str));
    // A stream that answers goes on after its first content, where the attempt counts as successful.
    let streams = attempt.failed.is_none() && record.stream;
    let end = if streams { now } else { note.at + attempt.elapsed };
    let status = attempt.failed.map(|class| failed(class.as_str()));
    Span {
        parent_span_id: trace.span_id.into(),
        name: named(operation, &attempt.model),
        kind: SpanKind::Client.into(),
        start_time_unix_nano: nanos(note.at),
        end_time_unix_nano: nanos(end),
        attributes: about.finish(),
        status: Some(status.unwrap_or_default()),
        ..span(trace, note.span_id)
    }
}

fn of_call(trace: &Trace, call: &CallNote, parent: [u8; 8]) -> Span {
    let mut about = Attributes::default();
    about.text("jackfield.plugin.function", call.function);
    about.text("openinference.span.kind", "TOOL");
    Span {
        parent_span_id: parent.into(),
        name: format!("plugin {}", call.function),
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: nanos(call.until).saturating_sub(u64::try_from(call.took.as_nanos()).unwrap_or(0)),
        end_time_unix_nano: nanos(call.until),
        attributes: about.finish(),
        ..span(trace, new_span_id())
    }
}

/// What all spans of a trace have in common.
fn span(trace: &Trace, id: [u8; 8]) -> Span {
    Span {
        trace_id: trace.id.into(),
        span_id: id.into(),
        trace_state: trace.state.clone(),
        flags: SAMPLED | KNOWS_PARENT,
        ..Span::default()
    }
}

fn server(about: &mut Attributes, note: Option<&AttemptNote>) {
    if let Some((host, port)) = note.and_then(|note| note.server.as_ref()) {
        about.text("server.address", host);
        about.number("server.port", port.map(u64::from));
    }
}

fn first_content(record: &RequestRecord) -> Vec<Event> {
    let first = record.first_content.map(|first| first.duration_since(record.received));
    let event = first.map(|first| Event {
        time_unix_nano: nanos(record.received_at + first),
        name: "gen_ai.first_chunk".to_owned(),
        ..Event::default()
    });
    event.into_iter().collect()
}

/// The words of an error may quote a prompt: its class or its code says enough.
fn status(record: &RequestRecord) -> Status {
    match &record.end {
        End::Complete | End::HungUp | End::Killed => Status::default(),
        End::BrokeOff(_) | End::Untaken(_) | End::Refused(_) | End::Failed(..) => {
            failed(record.error_type().unwrap_or_default())
        }
    }
}

fn failed(what: &str) -> Status {
    Status {
        message: what.to_owned(),
        code: StatusCode::Error.into(),
    }
}

fn named(operation: &str, model: &str) -> String {
    format!("{operation} {model}").trim_end().to_owned()
}

/// The name by the conventions, if they have one.
fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Completion => "text_completion",
        other => other.as_str(),
    }
}

/// The kind by `OpenInference`.
fn kind(operation: Operation) -> &'static str {
    match operation {
        Operation::Embeddings => "EMBEDDING",
        Operation::Rerank => "RERANKER",
        _ => "LLM",
    }
}
