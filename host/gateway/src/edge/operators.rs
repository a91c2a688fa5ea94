//! Which paths are the operators', and what they require.

use axum::extract::Request;
use jackfield_config::{Config, Secret};

/// The path of the metrics.
pub(super) const METRICS: &str = "/metrics";

/// Marks requests on the listener that is for scrapes alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnListener {
    /// Whether only this machine can reach it.
    pub(crate) loopback: bool,
}

/// Whether a path is the operators'. Web pages have no access to those.
pub(super) fn has(path: &str) -> bool {
    path.starts_with("/admin") || path == METRICS
}

/// The token that a request to such a path has to bring; `None` if it needs none.
pub(super) fn token<'a>(config: &'a Config, request: &Request) -> Option<&'a Secret> {
    match request.extensions().get::<OwnListener>() {
        Some(_) => config.metrics.token.as_ref(),
        None => config.server.admin.token.as_ref(),
    }
}
