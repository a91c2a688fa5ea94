//! The limit counters in this process. No call waits for more than a short lock that few users share.

use std::collections::HashMap;
use std::sync::Arc;

use super::counters::{Counters, Moment, PriorUsage, Stamp};
use super::{Charge, Quota, Refused, Usage};
use crate::sharded::Sharded;

/// The counters of all users. Users without any usage in the current periods are dropped once an hour.
#[derive(Debug, Default)]
pub(super) struct Memory {
    shards: Sharded<Shard>,
}

#[derive(Default)]
struct Shard {
    users: HashMap<Arc<str>, UserCounters>,
    /// The hour of the last sweep, in hours since 1970.
    swept: u64,
}

struct UserCounters {
    /// A copy of the map's key, because a charge needs the `Arc` and `get_mut` returns only the value.
    name: Arc<str>,
    counters: Counters,
}

/// A request counted in this process. Dropping it frees its stream slot.
#[derive(Debug)]
pub(super) struct LocalCharge {
    memory: Arc<Memory>,
    user: Arc<str>,
    stamp: Stamp,
    stream: bool,
}

// === impl Memory ===

impl Memory {
    /// Counts a request of `user` unless a limit refuses it.
    ///
    /// # Errors
    /// [`Refused::Limit`].
    pub(super) fn take(
        self: &Arc<Self>,
        user: &str,
        quota: &Quota,
        charge: Charge,
        now: Moment,
    ) -> Result<LocalCharge, Refused> {
        let (user, stamp) = self.with(user, now, |user| {
            let stamp = user.counters.take(quota, charge, now);
            stamp.map(|stamp| (Arc::clone(&user.name), stamp))
        })?;
        Ok(self.charged(user, stamp, charge))
    }

    /// Counts a request of `user` that Redis has admitted.
    pub(super) fn record(self: &Arc<Self>, user: &str, charge: Charge, now: Moment) -> LocalCharge {
        let (user, stamp) = self.with(user, now, |user| {
            (Arc::clone(&user.name), user.counters.record(charge, now))
        });
        self.charged(user, stamp, charge)
    }

    /// Whether the least request of `user` would be refused. Nothing is counted.
    ///
    /// # Errors
    /// [`Refused::Limit`].
    pub(super) fn peek(&self, user: &str, quota: &Quota, now: Moment) -> Result<(), Refused> {
        match self.shards.lock(user).users.get_mut(user) {
            Some(user) => user.counters.peek(quota, now),
            None => Ok(()),
        }
    }

    /// What `user` has used.
    pub(super) fn usage(&self, user: &str, now: Moment) -> Usage {
        match self.shards.lock(user).users.get_mut(user) {
            Some(user) => user.counters.usage(now),
            None => Usage::default(),
        }
    }

    /// Adds what `user` used before this process started.
    pub(super) fn restore(&self, user: &str, prior: &PriorUsage, now: Moment) {
        self.with(user, now, |user| user.counters.restore(prior, now));
    }

    fn charged(self: &Arc<Self>, user: Arc<str>, stamp: Stamp, charge: Charge) -> LocalCharge {
        LocalCharge {
            memory: Arc::clone(self),
            user,
            stamp,
            stream: charge.stream,
        }
    }

    /// Runs `act` on the counters of `user`, which are created if absent.
    fn with<T>(&self, user: &str, now: Moment, act: impl FnOnce(&mut UserCounters) -> T) -> T {
        let mut shard = self.shards.lock(user);
        if now.hour() > shard.swept {
            shard.sweep(now);
        }
        if let Some(known) = shard.users.get_mut(user) {
            return act(known);
        }
        let name: Arc<str> = user.into();
        let new = shard.users.entry(Arc::clone(&name)).or_insert(UserCounters {
            name,
            counters: Counters::default(),
        });
        act(new)
    }
}

// === impl Shard ===

impl Shard {
    fn sweep(&mut self, now: Moment) {
        self.swept = now.hour();
        self.users.retain(|_, user| !user.counters.is_idle(now));
        if self.users.capacity() > 4 * self.users.len() {
            self.users.shrink_to(2 * self.users.len());
        }
    }
}

// === impl LocalCharge ===

impl LocalCharge {
    pub(super) fn user(&self) -> &Arc<str> {
        &self.user
    }

    /// Refunds what was counted per day, hour and minute.
    pub(super) fn refund(&self) {
        if let Some(user) = self.memory.shards.lock(&self.user).users.get_mut(&self.user) {
            user.counters.refund(self.stamp);
        }
    }
}

impl Drop for LocalCharge {
    fn drop(&mut self) {
        if !self.stream {
            return;
        }
        if let Some(user) = self.memory.shards.lock(&self.user).users.get_mut(&self.user) {
            user.counters.end_stream();
        }
    }
}

#[cfg(test)]
mod tests;
