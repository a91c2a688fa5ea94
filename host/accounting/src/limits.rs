//! What a user may ask for in a day, an hour and a minute, and how many streams at once: counted in this process, or
//! in a Redis that all nodes share.
//!
//! Reading order: [`counters`] (the rules, with time as a value), [`memory`], [`redis`]. [`streams`] stands beside
//! them: it ends a user's running streams.

mod counters;
mod memory;
mod redis;
mod streams;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;

pub use self::counters::Counted;
use self::memory::Memory;
use self::redis::Redis;
pub use self::redis::UrlError;
pub use self::streams::{StreamGuard, Streams};

/// When a client may try again whose quota could not be looked up.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(1);

/// What a plan allows each of its users. A limit that is absent does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Requests a day, each at its model's `request_cost`. Days turn at midnight UTC.
    pub per_day: Option<u64>,
    /// Requests an hour, counted by ones. Hours turn at their top.
    pub per_hour: Option<u64>,
    /// Requests in any sixty seconds, counted by ones.
    pub per_minute: Option<u64>,
    /// Streams that run at the same time.
    pub concurrent_streams: Option<u64>,
}

/// What one request takes out of its user's quota. Hour and minute count it as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// What it takes out of the day: the model's `request_cost`.
    pub day: u64,
    /// Whether it is a stream, and so needs a place among those.
    pub stream: bool,
}

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `per_day`.
    Day,
    /// `per_hour`.
    Hour,
    /// `per_minute`.
    Minute,
    /// `concurrent_streams`.
    ConcurrentStreams,
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The user's quota is spent. If several limits are, the first in the order of [`Limit`] is named.
    #[error("the limit {which:?} is reached; there is room again in {retry_after:?}")]
    Limit {
        /// Which of the limits.
        which: Limit,
        /// When all limits that refuse it have room again; a second for streams, whose end nobody knows.
        retry_after: Duration,
    },
    /// The counters cannot be reached, and the configuration says `on_unavailable: deny`.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The shared counters cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the counters of the limits cannot be reached")]
pub struct Unavailable;

/// What happens while the shared counters cannot be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnUnavailable {
    /// This node's own counters decide, which know what this node has let pass and nothing of the others.
    Allow,
    /// Every request is refused as [`Refused::Unavailable`]. The default.
    #[default]
    Deny,
}

/// What a user has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Out of the day's quota.
    pub day: u64,
    /// Requests of this hour.
    pub hour: u64,
    /// Requests of the last sixty seconds.
    pub minute: u64,
    /// Streams that run now.
    pub streams: u64,
}

/// The counters of all users. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limits {
    memory: Arc<Memory>,
    redis: Option<Arc<Redis>>,
}

/// A request that passed. Dropped, it frees its place among the streams; what it took of the quota stays taken.
#[derive(Debug)]
#[must_use = "dropping it frees the stream's place"]
pub struct Taken {
    here: memory::Entry,
    there: Option<redis::Entry>,
}

// === impl Limits ===

impl Limits {
    /// Counts in this process alone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            memory: Arc::new(Memory::default()),
            redis: None,
        }
    }

    /// Counts in the Redis at `url`, over one connection that lives on `runtime`. Returns when the first attempt to
    /// connect is over, whatever came of it: within about two seconds.
    ///
    /// # Errors
    /// [`UrlError`] if `url` is not one of a Redis. A Redis that does not answer is no error: it is tried again.
    pub async fn in_redis(url: &str, on_unavailable: OnUnavailable, runtime: &Handle) -> Result<Self, UrlError> {
        let redis = Redis::open(url, on_unavailable, runtime)?;
        redis.tried().await;
        Ok(Self {
            memory: Arc::new(Memory::default()),
            redis: Some(redis),
        })
    }

    /// Changes what happens while the shared counters cannot be reached. In memory there is nothing to change.
    pub fn set_on_unavailable(&self, on_unavailable: OnUnavailable) {
        if let Some(redis) = &self.redis {
            redis.set_on_unavailable(on_unavailable);
        }
    }

    /// Takes one request of `user` at `now` out of its quota: all limits are checked and counted in one step, so
    /// that of many requests for the last place exactly one gets it. A request that is refused costs nothing.
    ///
    /// In memory it never waits. In Redis the server's clock decides, not `now`, and it waits a second at most.
    /// If its future is dropped while it waits, a place among the streams is given back, but the counts may stay.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn take(&self, user: &str, quota: &Quota, charge: Charge, now: SystemTime) -> Result<Taken, Refused> {
        let Some(redis) = &self.redis else {
            let here = self.memory.take(user, quota, charge, now.into())?;
            return Ok(Taken { here, there: None });
        };
        redis.take(&self.memory, user, quota, charge, now.into()).await
    }

    /// What `user` has used at `now`.
    ///
    /// # Errors
    /// [`Unavailable`] if the shared counters cannot be reached and `on_unavailable` is `deny`.
    pub async fn usage(&self, user: &str, now: SystemTime) -> Result<Usage, Unavailable> {
        match &self.redis {
            None => Ok(self.memory.usage(user, now.into())),
            Some(redis) => redis.usage(&self.memory, user, now.into()).await,
        }
    }

    /// Adds what `user` used before this process began, as the ledger has it. Call it once a user, before requests
    /// are taken. The counters in Redis outlive the process; for them this fills what `on_unavailable: allow` uses.
    pub fn restore(&self, user: &str, counted: &Counted, now: SystemTime) {
        self.memory.restore(user, counted, now.into());
    }
}

// === impl Refused ===

impl Refused {
    /// When the client may try again.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Limit { retry_after, .. } => *retry_after,
            Self::Unavailable(_) => UNAVAILABLE_RETRY,
        }
    }
}

// === impl Taken ===

impl Taken {
    /// Returns what was taken of day, hour and minute, each unless that period has turned since: for a request that
    /// reached no upstream. Never waits; in Redis it happens a moment later.
    pub fn give_back(self) {
        self.here.give_back();
        if let Some(there) = &self.there {
            there.give_back();
        }
    }
}

#[cfg(test)]
mod tests;
