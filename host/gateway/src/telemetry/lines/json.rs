//! An event as one JSON object on a line: `timestamp`, `level`, `message` and the other fields, `target`.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{OF_LOG, limit, now, write_escaped};
use jackfield_config::escaped::cut;

/// Formats events for programs.
pub(in crate::telemetry) struct JsonLine;

/// The members of one event's object on their way to its line.
struct Members<'w, 'a> {
    out: &'a mut Writer<'w>,
    limit: usize,
}

// === impl JsonLine ===

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or(event.metadata());
        write!(out, r#"{{"timestamp":"{}","level":"{}""#, now()?, metadata.level())?;
        let mut members = Members {
            out: &mut out,
            limit: limit(metadata),
        };
        event.record(&mut members);
        members.add("target", metadata.target());
        out.write_str("}\n")
    }
}

// === impl Members ===

impl Members<'_, '_> {
    fn add(&mut self, name: &str, value: impl Into<serde_json::Value>) {
        if !name.starts_with(OF_LOG) {
            let _ = write!(self.out, r#","{name}":{}"#, value.into());
        }
    }
}

impl Visit for Members<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        write_escaped(&mut text, value, self.limit);
        self.add(field.name(), text);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), cut(value, self.limit));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }
}
