//! The ordered chain of a model's targets.

use jackfield_dialects::{Dialect, Operation};

use super::answer::Answer;
use super::balance::Balance;
use super::policy::Policy;
use super::request::RouteRequest;
use super::target::Target;
use super::walk::Walk;
use crate::attempt::Provider;
use crate::error::GatewayError;
use crate::record::Attempts;

/// A chain of targets, and the policy for walking it.
#[derive(Debug)]
pub(crate) struct Chain<P> {
    /// The targets, in order of preference.
    pub(crate) targets: Vec<Target<P>>,
    /// The steps that share requests among several targets.
    pub(crate) balance: Balance,
    /// Retries, deadline, back-off and breaker threshold.
    pub(crate) policy: Policy,
}

// === impl Chain ===

impl<P: Provider> Chain<P> {
    /// The same chain, with only those targets whose adapter supports `operation` for clients of this
    /// dialect, and as what they are for it.
    pub(crate) fn supporting(&self, operation: Operation, dialect: Dialect) -> Self {
        let supports = |target: &&Target<P>| {
            let provider = target.provider.as_ref();
            provider.is_some_and(|provider| provider.supports(operation, dialect))
        };
        let as_asked = |target: &Target<P>| match operation {
            Operation::CountTokens => target.as_counter(),
            _ => target.clone(),
        };
        let kept: Vec<bool> = self.targets.iter().map(|target| supports(&target)).collect();
        Self {
            targets: self.targets.iter().filter(supports).map(as_asked).collect(),
            balance: self.balance.keeping(&kept),
            policy: self.policy,
        }
    }

    /// The same chain for the model of this name: it takes the place of a `*` in what the targets call it.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self {
            targets: self.targets.iter().map(|target| target.named(name)).collect(),
            balance: self.balance.clone(),
            policy: self.policy,
        }
    }

    /// Sends a request through the chain and returns the first answer: a whole reply, or a stream whose first content
    /// has arrived. Records each attempt in `attempts`, even if the future is dropped.
    ///
    /// # Errors
    /// [`GatewayError`] if the request itself is at fault, or if every target failed.
    pub(crate) async fn route(
        &self,
        request: &RouteRequest<'_>,
        attempts: &mut Attempts,
    ) -> Result<Answer<P::Stream>, GatewayError> {
        let chain = (self.targets.as_slice(), &self.balance, &self.policy);
        Walk::new(chain, request, attempts).run().await
    }
}
