//! A gate holds a reply back until the test opens it: pacing without a clock.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Holds writes back. Clones are the same gate; each [`Gate::open`] lets one write pass, whichever comes first.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

// === impl Gate ===

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Let one more write pass, now or when it comes.
    pub fn open(&self) {
        self.0.add_permits(1);
    }

    /// Let everything pass from now on.
    pub fn open_forever(&self) {
        self.0.close();
    }

    /// Wait for the gate to let one write pass.
    pub(super) async fn passed(self) {
        // An error means that the gate is open for ever.
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
