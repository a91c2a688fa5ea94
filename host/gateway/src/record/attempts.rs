//! The attempts of a request, in order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jackfield_dialects::words::failures::Class;

use crate::error::Failure;

/// The attempts of a request, in order, for the ledger, the log and the attempts header.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    records: Vec<AttemptRecord>,
}

/// One attempt.
#[derive(Debug, Clone)]
pub(crate) struct AttemptRecord {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// The class of its failure; `None` if it answered or is in flight.
    pub(crate) failed: Option<Class>,
    /// Whether its upstream may have received the request.
    pub(crate) sent: bool,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

// === impl Attempts ===

impl Attempts {
    /// Records the start of an attempt at `provider`.
    pub(crate) fn begin(&mut self, provider: &Arc<str>) {
        let provider = Arc::clone(provider);
        self.records.push(AttemptRecord {
            provider,
            failed: None,
            sent: true,
            elapsed: Duration::ZERO,
        });
    }

    /// Records how the latest attempt ended.
    pub(crate) fn end(&mut self, failure: Option<&Failure>, elapsed: Duration) {
        if let Some(record) = self.records.last_mut() {
            record.failed = failure.map(|failure| failure.class);
            record.sent = failure.is_none_or(|failure| failure.sent);
            record.elapsed = elapsed;
        }
    }

    /// Adds these attempts.
    pub(crate) fn extend(&mut self, later: &Self) {
        self.records.extend_from_slice(&later.records);
    }

    /// All attempts, in order.
    #[must_use]
    pub(crate) fn records(&self) -> &[AttemptRecord] {
        &self.records
    }

    /// True if any upstream may have received the request.
    #[must_use]
    pub(crate) fn sent(&self) -> bool {
        self.records.iter().any(|record| record.sent)
    }

    /// The provider of the latest attempt.
    #[must_use]
    pub(crate) fn provider(&self) -> Option<&str> {
        self.records.last().map(|record| &*record.provider)
    }
}

impl fmt::Display for Attempts {
    /// `crof=timeout, chutes=ok`, as in the attempts header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, record) in self.records.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match record.failed {
                Some(class) => write!(f, "{comma}{}={class}", record.provider)?,
                None => write!(f, "{comma}{}=ok", record.provider)?,
            }
        }
        Ok(())
    }
}
