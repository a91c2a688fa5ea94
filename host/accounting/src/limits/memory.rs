//! The counters of all users in this process: no call waits for more than a short lock that few users share.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counters::{Counted, Counters, Moment, Stamp};
use super::{Charge, Quota, Refused, Usage};

/// Among how many locks the users are divided: many more than there are cores, so that two lanes seldom meet.
const SHARDS: usize = 64;

/// The counters of all users. A user who has used nothing in the periods that run is forgotten with the turn of the
/// hour.
pub(super) struct Memory {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

/// Some of the users.
#[derive(Default)]
struct Shard {
    users: HashMap<Arc<str>, Known>,
    /// The hour in which the idle were last forgotten.
    swept: u64,
}

struct Known {
    /// The map's key once more, because guards need it and maps do not hand it out beside a value to change.
    name: Arc<str>,
    counters: Counters,
}

/// A request that was counted here. Dropped, it frees its place among the streams.
#[derive(Debug)]
pub(super) struct Entry {
    memory: Arc<Memory>,
    user: Arc<str>,
    stamp: Stamp,
    stream: bool,
}

// === impl Memory ===

impl Memory {
    /// Counts a request of `user` if no limit refuses it.
    ///
    /// # Errors
    /// [`Refused::Limit`].
    pub(super) fn take(
        self: &Arc<Self>,
        user: &str,
        quota: &Quota,
        charge: Charge,
        now: Moment,
    ) -> Result<Entry, Refused> {
        let (user, stamp) = self.with(user, now, |known| {
            let stamp = known.counters.take(quota, charge, now);
            stamp.map(|stamp| (Arc::clone(&known.name), stamp))
        })?;
        Ok(self.entry(user, stamp, charge))
    }

    /// Counts a request of `user` that another has let pass.
    pub(super) fn note(self: &Arc<Self>, user: &str, charge: Charge, now: Moment) -> Entry {
        let (user, stamp) = self.with(user, now, |known| {
            (Arc::clone(&known.name), known.counters.note(charge, now))
        });
        self.entry(user, stamp, charge)
    }

    /// What `user` has used.
    pub(super) fn usage(&self, user: &str, now: Moment) -> Usage {
        match self.lock(user).users.get_mut(user) {
            Some(known) => known.counters.usage(now),
            None => Usage::default(),
        }
    }

    /// Adds what `user` used before this process began.
    pub(super) fn restore(&self, user: &str, counted: &Counted, now: Moment) {
        self.with(user, now, |known| known.counters.restore(counted, now));
    }

    fn entry(self: &Arc<Self>, user: Arc<str>, stamp: Stamp, charge: Charge) -> Entry {
        Entry {
            memory: Arc::clone(self),
            user,
            stamp,
            stream: charge.stream,
        }
    }

    /// Runs `act` on the counters of `user`, new ones if there are none.
    fn with<T>(&self, user: &str, now: Moment, act: impl FnOnce(&mut Known) -> T) -> T {
        let mut shard = self.lock(user);
        if now.hour() > shard.swept {
            shard.sweep(now);
        }
        if let Some(known) = shard.users.get_mut(user) {
            return act(known);
        }
        let name: Arc<str> = user.into();
        let known = shard.users.entry(Arc::clone(&name)).or_insert(Known {
            name,
            counters: Counters::default(),
        });
        act(known)
    }

    fn lock(&self, user: &str) -> MutexGuard<'_, Shard> {
        let turn = self.hasher.hash_one(user) as usize % self.shards.len();
        // Counters are plain numbers, usable even if a thread died with the lock.
        self.shards[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

// === impl Shard ===

impl Shard {
    fn sweep(&mut self, now: Moment) {
        self.swept = now.hour();
        self.users.retain(|_, known| !known.counters.is_idle(now));
        if self.users.capacity() > 4 * self.users.len() {
            self.users.shrink_to(2 * self.users.len());
        }
    }
}

// === impl Entry ===

impl Entry {
    /// Whose request it is.
    pub(super) fn user(&self) -> &Arc<str> {
        &self.user
    }

    /// Returns what was taken of day, hour and minute.
    pub(super) fn give_back(&self) {
        if let Some(known) = self.memory.lock(&self.user).users.get_mut(&self.user) {
            known.counters.give_back(self.stamp);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.stream {
            return;
        }
        if let Some(known) = self.memory.lock(&self.user).users.get_mut(&self.user) {
            known.counters.end_stream();
        }
    }
}

#[cfg(test)]
mod tests;
