//! Attributes of spans, as OTLP writes them.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};

/// The attributes of one span.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<KeyValue>);

// === impl Attributes ===

impl Attributes {
    /// Adds a text, unless it is empty.
    pub(super) fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.add(key, Value::StringValue(text.to_owned()));
        }
    }

    /// Adds a text, if there is one.
    pub(super) fn some_text(&mut self, key: &str, text: Option<&str>) {
        self.text(key, text.unwrap_or_default());
    }

    /// Adds a number, if there is one.
    pub(super) fn number(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.add(key, Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX)));
        }
    }

    /// Adds a number of seconds or of something else that is not whole, if there is one.
    pub(super) fn fraction(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.add(key, Value::DoubleValue(number));
        }
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        self.add(key, Value::BoolValue(flag));
    }

    /// Adds a list of texts, unless it is empty.
    pub(super) fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            let text = |text: &String| AnyValue {
                value: Some(Value::StringValue(text.clone())),
            };
            let values = texts.iter().map(text).collect();
            self.add(key, Value::ArrayValue(ArrayValue { values }));
        }
    }

    pub(super) fn finish(self) -> Vec<KeyValue> {
        self.0
    }

    fn add(&mut self, key: &str, value: Value) {
        self.0.push(KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        });
    }
}

/// Nanoseconds since 1970.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
