//! The sinks that read the record of an ended request: first the ledger, then the metrics and the trace, then the log and
//! its file.

mod ledger;
mod log;
mod request_log;

use std::path::PathBuf;
use std::sync::Arc;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger::Ledger;
use jackfield_accounting::limits::Taken;

use self::ledger::Amounts;
pub(crate) use self::request_log::RequestLog;
use super::metrics::Metrics;
use super::traces;
use crate::record::RequestRecord;

/// The sinks for all requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sinks {
    /// The ledger; `None` without a database.
    ledger: Option<Arc<Ledger>>,
    /// What is counted; `None` if nothing is.
    metrics: Option<Arc<Metrics>>,
    /// The file with a line of each request; `None` without one.
    request_log: Option<Arc<RequestLog>>,
}

// === impl Sinks ===

impl Sinks {
    /// The log, and the ledger if there is one.
    pub(crate) fn new(ledger: Option<Arc<Ledger>>) -> Self {
        Self {
            ledger,
            ..Self::default()
        }
    }

    /// The same, and these metrics if there are some.
    pub(crate) fn with_metrics(self, metrics: Option<Arc<Metrics>>) -> Self {
        Self { metrics, ..self }
    }

    /// The same, and this file if there is one.
    pub(crate) fn with_request_log(self, request_log: Option<Arc<RequestLog>>) -> Self {
        Self { request_log, ..self }
    }

    /// The file with a line of each request; `None` without one.
    pub(crate) fn request_log(&self) -> Option<&Arc<RequestLog>> {
        self.request_log.as_ref()
    }

    /// What is counted; `None` if nothing is.
    pub(crate) fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// Whether the rows of further requests will be on the disk.
    pub(crate) fn are_durable(&self) -> bool {
        self.ledger.as_ref().is_none_or(|ledger| ledger.is_durable())
    }

    /// How many rows the database has refused, and the file that holds them; `None` without a database.
    pub(crate) fn set_aside(&self) -> Option<(u64, PathBuf)> {
        self.ledger.as_ref().map(|ledger| ledger.set_aside())
    }

    /// How many rows are not in the database yet, and how many are lost; `None` without a database.
    pub(crate) fn backlog(&self) -> Option<(u64, u64)> {
        self.ledger.as_ref().map(|ledger| ledger.backlog())
    }

    /// Settles a request: charges its caller, or refunds the quota if no attempt has spent it, and passes the record to
    /// each sink. Call it once, before the last byte is sent to the client.
    /// Step 11 of a request's life (ARCHITECTURE.md).
    pub(crate) fn settle(&self, record: &mut RequestRecord) {
        let (outcome, broken_by) = (record.outcome(), record.broken_by);
        record.attempts.settle(outcome, broken_by);
        let tokens = record.counted_tokens();
        let mut used = None;
        // A request that was not admitted took nothing, and gets no row.
        if let Some(costs) = record.costs.take() {
            let asked = costs.asked;
            used = tokens.as_ref().map(|tokens| tokens.used(&record.usage, &asked));
            let charge = used
                .as_ref()
                .and_then(|used| record.price_of(used, &record.usage, &asked));
            record.charge = charge.unwrap_or(0);
            if let Some(budget) = costs.budget {
                budget.settle(record.charge, unix_millis(record.received_at));
            }
            if let Some(ledger) = &self.ledger {
                let amounts = Amounts {
                    tokens,
                    used,
                    image_kind: asked.image_kind,
                    request_cost: costs.request_cost,
                };
                ledger::write(ledger, record, &amounts, costs.hold);
            }
            if tokens.is_some_and(|tokens| tokens.doubtful) {
                log::doubt(record);
            }
            let taken = costs.taken.into_iter().chain(costs.taken_of_key);
            if !record.keeps_quota() {
                taken.for_each(Taken::refund);
            }
        }
        if let Some(metrics) = &self.metrics {
            // What comes from the cache uses nothing of anybody's.
            metrics.count(record, used.as_ref().filter(|_| !record.is_from_cache()));
        }
        if let Some(trace) = record.spent.trace().filter(|trace| trace.sampled) {
            trace.tracer.submit(traces::spans(trace, record));
        }
        log::write(record);
        if let Some(file) = &self.request_log {
            file.write(record);
        }
    }
}
