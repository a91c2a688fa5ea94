//! Counters in a Redis or Valkey that all nodes share: one script call per decision.
//!
//! Reading order: [`scripts`] (the commands), [`link`] (the connection), [`leases`] (the background work). Requires
//! Redis 5: in earlier versions a script that has read the clock cannot write.

mod leases;
mod link;
mod scripts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::leases::{Leases, Task};
use self::link::Link;
pub use self::link::UrlError;
use self::scripts::{Decision, PeriodClock, Scripts};
use super::counters::{Moment, Stamp};
use super::memory::Memory;
use super::{Charge, CountersUnavailable, OnUnavailable, Quota, Refused, Taken, Usage};

/// The shared counters. Their background tasks end when this and the last [`SharedCharge`] are dropped.
#[derive(Debug)]
pub(super) struct Redis {
    link: Arc<Link>,
    scripts: Arc<Scripts>,
    leases: Arc<Leases>,
    tasks: mpsc::Sender<Task>,
    next_stream: AtomicU64,
    allow: AtomicBool,
    _stop: DropGuard,
}

/// A request counted in Redis. Dropping it frees its stream slot.
#[derive(Debug)]
pub(super) struct SharedCharge {
    redis: Arc<Redis>,
    user: Arc<str>,
    /// `None` if Redis was unavailable and did not count it.
    stamp: Option<Stamp>,
    _lease: Option<Lease>,
}

/// A stream's slot, requested or granted: if the requesting future is dropped, Redis may have granted the slot already.
#[derive(Debug)]
struct Lease {
    redis: Arc<Redis>,
    user: Arc<str>,
    number: u64,
    refused: bool,
}

// === impl Redis ===

impl Redis {
    /// Starts connecting, on `runtime`.
    ///
    /// # Errors
    /// [`UrlError`] if `url` is not a Redis URL.
    pub(super) fn open(url: &str, on_unavailable: OnUnavailable, runtime: &Handle) -> Result<Arc<Self>, UrlError> {
        Self::with_clock(url, on_unavailable, runtime, PeriodClock::Server)
    }

    fn with_clock(
        url: &str,
        on_unavailable: OnUnavailable,
        runtime: &Handle,
        clock: PeriodClock,
    ) -> Result<Arc<Self>, UrlError> {
        let (tasks, queued) = mpsc::channel(leases::QUEUE);
        let stop = CancellationToken::new();
        let redis = Arc::new(Self {
            link: Arc::new(Link::new(url)?),
            scripts: Arc::new(Scripts::new(clock)),
            leases: Arc::new(Leases::new()),
            tasks,
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
        runtime.spawn(async move { leases.keep(&link, &scripts, queued, &stop).await });
        Ok(redis)
    }

    /// Completes when the first attempt to connect has succeeded or failed.
    pub(super) async fn tried(&self) {
        self.link.tried().await;
    }

    /// Whether it answered the last probe.
    pub(super) fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// In which words it refused the connection; `None` if it did not.
    pub(super) fn refusal(&self) -> Option<Arc<str>> {
        self.link.refusal()
    }

    pub(super) fn set_on_unavailable(&self, on_unavailable: OnUnavailable) {
        let allow = on_unavailable == OnUnavailable::Allow;
        self.allow.store(allow, Ordering::Relaxed);
    }

    /// Counts a request of `user` unless a limit refuses it. Admitted requests are counted in `memory` too, which
    /// decides while Redis is unavailable if `on_unavailable` is `allow`.
    pub(super) async fn take(
        self: &Arc<Self>,
        memory: &Arc<Memory>,
        user: &str,
        quota: &Quota,
        charge: Charge,
        now: Moment,
    ) -> Result<Taken, Refused> {
        let mut lease = charge.stream.then(|| Lease::request(self, user));
        let id = lease.as_ref().map_or_else(String::new, Lease::id);
        let call = self.scripts.take(user, quota, charge, &id, now);
        let (local, stamp) = match self.link.run::<Decision>(&call).await {
            Ok(decision) => match scripts::verdict(decision, charge) {
                Ok(stamp) => (memory.record(user, charge, now), Some(stamp)),
                Err(refused) => {
                    if let Some(lease) = &mut lease {
                        lease.refused = true;
                    }
                    return Err(refused);
                }
            },
            Err(CountersUnavailable) if self.allows() => (memory.take(user, quota, charge, now)?, None),
            Err(unavailable) => return Err(unavailable.into()),
        };
        if let Some(lease) = &lease {
            lease.renew_from_now();
        }
        let shared = Some(SharedCharge {
            redis: Arc::clone(self),
            user: Arc::clone(local.user()),
            stamp,
            _lease: lease,
        });
        Ok(Taken { local, shared })
    }

    /// What `user` has used.
    pub(super) async fn usage(&self, memory: &Memory, user: &str, now: Moment) -> Result<Usage, CountersUnavailable> {
        let call = self.scripts.usage(user, now);
        match self.link.run::<(u64, u64, u64, u64)>(&call).await {
            Ok((day, hour, minute, streams)) => Ok(Usage {
                day,
                hour,
                minute,
                streams,
            }),
            Err(CountersUnavailable) if self.allows() => Ok(memory.usage(user, now)),
            Err(unavailable) => Err(unavailable),
        }
    }

    fn allows(&self) -> bool {
        self.allow.load(Ordering::Relaxed)
    }

    /// Hands a task to the background. A full queue drops it; [`leases::QUEUE`] says what happens then.
    fn enqueue(&self, task: Task) {
        let _ = self.tasks.try_send(task);
    }
}

// === impl SharedCharge ===

impl SharedCharge {
    /// Refunds what was counted per day, hour and minute, a moment later.
    pub(super) fn refund(&self) {
        if let Some(stamp) = self.stamp {
            let user = Arc::clone(&self.user);
            self.redis.enqueue(Task::Refund(user, stamp));
        }
    }
}

// === impl Lease ===

impl Lease {
    fn request(redis: &Arc<Redis>, user: &str) -> Self {
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

    fn renew_from_now(&self) {
        self.redis.leases.add(self.number, &self.user);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.refused {
            return;
        }
        self.redis.leases.remove(self.number);
        let user = Arc::clone(&self.user);
        self.redis.enqueue(Task::Release(user, self.number));
    }
}

#[cfg(test)]
mod tests;
