//! The spans of a request: one for itself, one for each attempt, one for each call of a plugin. Names and attributes are
//! those of OpenTelemetry's conventions for generative AI (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>); a few of
//! `OpenInference` follow for what reads only those.

use std::time::SystemTime;

use jackfield_dialects::Operation;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde::de::IgnoredAny;

use super::about::{About, REMOTE_PARENT};
use super::attributes::{Attributes, nanos};
use super::fields::{event as event_fields, scope_spans, span as span_fields};
use super::protobuf::Message;
use crate::error::Class;
use crate::record::{AttemptRecord, CacheUse, End, RequestRecord};
use crate::trace::{AttemptNote, CallNote, Callee, Notes, Spans, Trace, new_span_id};

/// Room for the spans of most requests.
const ROOM: usize = 2 << 10;

/// The spans of a request that has ended, its own first.
pub(crate) fn spans(trace: &Trace, record: &RequestRecord) -> Spans {
    let notes = std::mem::take(&mut *trace.notes());
    let now = SystemTime::now();
    let mut spans = Message::with_capacity(ROOM);
    let mut count = 1;
    spans.large_message(scope_spans::SPANS, |span| of_request(span, trace, record, &notes, now));
    for (note, attempt) in notes.attempts.iter().zip(record.attempts.records()) {
        spans.large_message(scope_spans::SPANS, |span| {
            of_attempt(span, trace, record, (note, attempt), now);
        });
        count += 1;
    }
    for call in &notes.calls {
        spans.large_message(scope_spans::SPANS, |span| of_call(span, trace, call, &notes.attempts));
        count += 1;
    }
    Spans {
        count,
        encoded: spans.finish(),
    }
}

fn of_request(span: &mut Message, trace: &Trace, record: &RequestRecord, notes: &Notes, now: SystemTime) {
    let operation = operation(record.operation);
    let is_remote = trace.parent.is_some_and(|parent| parent != [0; 8]);
    let about = About {
        id: trace.span_id,
        parent: trace.parent,
        flags: if is_remote { REMOTE_PARENT } else { 0 },
        name: (operation, record.model()),
        kind: SpanKind::Server,
        start: nanos(record.received_at),
        end: nanos(now),
        failed: failed(record),
    };
    let mut about = about.write(span, trace);
    about.text("gen_ai.operation.name", operation);
    // The span's name has none that does not exist, because collectors group by names.
    let refused = || notes.refused_model.as_deref().unwrap_or_default();
    let model = record.model.as_deref().unwrap_or_else(refused);
    about.text("gen_ai.request.model", model);
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
    first_content(span, record);
}

/// What is known once a target was tried: who answered, how, and with how many tokens.
fn answered(about: &mut Attributes<'_>, record: &RequestRecord, notes: &Notes) {
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
    about.text("llm.provider", &decisive.known_as);
    about.number("llm.token_count.prompt", usage.input_tokens);
    about.number("llm.token_count.prompt_details.cache_read", usage.cached_tokens);
    about.number("llm.token_count.prompt_details.cache_write", usage.cache_write_tokens);
    about.number("llm.token_count.completion", usage.output_tokens);
    about.number("llm.token_count.completion_details.reasoning", usage.reasoning_tokens);
    let total = usage.input_tokens.zip(usage.output_tokens);
    about.number(
        "llm.token_count.total",
        total.map(|(input, output)| input.saturating_add(output)),
    );
}

/// What was asked and answered, if that is wanted.
fn content(about: &mut Attributes<'_>, record: &RequestRecord, notes: &Notes) {
    let texts = [("input", notes.input.as_deref()), ("output", notes.output.as_deref())];
    for (name, text) in texts {
        if let Some(text) = text {
            about.text(&format!("{name}.value"), text);
            // What was cut is no JSON any more.
            let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
            let media_type = if is_json { "application/json" } else { "text/plain" };
            about.text(&format!("{name}.mime_type"), media_type);
        }
    }
    if notes.output.is_none() && record.stream && !notes.told.text.is_empty() {
        about.text("output.value", &notes.told.text);
        about.text("output.mime_type", "text/plain");
    }
}

