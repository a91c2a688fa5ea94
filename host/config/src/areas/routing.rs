//! `routing:`, retries, back-off and circuit breakers.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::duration;

/// Retries, back-off and circuit breakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutingConfig {
    /// Further passes over a model's chain after the first. Default 2.
    #[schemars(range(min = 0, max = 100))]
    pub retry_count: u32,
    /// The time for all attempts of a request together. Default `600s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub deadline: Duration,
    /// The wait between passes.
    pub backoff: BackoffConfig,
    /// The circuit breaker that each target has.
    pub breaker: BreakerConfig,
}

/// The wait between passes: exponential, with full jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BackoffConfig {
    /// The most before the second pass; it doubles with each. Default `250ms`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub base: Duration,
    /// The most before any pass. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub max: Duration,
}

/// When a target is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// How many failures in a row open it. Default 5.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub failures: u32,
    /// How long the target is then skipped, before one request probes it. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub open_for: Duration,
}

// === impl RoutingConfig ===

impl Default for RoutingConfig {
    fn default() -> Self {
        Self {
            retry_count: 2,
            deadline: Duration::from_mins(10),
            backoff: BackoffConfig::default(),
            breaker: BreakerConfig::default(),
        }
    }
}

// === impl BackoffConfig ===

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(250),
            max: Duration::from_secs(5),
        }
    }
}

// === impl BreakerConfig ===

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: Duration::from_mins(1),
        }
    }
}
