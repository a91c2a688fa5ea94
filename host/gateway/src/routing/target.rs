//! A target of a chain, and what is known about it.

use std::sync::Arc;
use std::time::Duration;

use jackfield_accounting::clock::millis;
use jackfield_accounting::credits::Price;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::health::{Health, HealthSample};
use super::load::Load;
use super::pause::Pause;
use crate::error::{Class, Failure};

/// A provider and the upstream's model.
#[derive(Debug)]
pub(crate) struct Target<P> {
    /// The provider's name.
    pub(crate) name: Arc<str>,
    /// The upstream's name for the model.
    pub(crate) model: Arc<str>,
    /// The same as the configuration has it, which may be a pattern.
    pub(crate) listed_model: Arc<str>,
    /// Whether the client chose the model's name, so that the upstream may never have heard of it.
    pub(crate) named_by_client: bool,
    /// What the model costs there; `None` if that is unknown.
    pub(crate) price: Option<Price>,
    /// The provider; `None` while it is off.
    pub(crate) provider: Option<Arc<P>>,
    /// Why the provider is off, if it is.
    pub(crate) off: Option<Arc<str>>,
    /// Decides whether the target is tried. Shared by all models with this target.
    pub(crate) breaker: Arc<Breaker>,
    /// The wait that its upstream asked for. Shared like the breaker.
    pub(crate) pause: Arc<Pause>,
    /// How busy and how quick it is; `None` if no step chooses by it. Shared like the breaker.
    pub(crate) load: Option<Arc<Load>>,
    /// The target's recent outcomes.
    pub(crate) health: Arc<Health>,
    /// The recent outcomes of all the provider's targets.
    pub(crate) provider_health: Arc<Health>,
    /// The same for the counting of tokens: a vendor's counter may be down, or limited, while its models answer, and the
    /// reverse.
    pub(crate) counting: Counting,
}

/// What is known about a target as a counter of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Counting {
    breaker: Arc<Breaker>,
    pause: Arc<Pause>,
    /// Shown nowhere.
    health: Arc<Health>,
}

// === impl Counting ===

impl Counting {
    /// A counter that has not been tried yet.
    #[must_use]
    pub(crate) fn new(provider: &str, model: &str) -> Self {
        Self {
            breaker: Arc::new(Breaker::new(provider, &format!("{model} (counting tokens)"))),
            pause: Arc::default(),
            health: Arc::default(),
        }
    }
}

// === impl Target ===

impl<P> Target<P> {
    /// True if both are the same provider with the same settings, and the same upstream's model.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_settings = match (&self.provider, &other.provider) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_settings && self.name == other.name && self.model == other.model
    }

    /// The same target for the model of this name, if what it calls the model has a `*`.
    pub(super) fn named(&self, name: &str) -> Self {
        let mut target = self.clone();
        if target.model.contains('*') {
            target.model = target.model.replacen('*', name, 1).into();
            target.named_by_client = true;
        }
        target
    }

    /// The same target as a counter of tokens.
    pub(super) fn as_counter(&self) -> Self {
        let Counting { breaker, pause, health } = self.counting.clone();
        Self {
            breaker,
            pause,
            load: None,
            provider_health: Arc::clone(&health),
            health,
            ..self.clone()
        }
    }

    /// The failure from the point of view of this target. An upstream that does not know a name that the client chose is
    /// well: its breaker must not open for the other names.
    pub(super) fn judged(&self, mut failure: Failure) -> Failure {
        let detail = &failure.detail;
        let words = [detail.code.as_deref(), detail.kind.as_deref()];
        let unknown = detail.status == Some(404) || words.contains(&Some("model_not_found"));
        if self.named_by_client && failure.class == Class::Refused && unknown {
            failure.class = Class::Unsupported;
        }
        failure
    }

    /// Records the outcome of an attempt that began at `began`, for a stream or for a whole reply.
    pub(super) fn note(&self, failure: Option<&Failure>, began: Instant, stream: bool) {
        let now = Instant::now();
        // What took too long took at least that long.
        let told = failure.is_none_or(|failure| failure.class == Class::Timeout);
        if let Some(load) = self.load.as_ref().filter(|_| told) {
            load.took(stream, now - began);
        }
        let sample = match failure {
            None => HealthSample::answered(now - began, now),
            Some(failure) if !failure.blames_target() => return,
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
            listed_model: Arc::clone(&self.listed_model),
            named_by_client: self.named_by_client,
            price: self.price.clone(),
            provider: self.provider.clone(),
            off: self.off.clone(),
            breaker: Arc::clone(&self.breaker),
            pause: Arc::clone(&self.pause),
            load: self.load.clone(),
            health: Arc::clone(&self.health),
            provider_health: Arc::clone(&self.provider_health),
            counting: self.counting.clone(),
        }
    }
}
