//! The ordered chain of a model's targets, and the walk along it.

use std::fmt::Write;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::attempt::attempt;
use super::breaker::{Admission, Permit, Threshold};
use super::{Answer, Attempts, Backoff, Order, Target};
use crate::error::{Class, ErrorKind, Failure, GatewayError, Verdict};

/// A chain of targets with the policy that governs the walk.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The targets, the preferred one first.
    pub(crate) targets: Vec<Target>,
    /// How to walk.
    pub(crate) policy: Policy,
}

/// How a chain is walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Further passes after the first.
    pub(crate) retry_count: u32,
    /// Time for all attempts together.
    pub(crate) deadline: Duration,
    /// The wait between passes.
    pub(crate) backoff: Backoff,
    /// When a breaker opens.
    pub(crate) breaker: Threshold,
}

/// One walk: what is known of each target so far.
struct Walk<'a> {
    chain: &'a Chain,
    order: &'a Order<'a>,
    deadline: Instant,
    standings: Vec<Standing>,
    last: Option<Failure>,
}

/// Where a target stands in this walk.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// The class of its last failure.
    failed: Option<Class>,
    /// It will not be tried again.
    given_up: bool,
    /// Its upstream asked us to stay away until then.
    not_before: Option<Instant>,
}

// === impl Chain ===

impl Chain {
    /// The same chain, of those targets alone whose adapter can do `operation`.
    #[must_use]
    pub(crate) fn able(&self, operation: &str) -> Self {
        let able = |target: &&Target| {
            let adapter = target.adapter.as_ref();
            let operations = adapter.map(|adapter| &adapter.plugin.manifest.operations);
            operations.is_some_and(|known| known.iter().any(|name| name == operation))
        };
        Self {
            targets: self.targets.iter().filter(able).cloned().collect(),
            policy: self.policy,
        }
    }

    /// Step 5 of a request's life (ARCHITECTURE.md).
    pub(super) async fn walk(&self, order: &Order<'_>, attempts: &mut Attempts) -> Result<Answer, GatewayError> {
        let mut walk = Walk {
            chain: self,
            order,
            deadline: order.started + self.policy.deadline,
            standings: vec![Standing::default(); self.targets.len()],
            last: None,
        };
        let passes = if order.pinned { 1 } else { 1 + self.policy.retry_count };
        for pass in 0..passes {
            if pass > 0 && !walk.wait(pass).await {
                break;
            }
            if let Some(answer) = walk.pass(attempts).await? {
                return Ok(answer);
            }
        }
        Err(walk.defeat())
    }
}

// === impl Walk ===

