//! The sinks that read a request's record when it is done: the ledger first, then the log. Metrics and traces follow them.

mod ledger;
mod log;

use std::sync::Arc;

use jackfield_accounting::ledger::Ledger;

use crate::record::RequestRecord;

/// Where requests leave their record. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sinks {
    /// The ledger; none if nothing is kept.
    ledger: Option<Arc<Ledger>>,
}

// === impl Sinks ===

impl Sinks {
    /// The log, and the ledger if there is one.
    pub(crate) fn new(ledger: Option<Arc<Ledger>>) -> Self {
        Self { ledger }
    }

    /// Settles a request: charges its caller, or refunds the quota if no upstream was reached, and hands the record to
    /// each sink. To be called once, before the last byte goes to the client.
    /// Step 11 of a request's life (ARCHITECTURE.md).
    pub(crate) fn settle(&self, record: &mut RequestRecord) {
        if record.answered {
            record.charge = record.charge_for(&record.usage, record.produced_bytes);
        }
        // A request that was not admitted has taken nothing, and has no row.
        if let Some(costs) = record.costs.take() {
            if let Some(ledger) = &self.ledger {
                ledger::write(ledger, record, costs.request_cost, costs.hold);
            }
            if let Some(taken) = costs.taken.filter(|_| !record.attempts.sent()) {
                taken.refund();
            }
        }
        log::write(record);
    }
}
