//! What the record of a request counts in, and how the families are made of that.
//!
//! A request counts in one series, whose labels are all that any family shows; a scrape adds up what a family does not
//! tell apart. So a request costs one look-up, and each of its attempts another. `series` is what one of them counts.

mod series;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use http::StatusCode;
use jackfield_accounting::credits::Used;

use self::series::{KINDS, Series, TOKENS};
use super::exposition::{Exposition, Samples, Value};
use super::histogram::{self, Histogram};
use super::table::{Labels, OTHER, Table};
use super::{Names, families};
use crate::record::{AttemptRecord, CacheUse, RequestRecord};

/// Where each label of a request's series is.
mod place {
    pub(super) const ENDPOINT: usize = 0;
    pub(super) const OPERATION: usize = 1;
    pub(super) const STREAM: usize = 2;
    pub(super) const MODEL: usize = 3;
    pub(super) const PROVIDER: usize = 4;
    pub(super) const KNOWN_AS: usize = 5;
    pub(super) const UPSTREAM_MODEL: usize = 6;
    pub(super) const STATUS: usize = 7;
    pub(super) const CLASS: usize = 8;
    pub(super) const ERROR: usize = 9;
    pub(super) const CACHE: usize = 10;
    pub(super) const COUNT: usize = 11;
}

/// The labels of families by model and provider.
const ROUTE: [usize; 2] = [place::MODEL, place::PROVIDER];

/// All that is counted of requests.
#[derive(Debug)]
pub(super) struct Requests {
    requests: Table<{ place::COUNT }, Series>,
    /// By provider, upstream's model and outcome.
    attempts: Table<3, Histogram>,
}

/// Series with their labels, as a scrape finds them.
type Found<S> = [(Vec<String>, Arc<S>)];

// === impl Requests ===

impl Requests {
    pub(super) fn new(most: usize) -> Self {
        let names = &[place::MODEL, place::PROVIDER, place::KNOWN_AS, place::UPSTREAM_MODEL];
        Self {
            requests: Table::new(most, names, Series::new),
            attempts: Table::new(most, &[0, 1], || Histogram::new(histogram::DURATIONS)),
        }
    }

    pub(super) fn count(&self, record: &RequestRecord, used: Option<&Used>) {
        let status = StatusCode::from_u16(record.status.unwrap_or(499)).unwrap_or_default();
        let decisive = record.attempts.decisive();
        let of = |name: fn(&AttemptRecord) -> &str| decisive.map_or("", name).into();
        let labels: Labels<'_, { place::COUNT }> = [
            record.endpoint.into(),
            record.operation.as_str().into(),
            if record.stream { "true" } else { "false" }.into(),
            record.listed_model.as_deref().unwrap_or(OTHER).into(),
            of(|attempt| &attempt.provider),
            of(|attempt| &attempt.known_as),
            of(|attempt| &attempt.listed_model),
            status.as_str().into(),
            record.outcome().into(),
            record.error_type().unwrap_or_default().into(),
            record.cache_use().map_or("", CacheUse::as_str).into(),
        ];
        self.requests.count(&labels, |series| series.count(record, used));
        for attempt in record.attempts.records() {
            let labels = [
                (&*attempt.provider).into(),
                (&*attempt.listed_model).into(),
                attempt.outcome().into(),
            ];
            self.attempts
                .count(&labels, |histogram| histogram.observe(attempt.elapsed));
        }
    }

    /// Forgets the series of names that the configuration does not have.
    pub(super) fn forget(&self, names: &Names<'_>) {
        self.requests.retain(|labels| {
            names.has_model(&labels[place::MODEL])
                && names.has_provider(&labels[place::PROVIDER])
                && names.has_upstream_model(&labels[place::UPSTREAM_MODEL])
        });
        self.attempts
            .retain(|labels| names.has_provider(&labels[0]) && names.has_upstream_model(&labels[1]));
    }

    pub(super) fn show(&self, page: &mut Exposition) {
        let found = self.requests.all();
        show_gen_ai(&found, page);
        show_own(&found, page);
        show_amounts(&found, page);
        let attempts = self.attempts.all();
        let counted = |histogram: &Histogram| histogram.counted();
        let number = |histogram: &Histogram| Some(Value::Number(counted(histogram)?.count as f64));
        page.add(families::ATTEMPTS, summed(&attempts, &[0, 1, 2], number));
        let whole = |histogram: &Histogram| counted(histogram).map(Value::Histogram);
        page.add(families::ATTEMPT_DURATION, summed(&attempts, &[0, 1], whole));
    }
}

