//! A target of a chain, and what is known about it.

use std::sync::Arc;
use std::time::Duration;

use jackfield_accounting::clock::millis;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::health::{Health, HealthSample};
use super::pause::Pause;
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
    /// Why the provider is off, if it is.
    pub(crate) off: Option<Arc<str>>,
    /// Decides whether the target is tried. Shared by all models with this target.
    pub(crate) breaker: Arc<Breaker>,
    /// The wait that its upstream asked for. Shared like the breaker.
    pub(crate) pause: Arc<Pause>,
    /// The target's recent outcomes.
    pub(crate) health: Arc<Health>,
    /// The recent outcomes of all the provider's targets.
    pub(crate) provider_health: Arc<Health>,
}

// === impl Target ===

impl<P> Target<P> {
    /// True if both are the same provider and upstream's model.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.model == other.model
    }

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

    /// Writes the one log line of a failed attempt at this target, made for the request `id` for `model`, and lasting
    /// `elapsed`.
    pub(super) fn log_failure(&self, id: &str, model: &str, failure: &Failure, elapsed: Duration) {
        tracing::warn!(
            request_id = id,
            model,
            provider = &*self.name,
            upstream_model = &*self.model,
            class = %failure.class,
            status = failure.detail.status,
            duration_ms = millis(elapsed),
            "attempt failed: {}", failure.message
        );
    }
}

impl<P> Clone for Target<P> {
    fn clone(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            model: Arc::clone(&self.model),
            provider: self.provider.clone(),
            off: self.off.clone(),
            breaker: Arc::clone(&self.breaker),
            pause: Arc::clone(&self.pause),
            health: Arc::clone(&self.health),
            provider_health: Arc::clone(&self.provider_health),
        }
    }
}