fn of_attempt(
    span: &mut Message,
    trace: &Trace,
    record: &RequestRecord,
    (note, attempt): (&AttemptNote, &AttemptRecord),
    now: SystemTime,
) {
    let operation = operation(record.operation);
    // A stream that answers goes on after its first content, where the attempt counts as successful.
    let streams = attempt.failed.is_none() && record.stream;
    let end = if streams { now } else { note.at + attempt.elapsed };
    let failed = attempt.failed.or(attempt.broken_by).map(Class::as_str);
    let about = About {
        id: note.span_id,
        parent: Some(trace.span_id),
        flags: 0,
        name: (operation, &attempt.model),
        kind: SpanKind::Client,
        start: nanos(note.at),
        end: nanos(end),
        failed,
    };
    let mut about = about.write(span, trace);
    about.text("gen_ai.operation.name", operation);
    about.text("gen_ai.provider.name", &attempt.known_as);
    about.text("gen_ai.request.model", &attempt.model);
    about.text("openinference.span.kind", "CHAIN");
    about.text("jackfield.provider", &attempt.provider);
    server(&mut about, Some(note));
    about.number("http.response.status_code", attempt.status.map(u64::from));
    about.some_text("error.type", failed);
    about.text("jackfield.outcome", attempt.outcome());
}

fn of_call(span: &mut Message, trace: &Trace, call: &CallNote, attempts: &[AttemptNote]) {
    let until = nanos(call.until);
    let (what, attempt) = match &call.callee {
        Callee::Adapter(number) => ("plugin", number.checked_sub(1).and_then(|place| attempts.get(place))),
        Callee::Shaper(_) => ("shaper", None),
    };
    let about = About {
        id: new_span_id(),
        parent: Some(attempt.map_or(trace.span_id, |attempt| attempt.span_id)),
        flags: 0,
        name: (what, call.function),
        kind: SpanKind::Internal,
        start: until.saturating_sub(u64::try_from(call.took.as_nanos()).unwrap_or(0)),
        end: until,
        failed: call.failed,
    };
    let mut about = about.write(span, trace);
    let kind = match &call.callee {
        Callee::Adapter(_) => {
            about.some_text(
                "jackfield.plugin",
                attempt.and_then(|attempt| attempt.plugin.as_deref()),
            );
            about.text("jackfield.plugin.function", call.function);
            "CHAIN"
        }
        Callee::Shaper(name) => {
            about.text("jackfield.shaper", name);
            "GUARDRAIL"
        }
    };
    about.text("openinference.span.kind", kind);
    about.some_text("error.type", call.failed);
}

fn server(about: &mut Attributes<'_>, note: Option<&AttemptNote>) {
    if let Some(server) = note.and_then(|note| note.server.as_ref()) {
        about.text("server.address", &server.host);
        about.number("server.port", Some(server.port.into()));
    }
}

fn first_content(span: &mut Message, record: &RequestRecord) {
    if let Some(first) = record.first_content.map(|first| first.duration_since(record.received)) {
        span.message(span_fields::EVENTS, |event| {
            event.fixed64(event_fields::TIME, nanos(record.received_at + first));
            event.bytes(event_fields::NAME, b"gen_ai.first_chunk");
        });
    }
}

/// What failed. The words of an error may quote a prompt: its class or its code says enough.
fn failed(record: &RequestRecord) -> Option<&str> {
    match &record.end {
        End::Complete | End::HungUp | End::Killed => None,
        End::BrokeOff(_) | End::Untaken(_) | End::Refused(_) | End::Failed(..) => {
            Some(record.error_type().unwrap_or_default())
        }
    }
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
