//! What is done in Redis behind the requests' backs: places of streams renewed and freed, counts given back.

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

/// How often leases are renewed: twice more before one ends.
const RENEWAL: Duration = Duration::from_secs(10);

/// How many errands, or users whose leases are renewed, go to Redis at a time.
const BATCH: usize = 256;

/// How many errands may wait, which they do while Redis is away. Those beyond are lost: then a place is free when its
/// lease ends, and a count stays.
pub(super) const QUEUE: usize = 65_536;

/// The streams of this node that hold a place in Redis, or shall.
#[derive(Debug)]
pub(super) struct Leases {
    /// Tells this process's streams from those of other nodes.
    node: u64,
    open: Mutex<HashMap<u64, Arc<str>>>,
}

/// What a request leaves to be done.
#[derive(Debug)]
pub(super) enum Errand {
    /// A stream has ended.
    Release(Arc<str>, u64),
    /// A request reached no upstream.
    GiveBack(Arc<str>, Stamp),
}

// === impl Leases ===

impl Leases {
    pub(super) fn new() -> Self {
        Self {
            node: fastrand::u64(..),
            open: Mutex::default(),
        }
    }

    /// A stream's id among those of all nodes.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{:016x}-{number}", self.node)
    }

    /// From now on this stream's lease is renewed.
    pub(super) fn open(&self, number: u64, user: &Arc<str>) {
        self.lock().insert(number, Arc::clone(user));
    }

    /// From now on it is not.
    pub(super) fn close(&self, number: u64) {
        self.lock().remove(&number);
    }

    /// Runs errands and renews leases until nobody can bring errands any more. It does one after the other, so that
    /// no lease is renewed after its stream was released.
    pub(super) async fn keep(
        &self,
        link: &Link,
        scripts: &Scripts,
        mut errands: mpsc::Receiver<Errand>,
        stop: &CancellationToken,
    ) {
        let mut state = link.watch();
        let mut renewal = interval_at(Instant::now() + RENEWAL, RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = renewal.tick() => self.renew(link, scripts).await,
                // A server that was away may have lost its leases, and knows none of the streams begun meanwhile.
                _ = state.changed() => self.renew(link, scripts).await,
                count = errands.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    self.run(link, scripts, &mut batch, stop).await;
                }
            }
        }
    }

    /// Runs errands, once there is a connection. If that fails, streams are released once more, which does no harm
    /// if they were; counts are not given back again, because they may have been.
    async fn run(&self, link: &Link, scripts: &Scripts, batch: &mut Vec<Errand>, stop: &CancellationToken) {
        for _ in 0..2 {
            tokio::select! {
                () = link.up() => {}
                () = stop.cancelled() => {}
            }
            if link.send(&self.pipeline(scripts, batch)).await.is_ok() {
                break;
            }
            batch.retain(|errand| matches!(errand, Errand::Release(..)));
            if batch.is_empty() {
                break;
            }
        }
        batch.clear();
    }

    fn pipeline(&self, scripts: &Scripts, batch: &[Errand]) -> Pipeline {
        let mut pipeline = Pipeline::new();
        let gives_back = |errand: &Errand| matches!(errand, Errand::GiveBack(..));
        if batch.iter().any(gives_back) {
            scripts.load_give_back(&mut pipeline);
        }
        for errand in batch {
            match errand {
                Errand::Release(user, number) => {
                    Scripts::release(&mut pipeline, user, &self.id(*number));
                }
                Errand::GiveBack(user, stamp) => scripts.give_back(&mut pipeline, user, *stamp),
            }
        }
        pipeline
    }

    /// Renews all leases. If Redis is away, the next time does it.
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
        // Each change of the map is one call, so it is whole even if a thread died with the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
