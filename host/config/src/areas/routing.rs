//! `routing:`: how a model's chain is walked.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::duration;

/// How a model's chain is walked: retries, back-off and circuit breakers.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutingConfig {
    /// Additional passes over the chain after the first. Default 2.
    #[schemars(range(min = 0, max = 100))]
    pub retry_count: u32,
    /// The time limit for all attempts of a request combined. Default `600s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub deadline: Duration,
    /// The wait between passes.
    pub backoff: BackoffConfig,
    /// The circuit breaker of each target.
    pub breaker: BreakerConfig,
}

/// The wait between passes: a random time up to a bound that doubles with each pass.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BackoffConfig {
    /// The bound before the second pass. It doubles with each pass. Default `250ms`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub base: Duration,
    /// The cap on the bound. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub max: Duration,
}

/// When a target is skipped.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// The number of consecutive failures that open the breaker. Default 5.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub failures: u32,
    /// How long the target is then skipped before one request probes it. Default `60s`.
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
