//! `metrics:`: what is counted for Prometheus, and who may read it.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::server::{Exposure, optional_address};
use crate::Secret;

/// What is counted for Prometheus (`GET /metrics`), and who may read it.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Whether requests are counted, and `/metrics` answers. A change takes effect at the next start. Default true.
    pub enabled: bool,
    /// An address and port for `/metrics` alone, such as `127.0.0.1:9464`. Without one, `/metrics` is where `/admin` is,
    /// for whoever may read that. A change takes effect at the next start. Default none.
    #[schemars(schema_with = "optional_address")]
    pub listen: Option<SocketAddr>,
    /// The bearer token that a scrape requires. Without a token, `listen` must be a loopback address. Default none.
    pub token: Option<Secret>,
    /// The most series that requests are counted in, for each table of labels. What does not fit is counted with the
    /// model and the provider `other`. A change takes effect at the next start. Default 2000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_series: usize,
}

// === impl MetricsConfig ===

impl MetricsConfig {
    /// Checks that the listener for scrapes, if there is one, may be opened.
    ///
    /// # Errors
    /// If its address is not a loopback address and there is no token.
    pub(crate) fn may_listen(&self) -> Result<(), Exposure> {
        match self.listen {
            Some(listen) if self.token.is_none() && !listen.ip().is_loopback() => Err(Exposure::Readable(listen)),
            _ => Ok(()),
        }
    }
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: None,
            token: None,
            max_series: 2000,
        }
    }
}
