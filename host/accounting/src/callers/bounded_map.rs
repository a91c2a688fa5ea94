//! A concurrent map of limited size.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use crate::sharded::{SHARDS, Sharded};

/// A cache without recency: when the shard of a new key is full, an arbitrary entry of that shard is evicted.
pub(super) struct BoundedMap<K, V> {
    shards: Sharded<HashMap<K, V>>,
    shard_capacity: usize,
}

// === impl BoundedMap ===

impl<K: Clone + Eq + Hash, V: Clone> BoundedMap<K, V> {
    /// An empty map for up to `capacity` entries, rounded up to a multiple of the number of shards.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            shards: Sharded::default(),
            shard_capacity: capacity.div_ceil(SHARDS).max(1),
        }
    }

    /// A clone of the value of `key`.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.shards.lock(key).get(key).cloned()
    }

    /// Inserts a value, or replaces the one of the same key.
    pub(super) fn insert(&self, key: K, value: V) {
        let mut shard = self.shards.lock(&key);
        if shard.len() >= self.shard_capacity && !shard.contains_key(&key) {
            let evicted = shard.keys().next().cloned();
            evicted.map(|evicted| shard.remove(&evicted));
        }
        shard.insert(key, value);
    }

    /// Removes the entry of `key`, if there is one.
    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.shards.lock(key).remove(key);
    }

    /// Removes all entries.
    pub(super) fn clear(&self) {
        self.shards.each().for_each(|mut shard| shard.clear());
    }

    /// Removes every entry whose value `keep` rejects.
    pub(super) fn retain(&self, keep: impl Fn(&V) -> bool) {
        self.shards
            .each()
            .for_each(|mut shard| shard.retain(|_, value| keep(value)));
    }

    /// Calls `visit` with every value, one shard at a time.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&V)) {
        self.shards.each().for_each(|shard| shard.values().for_each(&mut visit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_exceeds_its_capacity_and_keeps_the_newest_entry() {
        let map = BoundedMap::new(64);
        for number in 0..10_000 {
            map.insert(number, number);
            assert_eq!(map.get(&number), Some(number));
        }
        let mut held = 0;
        map.for_each(|_| held += 1);
        assert_eq!(held, 64);
    }

    #[test]
    fn replacing_a_value_takes_no_room() {
        let map = BoundedMap::new(1);
        map.insert("a", 1);
        map.insert("a", 2);
        assert_eq!(map.get("a"), Some(2));
        map.remove("a");
        assert_eq!(map.get("a"), None);
    }

    #[test]
    fn retain_and_clear_remove_what_they_say() {
        // Room for all of them, even if they should all fall into one shard.
        let map = BoundedMap::new(20 * SHARDS);
        (0..20).for_each(|number| map.insert(number, number));
        map.retain(|number| number % 2 == 0);
        let mut left = Vec::new();
        map.for_each(|number| left.push(*number));
        left.sort_unstable();
        assert_eq!(left, (0..20).step_by(2).collect::<Vec<_>>());
        map.clear();
        map.for_each(|number| panic!("{number} is still there"));
    }
}
