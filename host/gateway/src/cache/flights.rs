//! Equal requests that are in flight at the same time: one of them asks, and the others wait for its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::kept::Kept;
use super::key::CacheKey;

/// How many different requests may be waited for at once. Further ones ask for themselves.
const MOST: usize = 4096;

/// The requests in flight, by key.
#[derive(Debug, Default)]
pub(super) struct Flights {
    in_flight: Mutex<HashMap<CacheKey, Flight>>,
}

/// The answer once it is there; `None` if the one that asked has failed: then everybody asks for themselves.
type Flight = Arc<OnceCell<Option<Arc<Kept>>>>;

/// One of the requests that share a flight. The last one to leave removes it.
#[derive(Debug)]
pub(crate) struct Seat<'a> {
    flights: &'a Flights,
    key: CacheKey,
    flight: Flight,
}

// === impl Flights ===

impl Flights {
    /// Joins the flight of this request, or begins one; `None` if there are too many.
    pub(super) fn join(&self, key: CacheKey) -> Option<Seat<'_>> {
        let mut in_flight = self.lock();
        if in_flight.len() >= MOST && !in_flight.contains_key(&key) {
            return None;
        }
        let flight = Arc::clone(in_flight.entry(key).or_default());
        Some(Seat {
            flights: self,
            key,
            flight,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CacheKey, Flight>> {
        // Every change of the map is one call, so it is consistent even if a thread panicked while it held the lock.
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Seat ===

impl Seat<'_> {
    /// Runs `ask` unless another request of this flight does so already; then waits for what that one gets. If that one is
    /// dropped, the next one asks. Returns the answer; `None` if whoever asked has failed.
    pub(crate) async fn answer(&self, ask: impl Future<Output = Option<Arc<Kept>>>) -> Option<Arc<Kept>> {
        self.flight.get_or_init(|| ask).await.clone()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.flights.lock();
        let current = in_flight.get(&self.key);
        let mine = current.is_some_and(|current| Arc::ptr_eq(current, &self.flight));
        // A count of two is this seat and the map. What has its answer is removed too: the next request looks into the cache.
        if mine && (self.flight.initialized() || Arc::strong_count(&self.flight) == 2) {
            in_flight.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::sync::oneshot;

    use super::*;
    use crate::cache::key::tests::numbered;
    use crate::routing::WholeAnswer;

    fn answer() -> Arc<Kept> {
        Arc::new(Kept::whole(&WholeAnswer::default(), String::new()))
    }

    #[tokio::test]
    async fn one_asks_and_all_get_its_answer() {
        let flights = Flights::default();
        let (arrive, arrival) = oneshot::channel();
        let seats: Vec<_> = (0..3).filter_map(|_| flights.join(numbered(1))).collect();
        let asks = async { arrival.await.ok() };
        let (first, second, third, _) = tokio::join!(
            seats[0].answer(asks),
            seats[1].answer(pending()),
            seats[2].answer(pending()),
            async { arrive.send(answer()) },
        );
        let same = |one: &Option<Arc<Kept>>| one.as_ref().zip(first.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
        assert!(same(&second) && same(&third));
        drop(seats);
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_told_to_those_who_wait_and_a_departure_makes_the_next_one_ask() {
        let flights = Flights::default();
        let seats: Vec<_> = (0..2).filter_map(|_| flights.join(numbered(1))).collect();
        {
            let left = seats[0].answer(pending());
            tokio::select! {
                biased;
                _ = left => {}
                () = ready(()) => {}
            }
        }
        assert!(seats[1].answer(ready(Some(answer()))).await.is_some());
        drop(seats);
        let seats: Vec<_> = (0..2).filter_map(|_| flights.join(numbered(1))).collect();
        assert!(seats[0].answer(ready(None)).await.is_none());
        assert!(seats[1].answer(ready(Some(answer()))).await.is_none());
        drop(seats);
        assert!(flights.lock().is_empty());
    }
}
