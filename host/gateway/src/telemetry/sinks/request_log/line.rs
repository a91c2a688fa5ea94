//! A request's line: the fields of the log's own line.

use std::borrow::Cow;

use jackfield_accounting::clock::{millis, unix_millis};
use jackfield_accounting::ledger::utc;
use jackfield_config::escaped::cut;
use serde::Serialize;

use crate::error::Class;
use crate::record::{CacheUse, RequestRecord};

/// The most bytes of a text that somebody else wrote.
const LONGEST: usize = 1_024;

/// What is told of a request. What is not known of it is left out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Line<'a> {
    /// When it arrived.
    timestamp: String,
    request_id: &'a str,
    endpoint: &'a str,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_model: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_model: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    served_model: Option<Cow<'a, str>>,
    attempts: usize,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_status: Option<u16>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continued: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    latency_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_first_content_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shaping_ms: Option<u64>,
    generation: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Cow<'a, str>>,
    message: String,
}

// === impl Line ===

impl<'a> Line<'a> {
    pub(super) fn of(record: &'a RequestRecord) -> Self {
        let micros = u64::try_from(record.spent.plugins().as_micros()).ok();
        Self {
            timestamp: utc(unix_millis(record.received_at)),
            request_id: &record.id,
            endpoint: record.endpoint,
            operation: record.operation.as_str(),
            model: record.model.as_deref().map(short),
            asked_model: record.asked_model.as_deref().map(short),
            provider: record.attempts.provider().map(short),
            upstream_model: record.attempts.model().map(short),
            served_model: record.served_model().map(short),
            attempts: record.attempts.records().len(),
            status: record.status.unwrap_or(499),
            error_code: record.error_code,
            class: record.class().map(Class::as_str),
            upstream_status: record.upstream_status(),
            stream: record.stream,
            cache: record.cache_use().map(CacheUse::as_str),
            continued: record.continued.then_some(true),
            input_tokens: record.usage.input_tokens,
            output_tokens: record.usage.output_tokens,
            latency_ms: record.latency_ms(),
            time_to_first_content_ms: record.first_content_ms(),
            plugin_us: micros.filter(|micros| *micros > 0),
            shaping_ms: record.shaping.map(millis),
            generation: record.generation,
            user: record.caller.as_ref().map(|caller| short(&caller.user)),
            message: cut(&record.end.to_string(), LONGEST).into_owned(),
        }
    }

    /// The line, with its line feed.
    pub(super) fn written(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

fn short(text: &str) -> Cow<'_, str> {
    cut(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use jackfield_dialects::Operation;
    use schemars::schema_for;
    use tokio::time::Instant;
    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;
    use crate::telemetry::sinks::log;

    /// Takes down the names of the fields that lines of the log may have.
    #[derive(Clone, Default)]
    struct Fields(Arc<Mutex<BTreeSet<String>>>);

    impl<S: Subscriber> Layer<S> for Fields {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let names = event.metadata().fields().iter().map(|field| field.name().to_owned());
            self.0.lock().unwrap().extend(names);
        }
    }

    #[test]
    fn the_file_says_all_that_the_log_says() {
        let record = RequestRecord::new(&Arc::from("req_1"), Operation::Chat, 3, Instant::now());
        let fields = Fields::default();
        let subscriber = tracing_subscriber::registry().with(fields.clone());
        tracing::subscriber::with_default(subscriber, || log::write(&record));
        let mut logged = fields.0.lock().unwrap().clone();
        // The log's own lines begin with it.
        logged.insert("timestamp".to_owned());
        let schema = schema_for!(Line<'_>);
        let written = schema.get("properties").unwrap().as_object().unwrap();
        let written: BTreeSet<String> = written.keys().cloned().collect();
        assert_eq!(written, logged);
    }
}
