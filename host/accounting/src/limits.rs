//! Quotas: requests per day, hour and minute, and concurrent streams. A plan's limits apply per user, across all of their
//! keys, and a key may have limits of its own, which apply in addition. They are counted in this process or in a Redis that all nodes share.
//!
//! Reading order: `counters` (the rules, with time as a value), `memory`, `redis`. `streams` is independent of
//! them: it ends a user's running streams.

mod counters;
mod memory;
mod redis;
mod streams;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;

pub use self::counters::PriorUsage;
use self::memory::{LocalCharge, Memory};
pub use self::redis::UrlError;
use self::redis::{Redis, SharedCharge};
pub use self::streams::{StreamGuard, Streams};

/// The retry time for a client whose quota could not be checked.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(1);

/// What a plan allows each of its users. An absent limit means unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Requests per day, weighted by their model's `request_cost`. Days start at midnight UTC.
    pub per_day: Option<u64>,
    /// Requests per hour, each counted as one. Hours start on the hour.
    pub per_hour: Option<u64>,
    /// Requests in any sixty seconds, each counted as one.
    pub per_minute: Option<u64>,
    /// Streams that may run at the same time.
    pub concurrent_streams: Option<u64>,
}

/// What one request costs of its user's quota. It counts as one per hour and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// What it counts towards `per_day`: the model's `request_cost`.
    pub day: u64,
    /// Whether it is a stream and therefore needs a stream slot.
    pub stream: bool,
}

/// One of the limits of a [`Quota`].
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

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The user's quota is used up. If several limits are reached, `which` is the first in the order of [`Limit`].
    #[error("the limit {which:?} is reached; retry after {retry_after:?}")]
    Limit {
        /// The limit that is reached.
        which: Limit,
        /// The time until all refusing limits have room again; one second for streams, whose end nobody can foresee.
        retry_after: Duration,
    },
    /// The shared counters cannot be reached, and the configuration says `on_unavailable: deny`.
    #[error(transparent)]
    Unavailable(#[from] CountersUnavailable),
}

/// The shared counters cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit counters in Redis cannot be reached")]
pub struct CountersUnavailable;

/// What happens while the shared counters cannot be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnUnavailable {
    /// This node decides by its own counters, which see only the requests of this node.
    Allow,
    /// Every request is refused as [`Refused::Unavailable`]. The default.
    #[default]
    Deny,
}

/// How much of their quota a user has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The sum of `request_cost` of the current day (UTC).
    pub day: u64,
    /// Requests in the current hour.
    pub hour: u64,
    /// Requests in the last sixty seconds.
    pub minute: u64,
    /// Streams that are running.
    pub streams: u64,
}

/// The counters of all users. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limits {
    memory: Arc<Memory>,
    redis: Option<Arc<Redis>>,
}

/// A request that was admitted. Dropping it frees its stream slot; the request itself stays counted.
#[derive(Debug)]
#[must_use = "dropping it frees the stream slot"]
pub struct Taken {
    local: LocalCharge,
    shared: Option<SharedCharge>,
}

/// The name under which a key is counted: no user has one that begins so.
#[must_use]
pub fn name_of_key(key: &str) -> String {
    format!("\u{1f}{key}")
}

// === impl Limits ===

