//! What all batches at work share.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Batches;
use super::seats::Seats;
use crate::request::Gateway;

/// What all batches share.
pub(super) struct Shared {
    pub(super) gateway: Arc<Gateway>,
    pub(super) seats: Seats,
    pub(super) stop: CancellationToken,
    pub(super) batches: Arc<Batches>,
}

// === impl Shared ===

impl Shared {
    /// Tells when a client has changed something.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.batches.news.subscribe()
    }
}
