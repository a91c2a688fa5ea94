//! State divided among several locks by key, so that threads rarely contend for one of them.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Number of shards: many more than there are cores.
pub(crate) const SHARDS: usize = 64;

/// One `T` per shard, each behind its own lock.
///
/// A concurrent map such as `dashmap` hides its shards. The callers in this crate act on a whole shard under the lock
/// that they hold anyway: they evict an entry when the shard is full, or sweep it once an hour.
pub(crate) struct Sharded<T> {
    shards: Box<[Mutex<T>]>,
    /// Randomly seeded, so that nobody outside can aim keys at one shard.
    hasher: RandomState,
}

// === impl Sharded ===

impl<T: Default> Sharded<T> {
    /// Empty shards, `count` of them, which must not be 0.
    pub(crate) fn with_shards(count: usize) -> Self {
        Self {
            shards: (0..count).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl<T> Sharded<T> {
    /// Locks the shard of `key`.
    pub(crate) fn lock<K: Hash + ?Sized>(&self, key: &K) -> MutexGuard<'_, T> {
        let index = self.hasher.hash_one(key) as usize % self.shards.len();
        lock(&self.shards[index])
    }

    /// Locks one shard after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.shards.iter().map(lock)
    }
}

impl<T: Default> Default for Sharded<T> {
    fn default() -> Self {
        Self::with_shards(SHARDS)
    }
}

impl<T> fmt::Debug for Sharded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharded").finish_non_exhaustive()
    }
}

/// Ignores poisoning: every change leaves a shard consistent at each step, even if its thread panics.
fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
