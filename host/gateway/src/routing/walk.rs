//! One walk along a chain: picks the next target, and acts on its failure. `eligibility` says which targets may be tried,
//! `tools` how much of the chain conversations with tools may use.

mod eligibility;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::answer::Answer;
use super::balance::{Balance, Order};
use super::breaker::{Permit, Stakes};
use super::defeat::defeat;
use super::legs::ChainLegs;
use super::load::Load;
use super::policy::Policy;
use super::request::RouteRequest;
use super::resumption::Resumption;
use super::standing::{Standing, Standings};
use super::target::Target;
use crate::attempt::{Limits, Provider, ProviderRequest};
use crate::error::{Class, Failure, GatewayError, Verdict};
use crate::record::Attempts;
use jackfield_config::ToolConversations;

/// The longest that an upstream's `Retry-After` is passed on.
const MAX_ASKED: Duration = Duration::from_hours(24);

/// One walk, and the standing of each target in it.
pub(super) struct Walk<'a, P> {
    targets: &'a [Target<P>],
    balance: &'a Balance,
    /// The order in which the targets are tried.
    order: Order,
    policy: &'a Policy,
    request: &'a RouteRequest<'a>,
    attempts: &'a mut Attempts,
    deadline: Instant,
    standings: Standings,
    /// What is left of the time that the request waits for upstreams that asked for a pause.
    patience: Duration,
    /// The only place that may still be tried, in a conversation that must not change its target.
    bound: Option<usize>,
    /// A target was tried against the word of its breaker. Nothing is repeated then.
    forced: bool,
    last: Option<Failure>,
    /// The first failure for which the request itself is at fault.
    fault: Option<Failure>,
}

// === impl Walk ===

