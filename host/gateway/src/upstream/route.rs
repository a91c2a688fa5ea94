//! How a provider's upstream is reached: the time to connect, the certificates to trust, and the proxies on the way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::proxy::Proxies;

/// The way to an upstream. Equal routes are one, so that their requests share connections.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// For look-up, TCP, TLS and proxy together.
    pub(super) connect_timeout: Duration,
    /// Certificates to trust besides the machine's, as PEM text; empty for none.
    pub(super) certificates: String,
    /// Whether names must lead to addresses that all of the internet reaches.
    pub(super) public_only: bool,
    proxies: Proxies,
}

/// Every route of this process. There are as many as there are different ways in its configurations.
static ROUTES: Mutex<Vec<Arc<Route>>> = Mutex::new(Vec::new());

// === impl Route ===

impl Route {
    /// A direct route, with this limit on the time to connect.
    pub(crate) fn direct(connect_timeout: Duration) -> Self {
        Self {
            connect_timeout,
            certificates: String::new(),
            public_only: false,
            proxies: Proxies::default(),
        }
    }

    /// The same, with certificates to trust besides the machine's, as PEM text.
    #[must_use]
    pub(crate) fn trusting(self, certificates: &str) -> Self {
        let certificates = certificates.to_owned();
        Self { certificates, ..self }
    }

    /// The same, by way of these proxies.
    #[must_use]
    pub(crate) fn through(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// The same, to public addresses only: its URL is the word of somebody who may not reach into this network.
    #[must_use]
    pub(crate) fn public_only(self) -> Self {
        Self {
            public_only: true,
            ..self
        }
    }

    pub(super) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// The one copy of this route.
    pub(super) fn shared(self) -> Arc<Self> {
        let mut routes = ROUTES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.iter().find(|known| ***known == self) {
            return Arc::clone(known);
        }
        let route = Arc::new(self);
        routes.push(Arc::clone(&route));
        route
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_routes_are_one() {
        let route = || Route::direct(Duration::from_millis(1_234)).trusting("a");
        assert!(Arc::ptr_eq(&route().shared(), &route().shared()));
        let other = route().trusting("b").shared();
        assert!(!Arc::ptr_eq(&route().shared(), &other));
    }
}
