//! Which targets may be tried now, and which of them is the last.

use std::sync::Arc;

use tokio::time::Instant;

use super::Walk;
use crate::attempt::Provider;
use crate::routing::breaker::Permit;

// === impl Walk ===

impl<'a, P: Provider> Walk<'a, P> {
    /// The target's provider and its breaker's permission, if nothing prevents an attempt.
    pub(super) fn admit(&self, index: usize) -> Option<(&'a Arc<P>, Permit)> {
        let now = Instant::now();
        let provider = self.eligible(index, now)?;
        let target = &self.targets[index];
        if target.pause.until(now).is_some() {
            return None;
        }
        let permit = target.breaker.admit(now, self.stakes(provider))?;
        Some((provider, permit))
    }

    /// The target's provider, if nothing except its breaker or a pause that another request caused prevents an attempt.
    fn eligible(&self, index: usize, now: Instant) -> Option<&'a Arc<P>> {
        let standing = self.standings.at(index);
        let waits = standing.not_before.is_some_and(|not_before| now < not_before);
        let provider = self.targets[index].provider.as_ref();
        provider.filter(|_| self.is_open_to(index) && !waits && now < self.deadline)
    }

    /// True unless the target is given up, or the conversation is bound to another.
    pub(super) fn is_open_to(&self, index: usize) -> bool {
        let elsewhere = self.bound.is_some_and(|bound| !self.standings.same(bound, index));
        !self.standings.at(index).given_up && !elsewhere
    }

    /// True if no other target is both live and untried by this request, so that nothing is gained by leaving this one.
    /// A pause counts for nothing here: it is over before a clock is.
    pub(super) fn is_last(&self, index: usize) -> bool {
        let now = Instant::now();
        let is_live = |other: usize| {
            let untried = !self.standings.same(index, other) && self.standings.at(other).failed.is_none();
            untried && self.eligible(other, now).is_some() && self.targets[other].breaker.admits(now)
        };
        self.binds() || !(0..self.targets.len()).any(is_live)
    }

    /// Of the targets held back only by their breakers and pauses, the one that may be tried soonest.
    pub(super) fn last_resort(&self) -> Option<(usize, &'a Arc<P>)> {
        let now = Instant::now();
        let held = |index: usize| {
            let (target, provider) = (&self.targets[index], self.eligible(index, now)?);
            let until = target.breaker.rejects_until().max(target.pause.until(now));
            Some((until, index, provider))
        };
        let held = (0..self.targets.len()).filter_map(held);
        let soonest = held.min_by_key(|(until, index, _)| (*until, *index));
        soonest.map(|(_, index, provider)| (index, provider))
    }
}