impl<'a, P: Provider> Walk<'a, P> {
    pub(super) fn new(
        (targets, balance, policy): (&'a [Target<P>], &'a Balance, &'a Policy),
        request: &'a RouteRequest<'a>,
        attempts: &'a mut Attempts,
    ) -> Self {
        Self {
            targets,
            balance,
            order: balance.order(targets, request.affinities, request.provider.stream),
            policy,
            request,
            attempts,
            deadline: request.received + policy.deadline,
            standings: Standings::new(targets),
            patience: policy.max_wait,
            bound: None,
            forced: false,
            last: None,
            fault: None,
        }
    }

    /// Step 5 of a request's life (ARCHITECTURE.md).
    pub(super) async fn run(mut self) -> Result<Answer<P::Stream>, GatewayError> {
        let repetitions = match self.tools() {
            Some(ToolConversations::FirstOnly) => 0,
            _ => self.policy.retry_count,
        };
        for pass in 0..=repetitions {
            if pass > 0 && (self.forced || !self.wait(pass).await) {
                break;
            }
            if let Some(answer) = self.pass().await? {
                return Ok(answer);
            }
        }
        let failures = (self.fault, self.last);
        Err(defeat(&self.request.model, self.targets, &self.standings, failures))
    }

    /// Tries each live target once. `Ok(None)` if none answers.
    async fn pass(&mut self) -> Result<Option<Answer<P::Stream>>, GatewayError> {
        let mut tried = false;
        for nth in 0..self.targets.len() {
            let index = self.order.at(nth);
            let Some((provider, permit)) = self.admit(index) else {
                continue;
            };
            let mut answer = self.attempt(index, provider, permit).await?;
            if answer.is_none() && self.deserves_another(index) {
                answer = self.again(index).await?;
            }
            if answer.is_some() || self.bound.is_some() {
                return Ok(answer);
            }
            // A target that was not sent the request does not count as tried.
            tried |= self.standings.at(index).failed != Some(Class::Unsupported);
        }
        match self.last_resort().filter(|_| !tried) {
            Some((index, provider)) => {
                let (breaker, now) = (&self.targets[index].breaker, Instant::now());
                self.forced = !breaker.admits(now);
                let permit = breaker.force(now, self.stakes(provider));
                self.attempt(index, provider, permit).await
            }
            None => Ok(None),
        }
    }

    fn stakes(&self, provider: &P) -> Stakes {
        Stakes {
            threshold: self.policy.breaker,
            patience: provider.patience(self.request.provider.stream),
            thinking: self.request.thinking,
        }
    }

    /// Tries one target. `Ok(None)` if it failed and another may answer.
    async fn attempt(
        &mut self,
        index: usize,
        provider: &Arc<P>,
        mut permit: Permit,
    ) -> Result<Option<Answer<P::Stream>>, GatewayError> {
        let (target, began) = (&self.targets[index], Instant::now());
        self.begin(target, provider);
        let busy = target.load.as_ref().map(Load::begin);
        let result = self.open(index, provider, &mut permit).await;
        let result = result.map_err(|failure| target.judged(provider.redact(failure)));
        self.attempts.end(result.as_ref().err());
        target.note(result.as_ref().err(), began, self.request.provider.stream);
        match result {
            Ok(Answer::Stream(mut stream)) => {
                stream.report_to(permit, busy);
                if let Some(resumption) = self.resumption(index) {
                    stream.resume_with(resumption);
                }
                Ok(Some(Answer::Stream(stream)))
            }
            Ok(answer) => {
                permit.succeeded();
                Ok(Some(answer))
            }
            Err(failure) => {
                self.failed(index, permit, failure, began)?;
                // An attempt that never waited, as where the plugin fails, has taken a turn of its own.
                yield_now().await;
                Ok(None)
            }
        }
    }

    /// Notes in the request's record and trace that an attempt begins.
    fn begin(&mut self, target: &Target<P>, provider: &P) {
        self.attempts
            .begin(provider.name(), &target.model, target.price.as_ref());
        self.attempts.listed_as(provider.known_as(), &target.listed_model);
        if let Some(trace) = self.request.trace() {
            trace.attempt(provider.plugin(), provider.server());
        }
    }

    /// Sends the target the request, and makes the client's answer of its reply.
    async fn open(
        &mut self,
        index: usize,
        provider: &Arc<P>,
        permit: &mut Permit,
    ) -> Result<Answer<P::Stream>, Failure> {
        let sent = ProviderRequest {
            affinity: self.balance.affinity(index, self.request.affinities),
            ..self.request.provider
        };
        let limits = Limits {
            deadline: self.deadline,
            last: self.is_last(index),
        };
        self.request.progress.begins(limits.last);
        let opened = provider.open(&sent, &self.targets[index].model, limits).await?;
        self.attempts.note(&opened.notes.dropped, opened.notes.headers);
        let own = provider.target_payload(&sent);
        let restoration = own.and_then(|own| own.restoration);
        let noted = (permit, &mut *self.attempts);
        let policy = self.policy.stream;
        Answer::of(opened.reply, self.request, provider.name(), restoration, policy, noted).await
    }

    /// How the stream of this target goes on elsewhere if it breaks off.
    fn resumption(&self, index: usize) -> Option<Resumption<P::Stream>> {
        self.request.continuation?;
        let others = self.order.after(index, self.targets.len());
        let left = others.filter(|other| !self.standings.same(index, *other) && !self.standings.at(*other).given_up);
        let left = left.map(|other| &self.targets[other]);
        let legs = ChainLegs::new(left, self.request, self.policy.breaker, self.deadline)?;
        Some(Resumption::with(Box::new(legs)))
    }

    fn failed(&mut self, index: usize, permit: Permit, failure: Failure, began: Instant) -> Result<(), GatewayError> {
        let (target, now) = (&self.targets[index], Instant::now());
        let verdict = self.policy.verdict(failure.class);
        // An upstream that read the request and rejected it is healthy.
        permit.judged(&failure, now);
        if verdict == Verdict::Stop {
            return Err(GatewayError::at_fault(failure));
        }
        if failure.blames_target() {
            self.bound = self.binds().then_some(index);
            if failure.class.is_clients() {
                self.fault.get_or_insert_with(|| failure.clone());
            }
        }
        target.log_failure(&self.request.id, &self.request.model, &failure, now - began);
        let not_before = failure.retry_after.map(|after| now + after.min(self.policy.max_wait));
        if let Some(until) = not_before.filter(|_| failure.blames_target()) {
            target.pause.extend(until);
        }
        let standing = Standing {
            failed: Some(failure.class),
            given_up: verdict == Verdict::Next,
            not_before,
            asked: failure.retry_after.map(|after| now + after.min(MAX_ASKED)),
        };
        self.standings.set(index, standing);
        self.last = Some(failure);
        Ok(())
    }

    /// Waits before another pass. Returns false if no target is left, the request has waited enough for upstreams that
    /// asked for it, or the deadline comes first.
    async fn wait(&mut self, pass: u32) -> bool {
        let now = Instant::now();
        let is_left = |index: &usize| self.is_open_to(*index) && self.targets[*index].provider.is_some();
        let left = (0..self.targets.len()).filter(is_left);
        let Some(earliest) = left.map(|index| self.standings.at(index).not_before).min() else {
            return false;
        };
        let backoff = now + self.backoff(pass);
        let until = earliest.map_or(backoff, |not_before| not_before.max(backoff));
        if until > backoff {
            let Some(patience) = self.patience.checked_sub(until - now) else {
                return false;
            };
            self.patience = patience;
        }
        if until >= self.deadline {
            return false;
        }
        sleep_until(until).await;
        if let Some(spent) = self.request.provider.spent {
            spent.waited(now.elapsed());
        }
        true
    }

    fn backoff(&self, pass: u32) -> Duration {
        self.policy.backoff.wait(pass, (self.policy.jitter)())
    }
}
