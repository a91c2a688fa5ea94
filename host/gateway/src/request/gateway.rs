//! The state that all requests share.

use std::sync::Arc;

use super::drain::Drain;
use super::metering::Metering;
use crate::snapshot::Current;
use crate::telemetry::sinks::Sinks;
use jackfield_accounting::callers::Directory;

/// The gateway's state, shared by all requests and connections.
pub(crate) struct Gateway {
    /// Points to the snapshot in force.
    pub(crate) current: Arc<Current>,
    /// Counts in-flight requests.
    pub(crate) drain: Drain,
    /// Looks up keys and users; `None` without a database.
    pub(crate) directory: Option<Arc<Directory>>,
    /// Takes quota and credits from users before their requests are routed.
    pub(crate) metering: Metering,
    /// Read the record of each request.
    pub(crate) sinks: Sinks,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves from `current`.
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
