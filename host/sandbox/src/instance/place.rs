//! Room for an instance that waits for the next call of its request.

use std::sync::{Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::Instance;
use crate::worlds::World;

/// Room for one instance.
pub(crate) struct Place<W: World>(Mutex<Option<Box<Parked<W>>>>);

/// An instance that waits, and one of the places that there are for such.
struct Parked<W: World> {
    instance: Instance<W>,
    _counted: OwnedSemaphorePermit,
}

// === impl Place ===

impl<W: World> Place<W> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Lets nothing wait here any longer.
    pub(crate) fn clear(&self) {
        drop(self.take());
    }

    /// The instance that waits here.
    pub(super) fn take(&self) -> Option<Instance<W>> {
        let parked = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        parked.map(|parked| parked.instance)
    }

    /// Lets an instance wait here.
    pub(super) fn park(&self, instance: Instance<W>, counted: OwnedSemaphorePermit) {
        let parked = Parked {
            instance,
            _counted: counted,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(parked));
    }
}
