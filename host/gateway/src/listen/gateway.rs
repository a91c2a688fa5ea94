//! What all requests share.

use std::sync::Arc;

use super::Drain;
use crate::metering::Metering;
use crate::snapshot::Current;
use jackfield_accounting::callers::Directory;

/// The gateway's state: the snapshot in force and the requests under way.
pub(crate) struct Gateway {
    /// The snapshot in force.
    pub(crate) current: Arc<Current>,
    /// The requests under way.
    pub(crate) drain: Drain,
    /// Who holds which key; none if no database is kept.
    pub(crate) directory: Option<Arc<Directory>>,
    /// What requests cost their users.
    pub(crate) metering: Metering,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves what is in force.
    #[must_use]
    pub(crate) fn new(current: Arc<Current>, directory: Option<Arc<Directory>>, metering: Metering) -> Arc<Self> {
        Arc::new(Self {
            current,
            drain: Drain::default(),
            directory,
            metering,
        })
    }
}
