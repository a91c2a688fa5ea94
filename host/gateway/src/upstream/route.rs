//! How a provider's upstream is reached: the time to connect, how connections are kept, the certificates to trust, and the
//! proxies on the way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Intercept;
use jackfield_config::{ConnectionsConfig, HttpVersion};

use super::proxy::Proxies;

/// The way to an upstream. Equal routes are one, so that their requests share connections.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// For look-up, TCP, TLS and proxy together.
    pub(super) connect_timeout: Duration,
    /// How connections are kept. Those of a route with other values are others, so a change counts for new ones.
    pub(super) connections: ConnectionsConfig,
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
            connections: ConnectionsConfig::default(),
            certificates: String::new(),
            public_only: false,
            proxies: Proxies::default(),
        }
    }

    /// The same, whose connections are kept so.
    #[must_use]
    pub(crate) fn keeping(self, connections: ConnectionsConfig) -> Self {
        Self { connections, ..self }
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

    /// The proxy through which requests to `uri` are tunnelled (RFC 9110, section 9.3.6).
    pub(super) fn tunnel(&self, uri: &Uri) -> Option<Intercept> {
        self.proxies.to(uri).filter(|_| self.needs_tunnel(uri))
    }

    /// The proxy's credential, if requests to `uri` themselves have to carry it: there is a proxy, and no tunnel through it.
    pub(super) fn authorization(&self, uri: &Uri) -> Option<HeaderValue> {
        if self.needs_tunnel(uri) {
            return None;
        }
        self.proxies.authorization(uri)
    }

    /// Whether a proxy gets requests to `uri` in a tunnel: those with TLS, and those of an HTTP/2 that it may not speak itself.
    fn needs_tunnel(&self, uri: &Uri) -> bool {
        uri.scheme_str() == Some("https") || self.connections.http_version == HttpVersion::Http2
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
    use jackfield_config::{ProxyConfig, Secret};

    use super::*;

    #[test]
    fn equal_routes_are_one() {
        let route = || Route::direct(Duration::from_millis(1_234)).trusting("a");
        assert!(Arc::ptr_eq(&route().shared(), &route().shared()));
        let other = route().trusting("b").shared();
        assert!(!Arc::ptr_eq(&route().shared(), &other));
        let short = ConnectionsConfig {
            idle_timeout: Duration::from_millis(1),
            ..ConnectionsConfig::default()
        };
        assert!(!Arc::ptr_eq(&route().shared(), &route().keeping(short).shared()));
        assert!(Arc::ptr_eq(
            &route().shared(),
            &route().keeping(ConnectionsConfig::default()).shared()
        ));
    }

    #[test]
    fn what_is_tunnelled_carries_no_credential_of_the_proxy() {
        let route = |http_version| {
            let proxies = Proxies::new(&ProxyConfig {
                http: Some(Secret::new("http://user:word@proxy.example")),
                ..ProxyConfig::default()
            });
            let connections = ConnectionsConfig {
                http_version,
                ..ConnectionsConfig::default()
            };
            Route::direct(Duration::from_secs(1))
                .keeping(connections)
                .through(proxies)
        };
        let uri = Uri::from_static("http://a.example/v1");
        let plain = route(HttpVersion::Auto);
        assert!(plain.tunnel(&uri).is_none() && plain.authorization(&uri).is_some());
        let http2 = route(HttpVersion::Http2);
        assert!(http2.tunnel(&uri).is_some() && http2.authorization(&uri).is_none());
    }
}