impl Limits {
    /// Counters in this process only.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            memory: Arc::new(Memory::default()),
            redis: None,
        }
    }

    /// Counters in the Redis at `url`, over one connection that lives on `runtime`. Returns once the first attempt to
    /// connect has succeeded or failed, which takes up to about two seconds.
    ///
    /// # Errors
    /// [`UrlError`] if `url` is not a Redis URL. A Redis that does not answer is not an error: it is retried in the
    /// background.
    pub async fn in_redis(url: &str, on_unavailable: OnUnavailable, runtime: &Handle) -> Result<Self, UrlError> {
        let redis = Redis::open(url, on_unavailable, runtime)?;
        redis.tried().await;
        Ok(Self {
            memory: Arc::new(Memory::default()),
            redis: Some(redis),
        })
    }

    /// Whether the shared counters answer; `None` without any.
    #[must_use]
    pub fn is_up(&self) -> Option<bool> {
        self.redis.as_ref().map(|redis| redis.is_up())
    }

    /// Why the shared counters do not answer, such as a password that is refused; `None` if they do, or without any.
    #[must_use]
    pub fn refusal(&self) -> Option<Arc<str>> {
        self.redis.as_ref()?.refusal()
    }

    /// Changes what happens while the shared counters cannot be reached. Has no effect on counters in memory.
    pub fn set_on_unavailable(&self, on_unavailable: OnUnavailable) {
        if let Some(redis) = &self.redis {
            redis.set_on_unavailable(on_unavailable);
        }
    }

    /// Whether the counters can be reached: those in memory always can.
    #[must_use]
    pub fn are_reachable(&self) -> bool {
        self.redis.as_ref().is_none_or(|redis| redis.is_up())
    }

    /// Counts one request of `user` at `now`. All limits are checked and counted atomically, so that exactly one of
    /// many requests for the last slot gets it. A refused request is not counted.
    ///
    /// In memory this never waits. With Redis it waits up to a second, and the server's clock decides instead of
    /// `now`. If the future is dropped meanwhile, the stream slot is freed, but the request may stay counted.
    ///
    /// # Errors
    /// [`Refused`] if a limit is reached, or if Redis cannot be reached and `on_unavailable` is `deny`.
    pub async fn take(&self, user: &str, quota: &Quota, charge: Charge, now: SystemTime) -> Result<Taken, Refused> {
        let Some(redis) = &self.redis else {
            let local = self.memory.take(user, quota, charge, now.into())?;
            return Ok(Taken { local, shared: None });
        };
        redis.take(&self.memory, user, quota, charge, now.into()).await
    }

    /// Whether a request of `user` would be refused at `now`, whatever it is: nothing is counted, and nothing waited for.
    /// With Redis nothing is: this process's own counters also hold what was taken while Redis was away, or before it.
    ///
    /// # Errors
    /// [`Refused::Limit`] if the day, the hour or the minute is used up.
    pub fn peek(&self, user: &str, quota: &Quota, now: SystemTime) -> Result<(), Refused> {
        let unlimited = (quota.per_day, quota.per_hour, quota.per_minute) == (None, None, None);
        if unlimited || self.redis.is_some() {
            return Ok(());
        }
        self.memory.peek(user, quota, now.into())
    }

    /// What `user` has used at `now`.
    ///
    /// # Errors
    /// [`CountersUnavailable`] if the shared counters cannot be reached and `on_unavailable` is `deny`.
    pub async fn usage(&self, user: &str, now: SystemTime) -> Result<Usage, CountersUnavailable> {
        match &self.redis {
            None => Ok(self.memory.usage(user, now.into())),
            Some(redis) => redis.usage(&self.memory, user, now.into()).await,
        }
    }

    /// Adds what `user` used before this process started, according to the ledger. Call it once per user, before any
    /// request is taken. The counters in Redis outlive the process and do not change; with them, this fills the local
    /// counters that `on_unavailable: allow` falls back to.
    pub fn restore(&self, user: &str, prior: &PriorUsage, now: SystemTime) {
        self.memory.restore(user, prior, now.into());
    }
}

// === impl Refused ===

impl Refused {
    /// How long the client should wait before it tries again.
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
    /// Refunds the request to its day, hour and minute, unless they have ended since. Requests that never reach an
    /// upstream are refunded. Never waits; in Redis the refund takes effect a moment later.
    pub fn refund(self) {
        self.local.refund();
        if let Some(shared) = &self.shared {
            shared.refund();
        }
    }
}

#[cfg(test)]
mod tests;
