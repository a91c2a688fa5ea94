//! A target of a chain, and what is known about it.

use std::sync::Arc;

use tokio::time::Instant;

use super::breaker::Breaker;
use super::health::{Health, HealthSample};
use crate::error::{Class, Failure};

/// A provider and the upstream's model.
#[derive(Debug)]
pub(crate) struct Target<P> {
    /// The provider's name.
    pub(crate) name: Arc<str>,
    /// The upstream's name for the model.
    pub(crate) model: Arc<str>,
    /// The provider; `None` while it is off.
    pub(crate) provider: Option<Arc<P>>,
    /// Decides whether the target is tried. Shared by all models with this target.
    pub(crate) breaker: Arc<Breaker>,
    /// The target's recent outcomes.
    pub(crate) health: Arc<Health>,
    /// The recent outcomes of all the provider's targets.
    pub(crate) provider_health: Arc<Health>,
}

// === impl Target ===

impl<P> Target<P> {
    /// Records the outcome of an attempt that began at `began`.
    pub(super) fn note(&self, failure: Option<&Failure>, began: Instant) {
        let now = Instant::now();
        let sample = match failure {
            None => HealthSample::answered(now - began, now),
            // It was not sent the request.
            Some(failure) if failure.class == Class::Unsupported => return,
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
