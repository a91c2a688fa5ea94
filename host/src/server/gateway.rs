//! What all requests share.

use std::sync::Arc;

use super::Drain;
use crate::accounts::Directory;
use crate::metering::Metering;
use crate::snapshot::Current;

/// The gateway's state: the snapshot in force and the requests under way.
pub struct Gateway {
    /// The snapshot in force.
    pub current: Arc<Current>,
    /// The requests under way.
    pub drain: Drain,
    /// Who holds which key; none if no database is kept.
    pub directory: Option<Arc<Directory>>,
    /// What requests cost their users.
    pub metering: Metering,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves what is in force.
    #[must_use]
    pub fn new(current: Arc<Current>, directory: Option<Arc<Directory>>, metering: Metering) -> Arc<Self> {
        Arc::new(Self {
            current,
            drain: Drain::default(),
            directory,
            metering,
        })
    }
}
