//! The requests that are in flight, so that operators can see them and end one.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use jackfield_accounting::callers::Caller;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::record::RequestRecord;

/// How many locks share the requests: more than there are workers on most machines.
const SHARDS: usize = 16;

/// The requests in flight on this node.
#[derive(Debug, Default)]
pub(crate) struct Live {
    next: AtomicU64,
    shards: [Mutex<HashMap<u64, Arc<LiveRequest>>>; SHARDS],
}

/// A request in flight, as far as operators see it. It holds nothing of what was sent.
#[derive(Debug)]
pub(crate) struct LiveRequest {
    /// Its number on this node. Ids may be chosen by clients, and so may be in use twice.
    pub(crate) number: u64,
    /// Its id.
    pub(crate) id: Arc<str>,
    /// The path of its endpoint, as the API lists it.
    pub(crate) endpoint: &'static str,
    /// Who sent it; `None` if authentication is off.
    pub(crate) caller: Option<Arc<Caller>>,
    /// When it arrived, for measuring durations.
    pub(crate) received: Instant,
    /// The same moment in wall-clock time.
    pub(crate) received_at: SystemTime,
    model: OnceLock<Arc<str>>,
    stream: AtomicBool,
    ended: AtomicBool,
    ends: Notify,
}

/// A request's place among those in flight. Dropping it takes the request out.
#[derive(Debug)]
pub(crate) struct LivePlace {
    live: Arc<Live>,
    request: Arc<LiveRequest>,
}

// === impl Live ===

impl Live {
    /// Puts in the request that this record describes, with its caller known.
    pub(crate) fn begin(self: &Arc<Self>, record: &RequestRecord) -> LivePlace {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let request = Arc::new(LiveRequest {
            number,
            id: Arc::clone(&record.id),
            endpoint: record.endpoint,
            caller: record.caller.clone(),
            received: record.received,
            received_at: record.received_at,
            model: OnceLock::new(),
            stream: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            ends: Notify::new(),
        });
        self.shard(number).insert(number, Arc::clone(&request));
        LivePlace {
            live: Arc::clone(self),
            request,
        }
    }

    /// All requests in flight, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<LiveRequest>> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(locked(shard).values().cloned());
        }
        all.sort_by_key(|request| request.number);
        all
    }

    /// Ends the request with this number: a stream with its last words, another one with an error. `None` if there is
    /// none.
    pub(crate) fn end(&self, number: u64) -> Option<Arc<LiveRequest>> {
        let request = self.shard(number).get(&number).cloned()?;
        request.end();
        Some(request)
    }

    /// Ends all requests of the callers who are meant, in the same way.
    pub(crate) fn end_of(&self, is_meant: impl Fn(&Caller) -> bool) {
        for shard in &self.shards {
            let requests = locked(shard);
            for request in requests.values() {
                if request.caller.as_deref().is_some_and(&is_meant) {
                    request.end();
                }
            }
        }
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, HashMap<u64, Arc<LiveRequest>>> {
        locked(&self.shards[number as usize % SHARDS])
    }
}

fn locked<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one step of a map, which is valid even if a thread panicked while it held the lock.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl LiveRequest ===

impl LiveRequest {
    /// Its user; `None` if authentication is off.
    pub(crate) fn user(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| &*caller.user)
    }

    /// Its model, once that is known to exist.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.get().map(|model| &**model)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.ends.notify_waiters();
    }

    /// Whether its client wants a stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.stream.load(Ordering::Relaxed)
    }
}

// === impl LivePlace ===

impl LivePlace {
    /// Tells what is asked of whom.
    pub(crate) fn asks(&self, model: &Arc<str>, stream: bool) {
        let _ = self.request.model.set(Arc::clone(model));
        self.request.stream.store(stream, Ordering::Relaxed);
    }

    /// Completes when an operator ends the request; never for one without a place.
    pub(crate) async fn ended(place: Option<&Self>) {
        let Some(LivePlace { request, .. }) = place else {
            return pending().await;
        };
        loop {
            let ends = request.ends.notified();
            if request.ended.load(Ordering::Acquire) {
                return;
            }
            ends.await;
        }
    }
}

impl Drop for LivePlace {
    fn drop(&mut self) {
        self.live.shard(self.request.number).remove(&self.request.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use jackfield_dialects::Operation;

    use super::*;

    fn begun(live: &Arc<Live>, id: &str) -> LivePlace {
        live.begin(&RequestRecord::new(&id.into(), Operation::Chat, 1, Instant::now()))
    }

    #[tokio::test]
    async fn requests_are_listed_until_they_end_and_one_of_them_is_ended() {
        let live = Arc::new(Live::default());
        let (first, second) = (begun(&live, "a"), begun(&live, "a"));
        first.asks(&"m".into(), true);
        let all = live.all();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].model(), all[0].is_stream()), (Some("m"), true));
        assert_eq!((all[1].model(), all[1].is_stream()), (None, false));
        assert!(LivePlace::ended(Some(&second)).now_or_never().is_none());
        let (ended, ()) = tokio::join!(async { live.end(all[1].number) }, LivePlace::ended(Some(&second)));
        assert!(ended.is_some());
        assert!(LivePlace::ended(Some(&first)).now_or_never().is_none());
        drop((first, second));
        assert!(live.all().is_empty() && live.end(0).is_none());
    }
}
