//! One walk along a chain: picks the next target, and acts on its failure.

use std::fmt::Write;
use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::answer::Answer;
use super::breaker::{BreakerState, Permit};
use super::legs::ChainLegs;
use super::policy::Policy;
use super::request::RouteRequest;
use super::resumption::Resumption;
use super::target::Target;
use crate::attempt::{Limits, Provider};
use crate::error::{Class, ErrorKind, Failure, GatewayError, Verdict};
use crate::record::Attempts;

/// One walk, and the standing of each target in it.
pub(super) struct Walk<'a, P> {
    targets: &'a [Target<P>],
    policy: &'a Policy,
    request: &'a RouteRequest<'a>,
    attempts: &'a mut Attempts,
    deadline: Instant,
    standings: Vec<Standing>,
    last: Option<Failure>,
}

/// The state of one target in this walk.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// The class of its last failure.
    failed: Option<Class>,
    /// It is not retried.
    given_up: bool,
    /// The upstream asked us not to retry before then.
    not_before: Option<Instant>,
}

// === impl Walk ===

impl<'a, P: Provider> Walk<'a, P> {
    pub(super) fn new(
        targets: &'a [Target<P>],
        policy: &'a Policy,
        request: &'a RouteRequest<'a>,
        attempts: &'a mut Attempts,
    ) -> Self {
        Self {
            targets,
            policy,
            request,
            attempts,
            deadline: request.received + policy.deadline,
            standings: vec![Standing::default(); targets.len()],
            last: None,
        }
    }

    /// Step 5 of a request's life (ARCHITECTURE.md).
    pub(super) async fn run(mut self) -> Result<Answer<P::Stream>, GatewayError> {
        let repetitions = if self.request.pinned {
            0
        } else {
            self.policy.retry_count
        };
        for pass in 0..=repetitions {
            if pass > 0 && !self.wait(pass).await {
                break;
            }
            if let Some(answer) = self.pass().await? {
                return Ok(answer);
            }
        }
        Err(self.defeat())
    }

    /// Tries each live target once. `Ok(None)` if none answers.
    async fn pass(&mut self) -> Result<Option<Answer<P::Stream>>, GatewayError> {
        let mut tried = false;
        for index in 0..self.targets.len() {
            let Some((provider, permit)) = self.admit(index) else {
                continue;
            };
            let answer = self.attempt(index, provider, permit).await?;
            // A target that was not sent the request does not count as tried.
            let was_sent = self.standings[index].failed != Some(Class::Unsupported);
            if answer.is_some() || (self.request.pinned && was_sent) {
                return Ok(answer);
            }
            tried |= was_sent;
        }
        match self.soonest_open().filter(|_| !tried) {
            Some((index, provider)) => {
                let permit = self.targets[index].breaker.force();
                self.attempt(index, provider, permit).await
            }
            None => Ok(None),
        }
    }

    fn admit(&self, index: usize) -> Option<(&'a Arc<P>, Permit)> {
        let now = Instant::now();
        let provider = self.eligible(index, now)?;
        let permit = self.targets[index].breaker.admit(now)?;
        Some((provider, permit))
    }

