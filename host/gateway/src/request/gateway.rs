//! What all requests share.

use std::sync::Arc;

use super::drain::Drain;
use super::metering::Metering;
use crate::snapshot::Current;
use crate::telemetry::sinks::Sinks;
use jackfield_accounting::callers::Directory;

/// The gateway's state: the snapshot in force and the in-flight requests.
pub(crate) struct Gateway {
    /// The snapshot in force.
    pub(crate) current: Arc<Current>,
    /// The in-flight requests.
    pub(crate) drain: Drain,
    /// Who holds which key; none if no database is kept.
    pub(crate) directory: Option<Arc<Directory>>,
    /// What requests take from their users before they are routed.
    pub(crate) metering: Metering,
    /// Where requests leave their record.
    pub(crate) sinks: Sinks,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves what is in force.
    #[must_use]
    pub(crate) fn new(
        current: Arc<Current>,
        directory: Option<Arc<Directory>>,
        metering: Metering,
        sinks: Sinks,
    ) -> Arc<Self> {
        Arc::new(Self {
            current,
            drain: Drain::default(),
            directory,
            metering,
            sinks,
        })
    }
}
