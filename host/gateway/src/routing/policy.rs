//! The policy by which a chain is walked.

use std::time::Duration;

use super::backoff::Backoff;
use super::breaker::Threshold;

/// How a chain is walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Further passes after the first.
    pub(crate) retry_count: u32,
    /// Time for all attempts together.
    pub(crate) deadline: Duration,
    /// The wait between passes.
    pub(crate) backoff: Backoff,
    /// Where in the bounds of the back-off a wait lies: a number in `0.0..1.0`, random but for tests.
    pub(crate) jitter: fn() -> f64,
    /// When a breaker opens.
    pub(crate) breaker: Threshold,
}
