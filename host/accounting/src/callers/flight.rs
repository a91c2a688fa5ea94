//! One question for all who ask the same at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::Unavailable;

/// How many different questions may be open at once. More are turned away: they would only wait for the database.
const OPEN: usize = 1024;

/// The open questions by what they are about.
pub(super) struct Flights<K, V> {
    open: Mutex<HashMap<K, Flight<V>>>,
}

/// One question and, later, its answer.
type Flight<V> = Arc<OnceCell<Result<V, Unavailable>>>;

/// A place among those who wait for one answer. The last to leave closes the question.
struct Seat<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    key: K,
    flight: Flight<V>,
}

// === impl Flights ===

impl<K: Clone + Eq + Hash, V: Clone> Flights<K, V> {
    /// No open question.
    pub(super) fn new() -> Self {
        Self { open: Mutex::default() }
    }

    /// The answer to the question about `key`: that of `ask`, or of another who asked before and still waits.
    ///
    /// `keep` is given the answer once, unless [`Flights::forget`] came between question and answer: what was read
    /// before a change must not be kept after it. A dropped future lets the next one ask in its place.
    pub(super) async fn join(
        &self,
        key: K,
        ask: impl Future<Output = Result<V, Unavailable>>,
        keep: impl FnOnce(&V),
    ) -> Result<V, Unavailable> {
        let seat = self.seat(key)?;
        let answer = seat.flight.get_or_init(|| async {
            let answer = ask.await;
            if let Ok(value) = &answer {
                let open = self.lock();
                let current = open.get(&seat.key);
                if current.is_some_and(|current| Arc::ptr_eq(current, &seat.flight)) {
                    keep(value);
                }
            }
            answer
        });
        answer.await.clone()
    }

    /// Closes the question about `key`, and does `also` before any answer can be kept.
    pub(super) fn forget(&self, key: &K, also: impl FnOnce()) {
        let mut open = self.lock();
        open.remove(key);
        also();
    }

    /// Closes all questions, and does `also` before any answer can be kept.
    pub(super) fn forget_all(&self, also: impl FnOnce()) {
        let mut open = self.lock();
        open.clear();
        also();
    }

    fn seat(&self, key: K) -> Result<Seat<'_, K, V>, Unavailable> {
        let mut open = self.lock();
        if open.len() >= OPEN && !open.contains_key(&key) {
            return Err(Unavailable);
        }
        let flight = Arc::clone(open.entry(key.clone()).or_default());
        let flights = self;
        Ok(Seat { flights, key, flight })
    }
}

impl<K: Eq + Hash, V> Flights<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<V>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Seat ===

impl<K: Eq + Hash, V> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        let mut open = self.flights.lock();
        let current = open.get(&self.key);
        let mine = current.is_some_and(|current| Arc::ptr_eq(current, &self.flight));
        // Two hold it: this seat and the map. Once there is an answer, the next to ask must ask anew.
        if mine && (self.flight.initialized() || Arc::strong_count(&self.flight) == 2) {
            open.remove(&self.key);
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
    async fn all_who_ask_at_the_same_time_share_one_answer() {
        let flights = Flights::new();
        let (answer, answered) = oneshot::channel();
        let kept = Cell::new(0);
        let keep = |value: &i32| kept.set(kept.get() + value);
        let first = flights.join("a", async { answered.await.map_err(|_| Unavailable) }, keep);
        let second = flights.join("a", async { panic!("asked twice") }, keep);
        let third = async {
            answer.send(7).unwrap();
        };
        let (first, second, ()) = tokio::join!(first, second, third);
        assert_eq!((first, second, kept.get()), (Ok(7), Ok(7), 7));
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn an_answer_of_before_a_change_is_given_but_not_kept() {
        let flights = Flights::new();
        let asked = async {
            flights.forget(&"a", || {});
            Ok(1)
        };
        let answer = flights.join("a", asked, |_| panic!("kept what is out of date"));
        assert_eq!(answer.await, Ok(1));
    }

    #[tokio::test]
    async fn who_asks_after_a_change_does_not_get_the_answer_of_before() {
        let flights = Flights::new();
        let (answer, answered) = oneshot::channel();
        let before = flights.join("a", async { answered.await.map_err(|_| Unavailable) }, |_| {});
        let after = async {
            flights.forget_all(|| {});
            let new = flights.join("a", ready(Ok(2)), |_| {}).await;
            answer.send(1).unwrap();
            new
        };
        assert_eq!(tokio::join!(before, after), (Ok(1), Ok(2)));
    }

    #[tokio::test]
    async fn a_failure_is_shared_and_not_kept() {
        let flights = Flights::<_, i32>::new();
        let keep = |_: &i32| panic!("kept a failure");
        let failed = flights.join("a", ready(Err(Unavailable)), keep).await;
        assert_eq!(failed, Err(Unavailable));
        assert_eq!(flights.join("a", ready(Ok(3)), |_| {}).await, Ok(3));
    }

    #[tokio::test]
    async fn a_question_whose_askers_hung_up_is_closed() {
        let flights = Flights::<_, i32>::new();
        {
            let asking = flights.join("a", pending(), |_| {});
            tokio::select! {
                biased;
                _ = asking => panic!("nothing answers"),
                () = ready(()) => {}
            }
        }
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn too_many_different_questions_are_turned_away() {
        let flights = Flights::<_, i32>::new();
        let seats: Vec<_> = (0..OPEN).map(|key| flights.seat(key).unwrap()).collect();
        assert!(flights.seat(OPEN).is_err());
        assert!(flights.seat(0).is_ok(), "an open question may be joined");
        drop(seats);
        assert!(flights.seat(OPEN).is_ok());
    }
}