    /// The target's provider, if nothing except its breaker prevents an attempt.
    fn eligible(&self, index: usize, now: Instant) -> Option<&'a Arc<P>> {
        let standing = &self.standings[index];
        let waits = standing.not_before.is_some_and(|not_before| now < not_before);
        let provider = self.targets[index].provider.as_ref();
        let may = !standing.given_up && !waits && now < self.deadline;
        provider.filter(|_| may)
    }

    /// True if no other target is both live and untried by this request, so that nothing is gained by leaving this one.
    fn is_last(&self, index: usize) -> bool {
        let now = Instant::now();
        let mut others =
            (0..self.targets.len()).filter(|other| *other != index && self.standings[*other].failed.is_none());
        self.request.pinned
            || !others.any(|other| self.eligible(other, now).is_some() && self.targets[other].breaker.admits(now))
    }

    /// Of the targets held back only by their breakers, the one that may be probed soonest.
    fn soonest_open(&self) -> Option<(usize, &'a Arc<P>)> {
        let now = Instant::now();
        let open = |index: usize| match self.targets[index].breaker.state() {
            BreakerState::Open { until } => Some((until, index, self.eligible(index, now)?)),
            _ => None,
        };
        let open = (0..self.targets.len()).filter_map(open);
        let soonest = open.min_by_key(|(until, index, _)| (*until, *index));
        soonest.map(|(_, index, provider)| (index, provider))
    }

    /// Tries one target. `Ok(None)` if it failed and another may answer.
    async fn attempt(
        &mut self,
        index: usize,
        provider: &Arc<P>,
        permit: Permit,
    ) -> Result<Option<Answer<P::Stream>>, GatewayError> {
        let (target, began) = (&self.targets[index], Instant::now());
        self.attempts.begin(provider.name());
        let limits = Limits {
            deadline: self.deadline,
            last: self.is_last(index),
        };
        self.request.progress.begins(limits.last);
        let opened = provider.open(&self.request.provider, &target.model, limits).await;
        let result = match opened {
            Ok(reply) => Answer::of(reply, self.request, provider.name(), self.policy.stream).await,
            Err(failure) => Err(failure),
        };
        let result = result.map_err(|failure| provider.redact(failure));
        self.attempts.end(result.as_ref().err(), began.elapsed());
        target.note(result.as_ref().err(), began);
        match result {
            Ok(Answer::Stream(mut stream)) => {
                stream.report_to(permit, self.policy.breaker);
                if let Some(resumption) = self.resumption(index) {
                    stream.resume_with(resumption);
                }
                Ok(Some(Answer::Stream(stream)))
            }
            Ok(answer) => {
                permit.succeeded();
                Ok(Some(answer))
            }
            Err(failure) => self.failed(index, permit, failure).map(|()| None),
        }
    }

    /// How the stream of this target goes on elsewhere if it breaks off.
    fn resumption(&self, index: usize) -> Option<Resumption<P::Stream>> {
        self.request.continuation?;
        let legs = ChainLegs::new(self.targets, index, self.policy.breaker, self.deadline)?;
        Some(Resumption::with(Box::new(legs)))
    }

    fn failed(&mut self, index: usize, permit: Permit, failure: Failure) -> Result<(), GatewayError> {
        let (target, now) = (&self.targets[index], Instant::now());
        let verdict = Verdict::of(failure.class);
        if verdict == Verdict::Stop {
            // The upstream is healthy: it read the request and rejected it.
            permit.succeeded();
            return Err(GatewayError::at_fault(failure));
        }
        if failure.class != Class::Unsupported {
            // A target that was not sent the request has shown nothing of its health; its permit is dropped.
            permit.failed(now, self.policy.breaker);
        }
        tracing::warn!(
            provider = &*target.name, model = &*self.request.model, class = %failure.class,
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

    /// Waits before another pass. Returns false if no target is left or the deadline comes first.
    async fn wait(&self, pass: u32) -> bool {
        let standings = self.standings.iter().zip(self.targets);
        let left = standings.filter(|(standing, target)| !standing.given_up && target.provider.is_some());
        let Some(earliest) = left.map(|(standing, _)| standing.not_before).min() else {
            return false;
        };
        let backoff = Instant::now() + self.policy.backoff.wait(pass, (self.policy.jitter)());
        let until = earliest.map_or(backoff, |not_before| not_before.max(backoff));
        if until >= self.deadline {
            return false;
        }
        sleep_until(until).await;
        true
    }

    /// The error when nothing is left to try. It names providers and failure classes, but never quotes an upstream.
    fn defeat(self) -> GatewayError {
        let standings = self.targets.iter().zip(&self.standings);
        let failed = standings.filter_map(|(target, standing)| Some((target, standing.failed?)));
        let failed: Vec<(&Target<P>, Class)> = failed.collect();
        let model = &self.request.model;
        let Some(last) = self.last else {
            let message = format!("No provider of model `{model}` is available at the moment.");
            return GatewayError::new(ErrorKind::ProviderError, message);
        };
        if failed.iter().all(|(_, class)| *class == Class::Unsupported) {
            return GatewayError::at_fault(last);
        }
        let mut message = format!("Every provider of model `{model}` failed:");
        for (index, (target, class)) in failed.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(message, "{comma} {} {}", target.name, class.phrase());
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