impl Walk<'_> {
    /// Tries each live target once. `Ok(None)`: none answered.
    async fn pass(&mut self, attempts: &mut Attempts) -> Result<Option<Answer>, GatewayError> {
        let mut tried = false;
        for index in 0..self.chain.targets.len() {
            let Some(permit) = self.admit(index) else {
                continue;
            };
            tried = true;
            if let Some(answer) = self.attempt(index, permit, attempts).await? {
                return Ok(Some(answer));
            }
            if self.order.pinned {
                return Ok(None);
            }
        }
        if tried {
            return Ok(None);
        }
        match self.soonest_open() {
            Some(index) => {
                let permit = self.chain.targets[index].breaker.force();
                self.attempt(index, permit, attempts).await
            }
            None => Ok(None),
        }
    }

    fn admit(&self, index: usize) -> Option<Permit> {
        let now = Instant::now();
        if !self.eligible(index, now) {
            return None;
        }
        match self.chain.targets[index].breaker.admit(now) {
            Admission::Pass(permit) => Some(permit),
            Admission::Reject => None,
        }
    }

    fn eligible(&self, index: usize, now: Instant) -> bool {
        let standing = &self.standings[index];
        let waits = standing.not_before.is_some_and(|not_before| now < not_before);
        self.chain.targets[index].adapter.is_some() && !standing.given_up && !waits && now < self.deadline
    }

    /// Of the targets that only their breaker keeps back, the one that opens soonest.
    fn soonest_open(&self) -> Option<usize> {
        let now = Instant::now();
        let open = |index: &usize| match self.chain.targets[*index].breaker.state() {
            super::BreakerState::Open { until } => Some(until),
            _ => None,
        };
        (0..self.chain.targets.len())
            .filter(|&index| self.eligible(index, now))
            .filter_map(|index| open(&index).map(|until| (until, index)))
            .min()
            .map(|(_, index)| index)
    }

    async fn attempt(
        &mut self,
        index: usize,
        permit: Permit,
        attempts: &mut Attempts,
    ) -> Result<Option<Answer>, GatewayError> {
        let target = &self.chain.targets[index];
        let Some(adapter) = &target.adapter else {
            return Ok(None);
        };
        attempts.begin(&adapter.provider);
        let began = Instant::now();
        let result = attempt(target, adapter, self.order, self.deadline).await;
        attempts.end(result.as_ref().err(), began.elapsed());
        target.note(result.as_ref().err(), began);
        match result {
            Ok(Answer::Stream(mut stream)) => {
                stream.report_to(permit, self.chain.policy.breaker);
                Ok(Some(Answer::Stream(stream)))
            }
            Ok(answer) => {
                permit.succeeded();
                Ok(Some(answer))
            }
            Err(failure) => self.failed(index, permit, failure).map(|()| None),
        }
    }

    fn failed(&mut self, index: usize, permit: Permit, failure: Failure) -> Result<(), GatewayError> {
        let (target, now) = (&self.chain.targets[index], Instant::now());
        let verdict = failure.class.verdict();
        if verdict == Verdict::Stop {
            // The upstream is well: it has read the request and found fault with it.
            permit.succeeded();
            return Err(GatewayError::new(ErrorKind::InvalidRequest, failure.message));
        }
        permit.failed(now, self.chain.policy.breaker);
        tracing::warn!(
            provider = &*target.provider, model = &*self.order.model, class = %failure.class,
            "attempt failed: {}", failure.message
        );
        self.standings[index] = Standing {
            failed: Some(failure.class),
            given_up: verdict == Verdict::Next,
            not_before: failure.retry_after.map(|after| now + after),
        };
        self.last = Some(failure);
        Ok(())
    }

    /// Waits before another pass. False: no target is left, or the deadline comes first.
    async fn wait(&self, pass: u32) -> bool {
        let left = || self.standings.iter().zip(&self.chain.targets);
        let open = left().filter(|(standing, target)| !standing.given_up && target.adapter.is_some());
        let Some(earliest) = open.map(|(standing, _)| standing.not_before).min() else {
            return false;
        };
        let backoff = Instant::now() + self.chain.policy.backoff.wait(pass, fastrand::f64());
        let until = earliest.map_or(backoff, |not_before| not_before.max(backoff));
        if until >= self.deadline {
            return false;
        }
        sleep_until(until).await;
        true
    }

    /// The error once nothing is left to try. It names providers and classes, never an upstream's own words.
    fn defeat(self) -> GatewayError {
        let failed: Vec<(&Target, Class)> = self
            .chain
            .targets
            .iter()
            .zip(&self.standings)
            .filter_map(|(target, standing)| standing.failed.map(|class| (target, class)))
            .collect();
        let model = &self.order.model;
        let Some(last) = self.last else {
            let message = format!("No provider of model `{model}` is available at the moment.");
            return GatewayError::new(ErrorKind::ProviderError, message);
        };
        let mut message = format!("Every provider of model `{model}` failed:");
        for (index, (target, class)) in failed.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(message, "{comma} {} {}", target.provider, class.phrase());
        }
        message.push('.');
        let all_timed_out = failed.iter().all(|(_, class)| *class == Class::Timeout);
        let kind = if all_timed_out {
            ErrorKind::ProviderTimeout
        } else {
            ErrorKind::ProviderError
        };
        GatewayError::new(kind, message)
            .retry_after(last.retry_after)
            .because(last)
    }
}
