//! The log sink: one line per request, and another for a slow one.

use jackfield_accounting::clock::millis;

use crate::error::{Class, Severity};
use crate::record::{AttemptRecord, CacheUse, RequestRecord};

/// Writes the same fields at any level. A macro, because tracing requires the level at compile time.
macro_rules! line {
    ($level:ident, $record:expr) => {
        tracing::$level!(
            target: "jackfield::request",
            request_id = &*$record.id,
            endpoint = $record.endpoint,
            operation = $record.operation.as_str(),
            model = $record.model.as_deref(),
            asked_model = $record.asked_model.as_deref(),
            provider = $record.attempts.provider(),
            upstream_model = $record.attempts.model(),
            served_model = $record.served_model(),
            attempts = $record.attempts.records().len(),
            status = $record.status.unwrap_or(499),
            error_code = $record.error_code,
            class = $record.class().map(Class::as_str),
            upstream_status = $record.upstream_status(),
            stream = $record.stream,
            cache = $record.cache_use().map(CacheUse::as_str),
            continued = $record.continued.then_some(true),
            input_tokens = $record.usage.input_tokens,
            output_tokens = $record.usage.output_tokens,
            latency_ms = $record.latency_ms(),
            time_to_first_content_ms = $record.first_content_ms(),
            plugin_us = u64::try_from($record.spent.plugins().as_micros()).ok().filter(|micros| *micros > 0),
            shaping_ms = $record.shaping.map(millis),
            generation = $record.generation,
            user = $record.caller.as_ref().map(|caller| &*caller.user),
            "{}", $record.end
        )
    };
}

/// Warns that the upstream reported a usage that is impossible, so that an estimate was charged.
pub(super) fn doubt(record: &RequestRecord) {
    tracing::warn!(
        request_id = &*record.id,
        provider = record.attempts.provider(),
        upstream_model = record.attempts.model(),
        reported_input_tokens = record.usage.input_tokens,
        reported_output_tokens = record.usage.output_tokens,
        "the upstream reported an impossible usage; an estimate is charged. If the report is right, set the model's \
         `context`"
    );
}

/// Writes the request's line, at the level of its outcome.
/// Step 13 of a request's life (ARCHITECTURE.md).
pub(super) fn write(record: &RequestRecord) {
    match record.end.severity() {
        Severity::Info => line!(info, record),
        Severity::Warn => line!(warn, record),
    }
    if record.is_slow() {
        slow(record);
    }
}

/// Says where the time of a slow request went.
fn slow(record: &RequestRecord) {
    let attempts: Vec<String> = record.attempts.records().iter().map(took).collect();
    tracing::warn!(
        target: "jackfield::slow",
        request_id = &*record.id,
        endpoint = record.endpoint,
        model = record.model.as_deref(),
        provider = record.attempts.provider(),
        stream = record.stream,
        latency_ms = record.latency_ms(),
        time_to_first_content_ms = record.first_content_ms(),
        waiting_ms = millis(record.spent.waiting()),
        plugin_ms = millis(record.spent.plugins()),
        shaping_ms = record.shaping.map(millis),
        attempts = attempts.join(", "),
        "the request was slow"
    );
}

/// `crof=timeout 60000ms`.
fn took(attempt: &AttemptRecord) -> String {
    let (outcome, took) = (attempt.outcome(), millis(attempt.elapsed));
    format!("{}={outcome} {took}ms", attempt.provider)
}