fn show_gen_ai(found: &Found<Series>, page: &mut Exposition) {
    const GEN_AI: [usize; 4] = [place::OPERATION, place::KNOWN_AS, place::MODEL, place::UPSTREAM_MODEL];
    let with_error = [GEN_AI.as_slice(), &[place::ERROR]].concat();
    let of = |places: &[usize], histogram: fn(&Series) -> &Histogram| {
        summed(found, places, |series| {
            histogram(series).counted().map(Value::Histogram)
        })
    };
    page.add(families::REQUEST_DURATION, of(&with_error, |series| &series.duration));
    page.add(families::FIRST_TOKEN, of(&GEN_AI, |series| &series.first_content));
    page.add(families::PER_TOKEN, of(&GEN_AI, |series| &series.per_token));
    let input = of(&GEN_AI, |series| &series.input);
    let output = of(&GEN_AI, |series| &series.output);
    let tokens = marked(input, "input").chain(marked(output, "output"));
    page.add(families::TOKEN_USAGE, tokens.collect());
}

fn show_own(found: &Found<Series>, page: &mut Exposition) {
    let ended = [
        place::ENDPOINT,
        place::MODEL,
        place::PROVIDER,
        place::STATUS,
        place::CLASS,
    ];
    let requests = |series: &Series| Some(Value::Number(series.duration.counted()?.count as f64));
    page.add(families::REQUESTS, summed(found, &ended, requests));
    let cached: Vec<_> = found
        .iter()
        .filter(|(labels, _)| !labels[place::CACHE].is_empty())
        .cloned()
        .collect();
    page.add(
        families::CACHE_REQUESTS,
        summed(&cached, &[place::MODEL, place::CACHE], requests),
    );
    let duration = |series: &Series| series.duration.counted().map(Value::Histogram);
    page.add(
        families::DURATION,
        summed(found, &[place::ENDPOINT, place::STREAM], duration),
    );
    let first_content = |series: &Series| series.first_content.counted().map(Value::Histogram);
    page.add(families::FIRST_CONTENT, summed(found, &ROUTE, first_content));
    let per_chunk = |series: &Series| series.per_chunk.counted().map(Value::Histogram);
    page.add(families::PER_CHUNK, summed(found, &ROUTE, per_chunk));
    let overhead = |series: &Series| series.overhead.counted().map(Value::Histogram);
    page.add(
        families::OVERHEAD,
        summed(found, &[place::ENDPOINT, place::STREAM], overhead),
    );
}

/// What was used, and what it cost.
fn show_amounts(found: &Found<Series>, page: &mut Exposition) {
    let kinds = |range: std::ops::Range<usize>| {
        let kinds = range.map(|kind| (kind, KINDS[kind]));
        let of = |(kind, name): (usize, &'static str)| {
            marked(summed(found, &ROUTE, |series| number(&series.kinds[kind])), name)
        };
        kinds.flat_map(of).collect::<Samples>()
    };
    page.add(families::TOKENS, kinds(0..TOKENS));
    page.add(families::UNITS, kinds(TOKENS..KINDS.len()));
    let charged = |series: &Series| match number(&series.charged)? {
        Value::Number(micro) => Some(Value::Number(micro / 1e6)),
        histogram @ Value::Histogram(_) => Some(histogram),
    };
    page.add(families::CREDITS, summed(found, &ROUTE, charged));
}

/// The samples with one more label.
fn marked(samples: Samples, label: &'static str) -> impl Iterator<Item = (Vec<String>, Value)> {
    samples.into_iter().map(|(mut labels, value)| {
        labels.push(label.to_owned());
        (labels, value)
    })
}

/// What the series say, added up where these labels of theirs are equal.
fn summed<S>(found: &Found<S>, places: &[usize], value: impl Fn(&S) -> Option<Value>) -> Samples {
    let mut samples = Samples::new();
    for (labels, series) in found {
        let Some(value) = value(series) else { continue };
        let labels: Vec<String> = places.iter().map(|place| labels[*place].clone()).collect();
        match samples.entry(labels) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(value)),
            std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().add(value),
        }
    }
    samples
}

/// A counter's value, if there is any.
fn number(counter: &AtomicU64) -> Option<Value> {
    let count = counter.load(Relaxed);
    (count > 0).then_some(Value::Number(count as f64))
}
