//! The wait that an upstream asked for, remembered for its target by all requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Until when an upstream asked us not to come back (`Retry-After`, RFC 9110, section 10.2.3). Like breakers, it
/// outlives snapshots.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    until: Mutex<Option<Instant>>,
}

// === impl Pause ===

impl Pause {
    /// The upstream asks for a pause until then. A longer one that is known already stays.
    pub(super) fn extend(&self, until: Instant) {
        let mut current = self.lock();
        *current = current.max(Some(until));
    }

    /// When the pause ends; `None` if there is none at `now`.
    #[must_use]
    pub(crate) fn until(&self, now: Instant) -> Option<Instant> {
        self.lock().filter(|until| now < *until)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        // A plain value, valid even if a thread panicked while it held the lock.
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
