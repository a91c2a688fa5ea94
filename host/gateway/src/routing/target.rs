//! A target of a chain, and what is known of it.

use std::sync::Arc;

use tokio::time::Instant;

use super::breaker::Breaker;
use super::health::{Health, HealthSample};
use crate::error::Failure;

/// A provider and its upstream's model.
#[derive(Debug)]
pub(crate) struct Target<P> {
    /// The provider's name.
    pub(crate) name: Arc<str>,
    /// The model's name at the upstream.
    pub(crate) model: Arc<str>,
    /// The provider at work; none while it is off.
    pub(crate) provider: Option<Arc<P>>,
    /// Whether it is worth trying.
    pub(crate) breaker: Arc<Breaker>,
    /// How it has been doing.
    pub(crate) health: Arc<Health>,
    /// How its provider has been doing, over all its targets.
    pub(crate) provider_health: Arc<Health>,
}

// === impl Target ===

impl<P> Target<P> {
    /// Remembers what came of an attempt that began at `began`.
    pub(super) fn note(&self, failure: Option<&Failure>, began: Instant) {
        let now = Instant::now();
        let sample = match failure {
            None => HealthSample::answered(now - began, now),
            Some(failure) => HealthSample::failed(failure.class, now),
        };
        self.health.note(sample);
        self.provider_health.note(sample);
    }
}

impl<P> Clone for Target<P> {
    fn clone(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            model: Arc::clone(&self.model),
            provider: self.provider.clone(),
            breaker: Arc::clone(&self.breaker),
            health: Arc::clone(&self.health),
            provider_health: Arc::clone(&self.provider_health),
        }
    }
}
