//! A target of a chain, and what is known of it.

use std::sync::Arc;

use tokio::time::Instant;

use super::breaker::Breaker;
use super::health::{Health, Outcome};
use crate::attempt::Adapter;
use crate::error::Failure;

/// A provider and its upstream's model.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// The model's name at the upstream.
    pub(crate) model: Arc<str>,
    /// The provider at work; none while it is off.
    pub(crate) adapter: Option<Arc<Adapter>>,
    /// Whether it is worth trying.
    pub(crate) breaker: Arc<Breaker>,
    /// How it has been doing.
    pub(crate) health: Arc<Health>,
    /// How its provider has been doing, over all its targets.
    pub(crate) provider_health: Arc<Health>,
}

// === impl Target ===

impl Target {
    /// Remembers what came of an attempt that began then.
    pub(super) fn note(&self, failure: Option<&Failure>, began: Instant) {
        let now = Instant::now();
        let outcome = match failure {
            None => Outcome::answered(now - began, now),
            Some(failure) => Outcome::failed(failure.class, now),
        };
        self.health.note(outcome);
        self.provider_health.note(outcome);
    }
}
