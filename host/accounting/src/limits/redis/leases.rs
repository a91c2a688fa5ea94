//! The background work in Redis: renewing and releasing the leases of stream slots, and refunds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::Pipeline;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::super::counters::Stamp;
use super::link::Link;
use super::scripts::Scripts;

/// How often leases are renewed: often enough that two renewals may fail before a lease expires.
const RENEWAL: Duration = Duration::from_secs(10);

/// How many tasks, or users whose leases are renewed, go to Redis in one pipeline.
const BATCH: usize = 256;

/// How many tasks may wait, as they do while Redis is unavailable. More are dropped: then a stream slot is freed only
/// when its lease expires, and a refund is lost.
pub(super) const QUEUE: usize = 65_536;

/// The streams of this node whose leases are renewed.
#[derive(Debug)]
pub(super) struct Leases {
    /// Random; distinguishes this process's streams from those of other nodes.
    node: u64,
    /// The users, by the number of their stream.
    streams: Mutex<HashMap<u64, Arc<str>>>,
}

/// What a request leaves to the background.
#[derive(Debug)]
pub(super) enum Task {
    /// Frees the slot of a user's stream, by its number.
    Release(Arc<str>, u64),
    /// Refunds a user's request that never reached an upstream.
    Refund(Arc<str>, Stamp),
}

// === impl Leases ===

impl Leases {
    pub(super) fn new() -> Self {
        Self {
            node: fastrand::u64(..),
            streams: Mutex::default(),
        }
    }

    /// A stream's id, unique among all nodes.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{:016x}-{number}", self.node)
    }

    /// Renews this stream's lease from now on.
    pub(super) fn add(&self, number: u64, user: &Arc<str>) {
        self.lock().insert(number, Arc::clone(user));
    }

    /// Stops renewing this stream's lease.
    pub(super) fn remove(&self, number: u64) {
        self.lock().remove(&number);
    }

    /// Runs tasks and renews leases until all senders of tasks are gone. It never does both at once, so that no lease
    /// is renewed after its stream was released.
    pub(super) async fn keep(
        &self,
        link: &Link,
        scripts: &Scripts,
        mut tasks: mpsc::Receiver<Task>,
        stop: &CancellationToken,
    ) {
        let mut state = link.watch();
        let mut renewal = interval_at(Instant::now() + RENEWAL, RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = renewal.tick() => self.renew(link, scripts).await,
                // A server that comes back may have lost its leases, and does not know the streams begun meanwhile.
                _ = state.changed() => self.renew(link, scripts).await,
                count = tasks.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    self.run(link, scripts, &mut batch, stop).await;
                }
            }
        }
    }

    /// Runs tasks as soon as there is a connection. If that fails, releases are retried, which is idempotent; refunds
    /// are not, because they may have taken effect.
    async fn run(&self, link: &Link, scripts: &Scripts, batch: &mut Vec<Task>, stop: &CancellationToken) {
        for _ in 0..2 {
            tokio::select! {
                () = link.up() => {}
                () = stop.cancelled() => {}
            }
            if link.send(&self.pipeline(scripts, batch)).await.is_ok() {
                break;
            }
            batch.retain(|task| matches!(task, Task::Release(..)));
            if batch.is_empty() {
                break;
            }
        }
        batch.clear();
    }

    fn pipeline(&self, scripts: &Scripts, batch: &[Task]) -> Pipeline {
        let mut pipeline = Pipeline::new();
        if batch.iter().any(|task| matches!(task, Task::Refund(..))) {
            scripts.load_refund(&mut pipeline);
        }
        for task in batch {
            match task {
                Task::Release(user, number) => {
                    Scripts::release(&mut pipeline, user, &self.id(*number));
                }
                Task::Refund(user, stamp) => scripts.refund(&mut pipeline, user, *stamp),
            }
        }
        pipeline
    }

    /// Renews all leases. If Redis is unavailable, the next renewal makes up for it.
    async fn renew(&self, link: &Link, scripts: &Scripts) {
        let mut users: HashMap<Arc<str>, Vec<String>> = HashMap::new();
        for (number, user) in self.lock().iter() {
            users.entry(Arc::clone(user)).or_default().push(self.id(*number));
        }
        let users: Vec<_> = users.into_iter().collect();
        for some in users.chunks(BATCH) {
            let mut pipeline = Pipeline::new();
            scripts.load_renew(&mut pipeline);
            for (user, ids) in some {
                scripts.renew(&mut pipeline, user, ids);
            }
            if link.send(&pipeline).await.is_err() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<str>>> {
        // Every change of the map is one call, so it is consistent even if a thread panicked while it held the lock.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
