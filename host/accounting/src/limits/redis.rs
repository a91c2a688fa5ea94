//! Counters in a Redis, or Valkey, that all nodes share: one script a decision.
//!
//! Reading order: [`scripts`] (what is asked), [`link`] (the connection), [`leases`] (what is done in the background).
//! It needs version 5 of Redis: before that a script that had looked at the clock could not write.

mod leases;
mod link;
mod scripts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::leases::{Errand, Leases};
use self::link::Link;
pub use self::link::UrlError;
use self::scripts::{Clock, Decision, Scripts};
use super::counters::{Moment, Stamp};
use super::memory::Memory;
use super::{Charge, OnUnavailable, Quota, Refused, Taken, Unavailable, Usage};

/// The shared counters. Their background tasks end with the last guard of a request.
#[derive(Debug)]
pub(super) struct Redis {
    link: Arc<Link>,
    scripts: Arc<Scripts>,
    leases: Arc<Leases>,
    errands: mpsc::Sender<Errand>,
    next_stream: AtomicU64,
    allow: AtomicBool,
    _stop: DropGuard,
}

/// A request that was counted here. Dropped, it frees its place among the streams.
#[derive(Debug)]
pub(super) struct Entry {
    redis: Arc<Redis>,
    user: Arc<str>,
    /// None if Redis was away, and does not know of it.
    stamp: Option<Stamp>,
    _lease: Option<Lease>,
}

/// A stream's place, or the question for one: if the future that asks is dropped, the place may have been given.
#[derive(Debug)]
struct Lease {
    redis: Arc<Redis>,
    user: Arc<str>,
    number: u64,
    refused: bool,
}

// === impl Redis ===

impl Redis {
    /// Begins to connect, on `runtime`.
    ///
    /// # Errors
    /// [`UrlError`].
    pub(super) fn open(url: &str, on_unavailable: OnUnavailable, runtime: &Handle) -> Result<Arc<Self>, UrlError> {
        Self::with_clock(url, on_unavailable, runtime, Clock::Server)
    }

    fn with_clock(
        url: &str,
        on_unavailable: OnUnavailable,
        runtime: &Handle,
        clock: Clock,
    ) -> Result<Arc<Self>, UrlError> {
        let (errands, brought) = mpsc::channel(leases::QUEUE);
        let stop = CancellationToken::new();
        let redis = Arc::new(Self {
            link: Arc::new(Link::new(url)?),
            scripts: Arc::new(Scripts::new(clock)),
            leases: Arc::new(Leases::new()),
            errands,
            next_stream: AtomicU64::new(0),
            allow: AtomicBool::new(on_unavailable == OnUnavailable::Allow),
            _stop: stop.clone().drop_guard(),
        });
        let (link, scripts) = (Arc::clone(&redis.link), Arc::clone(&redis.scripts));
        let stopped = stop.clone().cancelled_owned();
        runtime.spawn(async move {
            tokio::select! {
                () = link.keep(&scripts) => {}
                () = stopped => {}
            }
        });
        let (link, scripts) = (Arc::clone(&redis.link), Arc::clone(&redis.scripts));
        let leases = Arc::clone(&redis.leases);
        runtime.spawn(async move { leases.keep(&link, &scripts, brought, &stop).await });
        Ok(redis)
    }

    /// Ends when the first attempt to connect is over.
    pub(super) async fn tried(&self) {
        self.link.tried().await;
    }

    pub(super) fn set_on_unavailable(&self, on_unavailable: OnUnavailable) {
        let allow = on_unavailable == OnUnavailable::Allow;
        self.allow.store(allow, Ordering::Relaxed);
    }

    /// Counts a request of `user` unless a limit refuses it. What passes is noted in `memory` too, which decides
    /// while Redis is away, if it may.
    pub(super) async fn take(
        self: &Arc<Self>,
        memory: &Arc<Memory>,
        user: &str,
        quota: &Quota,
        charge: Charge,
        now: Moment,
    ) -> Result<Taken, Refused> {
        let mut lease = charge.stream.then(|| Lease::ask(self, user));
        let id = lease.as_ref().map_or_else(String::new, Lease::id);
        let call = self.scripts.take(user, quota, charge, &id, now);
        let (here, stamp) = match self.link.run::<Decision>(&call).await {
            Ok(decision) => match scripts::verdict(decision, charge) {
                Ok(stamp) => (memory.note(user, charge, now), Some(stamp)),
                Err(refused) => {
                    if let Some(lease) = &mut lease {
                        lease.refused = true;
                    }
                    return Err(refused);
                }
            },
            Err(Unavailable) if self.allows() => (memory.take(user, quota, charge, now)?, None),
            Err(unavailable) => return Err(unavailable.into()),
        };
        if let Some(lease) = &lease {
            lease.open();
        }
        let there = Some(Entry {
            redis: Arc::clone(self),
            user: Arc::clone(here.user()),
            stamp,
            _lease: lease,
        });
        Ok(Taken { here, there })
    }

    /// What `user` has used.
    pub(super) async fn usage(&self, memory: &Memory, user: &str, now: Moment) -> Result<Usage, Unavailable> {
        let call = self.scripts.usage(user, now);
        match self.link.run::<(u64, u64, u64, u64)>(&call).await {
            Ok((day, hour, minute, streams)) => Ok(Usage {
                day,
                hour,
                minute,
                streams,
            }),
            Err(Unavailable) if self.allows() => Ok(memory.usage(user, now)),
            Err(unavailable) => Err(unavailable),
        }
    }

    fn allows(&self) -> bool {
        self.allow.load(Ordering::Relaxed)
    }

    /// Leaves an errand to the background. If too many wait, it is lost; [`leases::QUEUE`] says what then.
    fn leave(&self, errand: Errand) {
        let _ = self.errands.try_send(errand);
    }
}

// === impl Entry ===

impl Entry {
    /// Returns what was taken of day, hour and minute, a moment later.
    pub(super) fn give_back(&self) {
        if let Some(stamp) = self.stamp {
            let user = Arc::clone(&self.user);
            self.redis.leave(Errand::GiveBack(user, stamp));
        }
    }
}

// === impl Lease ===

impl Lease {
    fn ask(redis: &Arc<Redis>, user: &str) -> Self {
        Self {
            redis: Arc::clone(redis),
            user: user.into(),
            number: redis.next_stream.fetch_add(1, Ordering::Relaxed),
            refused: false,
        }
    }

    fn id(&self) -> String {
        self.redis.leases.id(self.number)
    }

    fn open(&self) {
        self.redis.leases.open(self.number, &self.user);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.refused {
            return;
        }
        self.redis.leases.close(self.number);
        let user = Arc::clone(&self.user);
        self.redis.leave(Errand::Release(user, self.number));
    }
}

#[cfg(test)]
mod tests;
