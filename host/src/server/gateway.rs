//! What all requests share.

use std::sync::Arc;

use super::Drain;
use crate::snapshot::Current;

/// The gateway's state: the snapshot in force and the requests under way.
#[derive(Debug)]
pub struct Gateway {
    /// The snapshot in force.
    pub current: Arc<Current>,
    /// The requests under way.
    pub drain: Drain,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves what is in force.
    #[must_use]
    pub fn new(current: Arc<Current>) -> Arc<Self> {
        Arc::new(Self {
            current,
            drain: Drain::default(),
        })
    }
}
