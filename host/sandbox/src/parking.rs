//! Where an instance waits between the calls of one request: what has prepared an exchange also decodes its reply.
//!
//! A fresh instance costs as much as a short call in it, so one for each request instead of one for each call is worth a
//! place to wait in. It is never for another request.

use std::fmt;

use crate::instance::Place;
use crate::worlds::adapter::AdapterWorld;

/// Where an adapter's instance may wait for the next call of its request. Of no use to another plugin or request.
#[derive(Default)]
pub struct Parking {
    /// `None` if no instance may wait here.
    place: Option<Place<AdapterWorld>>,
}

// === impl Parking ===

impl Parking {
    /// Room for one instance, for the calls of one request. The default is no room: each call has a fresh instance.
    #[must_use]
    pub fn for_a_request() -> Self {
        Self {
            place: Some(Place::new()),
        }
    }

    /// Drops the instance, such as before a long wait.
    pub fn clear(&self) {
        if let Some(place) = &self.place {
            place.clear();
        }
    }

    pub(crate) fn place(&self) -> Option<&Place<AdapterWorld>> {
        self.place.as_ref()
    }
}

impl fmt::Debug for Parking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parking").finish_non_exhaustive()
    }
}
