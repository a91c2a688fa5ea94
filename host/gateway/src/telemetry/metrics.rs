//! What is counted for Prometheus: a sink that counts each request's record, and the text of a scrape.
//!
//! Reading order: [`family`] and [`families`] (what there is), [`requests`] (what a record counts in), [`table`],
//! [`striped`] and [`histogram`] (without locks), [`exposition`] (what a scrape shows). What is not counted but read at
//! the scrape comes from `edge::metrics`.

#![expect(
    clippy::cast_precision_loss,
    reason = "samples are floating-point numbers, by the format"
)]

mod exposition;
pub(crate) mod families;
mod family;
mod histogram;
mod requests;
mod striped;
mod table;

use std::collections::BTreeSet;
use std::time::SystemTime;

pub(crate) use self::exposition::Exposition;
pub use self::family::{Family, Kind};
use self::requests::Requests;
use self::table::OTHER;
use crate::record::RequestRecord;
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::Used;

/// What is counted over all requests of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Requests,
    /// When the process started.
    started: SystemTime,
}

/// The names that a configuration has, as values of labels.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// The models that clients may ask for.
    pub(crate) models: BTreeSet<&'a str>,
    /// The providers.
    pub(crate) providers: BTreeSet<&'a str>,
    /// What upstreams call models.
    pub(crate) upstream_models: BTreeSet<&'a str>,
}

// === impl Metrics ===

impl Metrics {
    /// Nothing counted yet, in up to `most` series of each table.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            requests: Requests::new(most),
            started: SystemTime::now(),
        }
    }

    /// Counts a request that has ended, and used this. Waits for nobody.
    pub(crate) fn count(&self, record: &RequestRecord, used: Option<&Used>) {
        self.requests.count(record, used);
    }

    /// Shows what was counted, and forgets what the configuration does not name any more.
    pub(crate) fn show(&self, names: &Names<'_>, page: &mut Exposition) {
        self.requests.forget(names);
        self.requests.show(page);
        page.one(families::STARTED, unix_millis(self.started) as f64 / 1e3);
    }
}

// === impl Names ===

impl Names<'_> {
    fn has_model(&self, model: &str) -> bool {
        model.is_empty() || model == OTHER || self.models.contains(model)
    }

    fn has_provider(&self, provider: &str) -> bool {
        provider.is_empty() || provider == OTHER || self.providers.contains(provider)
    }

    fn has_upstream_model(&self, model: &str) -> bool {
        model.is_empty() || model == OTHER || self.upstream_models.contains(model)
    }
}
