//! What one scrape shows: samples by family, and their text.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::family::{Family, Kind};
use super::histogram::Counted;

/// The media type of the text that every Prometheus reads.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// That of `OpenMetrics`, for scrapers that ask for it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The samples of one scrape.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    families: Vec<(Family, Samples)>,
}

/// The samples of one family, by the values of its labels.
pub(crate) type Samples = BTreeMap<Vec<String>, Value>;

/// The value of a sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A counter's, or a gauge's.
    Number(f64),
    /// A histogram's.
    Histogram(Counted),
}

// === impl Exposition ===

impl Exposition {
    /// Adds a family; nothing if it has no samples.
    pub(crate) fn add(&mut self, family: Family, samples: Samples) {
        debug_assert!(samples.keys().all(|labels| labels.len() == family.labels.len()));
        if !samples.is_empty() {
            self.families.push((family, samples));
        }
    }

    /// Adds a family of one sample without labels.
    pub(crate) fn one(&mut self, family: Family, value: f64) {
        self.add(family, BTreeMap::from([(Vec::new(), Value::Number(value))]));
    }

    /// Adds a family of numbers.
    pub(crate) fn numbers<L: Into<Vec<String>>>(
        &mut self,
        family: Family,
        numbers: impl IntoIterator<Item = (L, f64)>,
    ) {
        let numbers = numbers.into_iter();
        let samples = numbers.map(|(labels, number)| (labels.into(), Value::Number(number)));
        self.add(family, samples.collect());
    }

    /// The text and its media type, for a scraper that accepts these.
    ///
    /// # Errors
    /// None that can happen: a text takes all that is written to it.
    pub(crate) fn written(self, accept: &str) -> Result<(String, &'static str), fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut written = String::new();
        if accept.contains("application/openmetrics-text") {
            text::encode(&mut written, &registry)?;
            return Ok((written, OPEN_METRICS));
        }
        prometheus_text::encode(&mut written, &registry)?;
        Ok((written, PLAIN))
    }
}

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (family, samples) in &self.families {
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
            };
            let help = format!("{}.", family.help);
            let mut metric = encoder.encode_descriptor(family.name, &help, None, kind)?;
            for (labels, value) in samples {
                let labels: Vec<(&str, &str)> = family
                    .labels
                    .iter()
                    .copied()
                    .zip(labels.iter().map(String::as_str))
                    .collect();
                encode(family.kind, &mut metric.encode_family(&labels)?, value)?;
            }
        }
        Ok(())
    }
}

fn encode(kind: Kind, to: &mut MetricEncoder<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Number(number) if kind == Kind::Counter => to.encode_counter::<NoLabelSet, f64, f64>(number, None),
        Value::Number(number) => to.encode_gauge(number),
        Value::Histogram(counted) => {
            let Counted { sum, count, buckets } = counted;
            to.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)
        }
    }
}

// === impl Value ===

impl Value {
    /// Adds another sample of the same family.
    pub(super) fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Number(number), Self::Number(more)) => *number += more,
            (Self::Histogram(counted), Self::Histogram(more)) => counted.add(&more),
            _ => {}
        }
    }
}

// === impl Counted ===

impl Counted {
    fn add(&mut self, more: &Self) {
        self.sum += more.sum;
        self.count += more.count;
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&more.buckets) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::families;

    #[test]
    fn a_family_is_written_once_with_its_kind_and_escaped_labels() {
        let mut page = Exposition::default();
        page.numbers(families::CREDITS, [(["a\"b\\c".to_owned(), "p".to_owned()], 1.5)]);
        page.one(families::GENERATION, 3.0);
        page.numbers(families::PLUGIN_SLOW, Vec::<([String; 1], f64)>::new());
        let (text, media_type) = page.written("").unwrap();
        let expected = "# HELP jackfield_credits_charged_total Credits charged for requests.\n\
            # TYPE jackfield_credits_charged_total counter\n\
            jackfield_credits_charged_total{model=\"a\\\"b\\\\c\",provider=\"p\"} 1.5\n\
            # HELP jackfield_config_generation The number of the snapshot in force.\n\
            # TYPE jackfield_config_generation gauge\n\
            jackfield_config_generation 3.0\n";
        assert_eq!((text.as_str(), media_type), (expected, PLAIN));
    }

    #[test]
    fn whoever_asks_for_open_metrics_gets_its_end_mark() {
        let mut page = Exposition::default();
        page.one(families::CPU, 0.25);
        let (text, media_type) = page
            .written("application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.1")
            .unwrap();
        assert!(text.ends_with("process_cpu_seconds_total 0.25\n# EOF\n"), "{text}");
        assert_eq!(media_type, OPEN_METRICS);
    }
}
