//! Single flight: concurrent lookups of the same key share one query.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::unavailable::DirectoryUnavailable;

/// How many different keys may be looked up at once. More are rejected: they would only queue for the database.
const MAX_IN_FLIGHT: usize = 1024;

/// The lookups in flight, by key.
pub(super) struct SingleFlight<K, V> {
    in_flight: Mutex<HashMap<K, Lookup<V>>>,
}

/// One lookup and, once it is done, its result.
type Lookup<V> = Arc<OnceCell<Result<V, DirectoryUnavailable>>>;

/// One of the callers that wait for a lookup. The last one to leave removes it.
struct Waiter<'a, K: Eq + Hash, V> {
    group: &'a SingleFlight<K, V>,
    key: K,
    lookup: Lookup<V>,
}

// === impl SingleFlight ===

impl<K: Clone + Eq + Hash, V: Clone> SingleFlight<K, V> {
    pub(super) fn new() -> Self {
        Self {
            in_flight: Mutex::default(),
        }
    }

    /// Looks `key` up with `query`, or joins a lookup of `key` that is already in flight.
    ///
    /// `cache` is called once with the result, unless [`SingleFlight::forget`] was called meanwhile: what was read
    /// before a change must not be cached after it. If the future is dropped, the next waiter runs its own query.
    ///
    /// # Errors
    /// The error of the query, or [`DirectoryUnavailable`] if too many lookups are in flight.
    pub(super) async fn run(
        &self,
        key: K,
        query: impl Future<Output = Result<V, DirectoryUnavailable>>,
        cache: impl FnOnce(&V),
    ) -> Result<V, DirectoryUnavailable> {
        let waiter = self.join(key)?;
        let result = waiter.lookup.get_or_init(|| async {
            let result = query.await;
            if let Ok(value) = &result {
                let in_flight = self.lock();
                let current = in_flight.get(&waiter.key);
                if current.is_some_and(|current| Arc::ptr_eq(current, &waiter.lookup)) {
                    cache(value);
                }
            }
            result
        });
        result.await.clone()
    }

    /// Detaches a lookup of `key` that is in flight, and runs `also` before any result can be cached.
    pub(super) fn forget(&self, key: &K, also: impl FnOnce()) {
        let mut in_flight = self.lock();
        in_flight.remove(key);
        also();
    }

    /// Detaches all lookups in flight, and runs `also` before any result can be cached.
    pub(super) fn forget_all(&self, also: impl FnOnce()) {
        let mut in_flight = self.lock();
        in_flight.clear();
        also();
    }

    fn join(&self, key: K) -> Result<Waiter<'_, K, V>, DirectoryUnavailable> {
        let mut in_flight = self.lock();
        if in_flight.len() >= MAX_IN_FLIGHT && !in_flight.contains_key(&key) {
            return Err(DirectoryUnavailable);
        }
        let lookup = Arc::clone(in_flight.entry(key.clone()).or_default());
        let group = self;
        Ok(Waiter { group, key, lookup })
    }
}

impl<K: Eq + Hash, V> SingleFlight<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Lookup<V>>> {
        // Every change of the map is one call, so it is consistent even if a thread panicked while it held the lock.
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Waiter ===

impl<K: Eq + Hash, V> Drop for Waiter<'_, K, V> {
    fn drop(&mut self) {
        let mut in_flight = self.group.lock();
        let current = in_flight.get(&self.key);
        let mine = current.is_some_and(|current| Arc::ptr_eq(current, &self.lookup));
        // A count of two is this waiter and the map. A finished lookup is removed too, so that the next one queries
        // anew.
        if mine && (self.lookup.initialized() || Arc::strong_count(&self.lookup) == 2) {
            in_flight.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn concurrent_lookups_of_one_key_share_one_query() {
        let group = SingleFlight::new();
        let (answer, answered) = oneshot::channel();
        let cached = Cell::new(0);
        let cache = |value: &i32| cached.set(cached.get() + value);
        let first = group.run("a", async { answered.await.map_err(|_| DirectoryUnavailable) }, cache);
        let second = group.run("a", async { panic!("queried twice") }, cache);
        let third = async {
            answer.send(7).unwrap();
        };
        let (first, second, ()) = tokio::join!(first, second, third);
        assert_eq!((first, second, cached.get()), (Ok(7), Ok(7), 7));
        assert!(group.lock().is_empty());
    }

    #[tokio::test]
    async fn a_result_from_before_a_change_is_returned_but_not_cached() {
        let group = SingleFlight::new();
        let query = async {
            group.forget(&"a", || {});
            Ok(1)
        };
        let answer = group.run("a", query, |_| panic!("cached a stale result"));
        assert_eq!(answer.await, Ok(1));
    }

    #[tokio::test]
    async fn a_lookup_after_a_change_does_not_join_one_from_before() {
        let group = SingleFlight::new();
        let (answer, answered) = oneshot::channel();
        let before = group.run("a", async { answered.await.map_err(|_| DirectoryUnavailable) }, |_| {});
        let after = async {
            group.forget_all(|| {});
            let new = group.run("a", ready(Ok(2)), |_| {}).await;
            answer.send(1).unwrap();
            new
        };
        assert_eq!(tokio::join!(before, after), (Ok(1), Ok(2)));
    }

    #[tokio::test]
    async fn a_failure_is_not_cached() {
        let group = SingleFlight::<_, i32>::new();
        let cache = |_: &i32| panic!("cached a failure");
        let failed = group.run("a", ready(Err(DirectoryUnavailable)), cache).await;
        assert_eq!(failed, Err(DirectoryUnavailable));
        assert_eq!(group.run("a", ready(Ok(3)), |_| {}).await, Ok(3));
    }

    #[tokio::test]
    async fn a_lookup_whose_waiters_are_gone_is_removed() {
        let group = SingleFlight::<_, i32>::new();
        {
            let lookup = group.run("a", pending(), |_| {});
            tokio::select! {
                biased;
                _ = lookup => panic!("nothing answers"),
                () = ready(()) => {}
            }
        }
        assert!(group.lock().is_empty());
    }

    #[tokio::test]
    async fn too_many_different_lookups_are_rejected() {
        let group = SingleFlight::<_, i32>::new();
        let waiters: Vec<_> = (0..MAX_IN_FLIGHT).map(|key| group.join(key).unwrap()).collect();
        assert!(group.join(MAX_IN_FLIGHT).is_err());
        assert!(group.join(0).is_ok(), "a lookup in flight may be joined");
        drop(waiters);
        assert!(group.join(MAX_IN_FLIGHT).is_ok());
    }
}
