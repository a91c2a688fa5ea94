//! Single flight: of equal questions that are asked at the same time one is answered, and all get its answer.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// The questions in flight, by key.
pub struct SingleFlight<K, V> {
    most: usize,
    in_flight: Mutex<HashMap<K, Flight<V>>>,
}

/// The answer, once it is there.
type Flight<V> = Arc<OnceCell<V>>;

/// One of those who ask the same. The last one to leave removes the question.
pub struct Seat<'a, K: Eq + Hash, V> {
    group: &'a SingleFlight<K, V>,
    key: K,
    flight: Flight<V>,
}

// === impl SingleFlight ===

impl<K: Clone + Eq + Hash, V> SingleFlight<K, V> {
    /// Up to `most` different questions may be in flight at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            in_flight: Mutex::default(),
        }
    }

    /// Joins the flight of this key, or begins one; `None` if there are too many.
    pub fn join(&self, key: K) -> Option<Seat<'_, K, V>> {
        let mut in_flight = self.lock();
        if in_flight.len() >= self.most && !in_flight.contains_key(&key) {
            return None;
        }
        let flight = Arc::clone(in_flight.entry(key.clone()).or_default());
        let group = self;
        Some(Seat { group, key, flight })
    }

    /// Detaches the flight of this key: who comes later does not join it. Runs `also` before any answer can be
    /// [kept](Seat::keep).
    pub fn forget(&self, key: &K, also: impl FnOnce()) {
        let mut in_flight = self.lock();
        in_flight.remove(key);
        also();
    }

    /// Detaches all flights, and runs `also` before any answer can be [kept](Seat::keep).
    pub fn forget_all(&self, also: impl FnOnce()) {
        let mut in_flight = self.lock();
        in_flight.clear();
        also();
    }
}

impl<K: Eq + Hash, V> SingleFlight<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<V>>> {
        // Every change of the map is one call, so it is consistent even if a thread panicked while it held the lock.
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SingleFlight of up to {}", self.most)
    }
}

// === impl Seat ===

impl<K: Eq + Hash, V> Seat<'_, K, V> {
    /// Runs `keep` unless this flight was detached meanwhile: what was read before a change must not be kept after it.
    pub fn keep(&self, keep: impl FnOnce()) {
        let in_flight = self.group.lock();
        if self.is_current(&in_flight) {
            keep();
        }
    }

    fn is_current(&self, in_flight: &HashMap<K, Flight<V>>) -> bool {
        let current = in_flight.get(&self.key);
        current.is_some_and(|current| Arc::ptr_eq(current, &self.flight))
    }
}

impl<K: Eq + Hash, V: Clone> Seat<'_, K, V> {
    /// Asks, unless another of this flight does so already; then waits for what that one gets. If the future of the one
    /// that asks is dropped, the next one asks.
    pub async fn answer(&self, ask: impl Future<Output = V>) -> V {
        self.flight.get_or_init(|| ask).await.clone()
    }
}

impl<K: Eq + Hash, V> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        let mut in_flight = self.group.lock();
        // A count of two is this seat and the map. A flight that has its answer is removed too, so that the next one asks
        // anew.
        if self.is_current(&in_flight) && (self.flight.initialized() || Arc::strong_count(&self.flight) == 2) {
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

    async fn ask<V: Clone>(group: &SingleFlight<&'static str, V>, question: impl Future<Output = V>) -> V {
        group.join("a").unwrap().answer(question).await
    }

    #[tokio::test]
    async fn equal_questions_share_one_answer() {
        let group = SingleFlight::new(1);
        let (answer, answered) = oneshot::channel();
        let first = ask(&group, async { answered.await.unwrap() });
        let second = ask(&group, async { panic!("asked twice") });
        let third = async { answer.send(7).unwrap() };
        assert_eq!(tokio::join!(first, second, third), (7, 7, ()));
        assert!(group.lock().is_empty());
    }

    #[tokio::test]
    async fn if_the_one_that_asks_leaves_the_next_one_asks() {
        let group = SingleFlight::new(1);
        let waits = group.join("a").unwrap();
        tokio::select! {
            biased;
            _ = ask(&group, pending()) => panic!("nothing answers"),
            () = ready(()) => {}
        }
        assert_eq!(waits.answer(ready(7)).await, 7);
        drop(waits);
        assert!(group.lock().is_empty());
    }

    #[tokio::test]
    async fn what_was_answered_before_a_change_is_not_kept_nor_joined() {
        let group = SingleFlight::new(1);
        let (answer, answered) = oneshot::channel();
        let kept = Cell::new(0);
        let before = async {
            let seat = group.join("a").unwrap();
            let answer = seat.answer(async { answered.await.unwrap() }).await;
            seat.keep(|| kept.set(answer));
            answer
        };
        let after = async {
            group.forget_all(|| {});
            let seat = group.join("a").unwrap();
            let new = seat.answer(ready(2)).await;
            seat.keep(|| kept.set(new));
            answer.send(1).unwrap();
            new
        };
        assert_eq!(tokio::join!(before, after), (1, 2));
        assert_eq!(kept.get(), 2);
        let seat = group.join("a").unwrap();
        group.forget(&"a", || {});
        seat.keep(|| panic!("kept what was forgotten"));
    }

    #[tokio::test]
    async fn a_question_whose_askers_are_gone_is_removed() {
        let group = SingleFlight::<_, i32>::new(1);
        tokio::select! {
            biased;
            _ = ask(&group, pending()) => panic!("nothing answers"),
            () = ready(()) => {}
        }
        assert!(group.lock().is_empty());
    }

    #[test]
    fn too_many_different_questions_are_rejected() {
        let group = SingleFlight::<_, i32>::new(3);
        let seats: Vec<_> = (0..3).map(|key| group.join(key).unwrap()).collect();
        assert!(group.join(3).is_none());
        assert!(group.join(0).is_some(), "a flight that there is may be joined");
        drop(seats);
        assert!(group.join(3).is_some());
    }
}
