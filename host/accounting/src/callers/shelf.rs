//! A map of limited size that many lanes use at once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parts of a shelf, each with its own lock, so that lanes seldom meet.
const PARTS: usize = 16;

/// Values by key. When a part is full, any entry of it makes room.
pub(super) struct Shelf<K, V> {
    parts: [Mutex<HashMap<K, V>>; PARTS],
    /// Chooses the part, in a way that nobody outside can foresee.
    chooser: RandomState,
    /// Entries that a part may hold.
    room: usize,
}

// === impl Shelf ===

impl<K: Clone + Eq + Hash, V: Clone> Shelf<K, V> {
    /// An empty shelf for so many values, rounded up to a multiple of its parts.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::default()),
            chooser: RandomState::new(),
            room: capacity.div_ceil(PARTS).max(1),
        }
    }

    /// The value of that key.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.part(key).get(key).cloned()
    }

    /// Puts a value in the place of the one that was there.
    pub(super) fn put(&self, key: K, value: V) {
        let mut part = self.part(&key);
        if part.len() >= self.room && !part.contains_key(&key) {
            let goes = part.keys().next().cloned();
            goes.map(|goes| part.remove(&goes));
        }
        part.insert(key, value);
    }

    /// Takes a value away.
    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.part(key).remove(key);
    }

    /// Takes away every value of which `keep` says no.
    pub(super) fn retain(&self, keep: impl Fn(&V) -> bool) {
        for part in &self.parts {
            lock(part).retain(|_, value| keep(value));
        }
    }

    /// Shows every value to `look`.
    pub(super) fn each(&self, mut look: impl FnMut(&V)) {
        for part in &self.parts {
            lock(part).values().for_each(&mut look);
        }
    }

    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> MutexGuard<'_, HashMap<K, V>> {
        let number = self.chooser.hash_one(key) as usize % PARTS;
        lock(&self.parts[number])
    }
}

/// A map is whole even if a thread died with its lock.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_more_than_it_has_room_for_and_keeps_the_newest() {
        let shelf = Shelf::new(64);
        for number in 0..10_000 {
            shelf.put(number, number);
            assert_eq!(shelf.get(&number), Some(number));
        }
        let mut held = 0;
        shelf.each(|_| held += 1);
        assert_eq!(held, 64);
    }

    #[test]
    fn a_value_that_is_replaced_takes_no_room() {
        let shelf = Shelf::new(1);
        shelf.put("a", 1);
        shelf.put("a", 2);
        assert_eq!(shelf.get("a"), Some(2));
        shelf.remove("a");
        assert_eq!(shelf.get("a"), None);
    }

    #[test]
    fn only_what_is_to_stay_stays() {
        // Room for all of them, even if they should fall to one part.
        let shelf = Shelf::new(20 * PARTS);
        (0..20).for_each(|number| shelf.put(number, number));
        shelf.retain(|number| number % 2 == 0);
        let mut left = Vec::new();
        shelf.each(|number| left.push(*number));
        left.sort_unstable();
        assert_eq!(left, (0..20).step_by(2).collect::<Vec<_>>());
    }
}
