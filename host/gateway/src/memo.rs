//! What plugins have made of requests, kept for the next one of which they would be told the same: a plugin is a pure
//! function, so it would make the same of that.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread;

use crate::thread_number::thread_number;

/// The largest entry, in bytes: with its parameters, and with what was made of them.
const MAX_ENTRY: usize = 32 << 10;

/// How much one half of a shard keeps.
const MAX_ENTRIES: usize = 256;
const MAX_BYTES: usize = 1 << 20;

/// How many parameters that were seen once a shard remembers, by their hash alone.
const MAX_SEEN: usize = 1024;

/// The outcomes of one generation's calls of one kind, in one shard per core. A thread has a shard, and never waits for
/// it: if another thread is there, the call is made as if nothing were kept.
pub(crate) struct Memo<V> {
    shards: Box<[Mutex<Shard<V>>]>,
    counts: Arc<[Counters]>,
    /// Randomly seeded, so that nobody outside can aim at another entry.
    hasher: RandomState,
}

/// All that a call depends on, and what is made of its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    /// Whose call it is: the name of a provider or of a shaper.
    pub(crate) name: &'a str,
    pub(crate) settings: &'a [u8],
    pub(crate) operation: &'a str,
    pub(crate) dialect: &'a str,
    pub(crate) stream: bool,
    pub(crate) model: &'a str,
    /// The caller's plan and pseudonym, as far as the plugin is told.
    pub(crate) caller: [&'a str; 2],
    pub(crate) parameters: &'a [u8],
}

/// What was found for a key.
#[derive(Debug)]
pub(crate) enum Found<V> {
    /// What was made of the same before.
    Kept(Arc<V>),
    /// Nothing; with this, what is made of it now may be kept. `None` if the key itself is too large for that.
    New(Option<Ticket>),
}

/// The hash of a key that was looked for.
#[derive(Debug)]
pub(crate) struct Ticket(u64);

/// How often something was kept already, and how often not, since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MemoCounts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

/// The counts of one core, on a cache line of their own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
}

/// When the young half is full, it takes the place of the old one, whose entries are forgotten unless they were used.
struct Shard<V> {
    young: Half<V>,
    old: Half<V>,
    /// The hashes of keys that were seen once, each at its own place.
    seen: Box<[u64]>,
}

struct Half<V> {
    entries: HashMap<u64, Entry<V>>,
    bytes: usize,
}

struct Entry<V> {
    name: Box<str>,
    settings: Box<[u8]>,
    operation: Box<str>,
    dialect: Box<str>,
    stream: bool,
    model: Box<str>,
    caller: [Box<str>; 2],
    parameters: Box<[u8]>,
    value: Arc<V>,
    bytes: usize,
}

// === impl Memo ===

impl<V> Memo<V> {
    /// One that keeps something, or nothing. It counts on from the one `before`.
    pub(crate) fn new(keeps: bool, before: Option<&Self>) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let shards = (0..if keeps { cores } else { 0 }).map(|_| Mutex::default());
        let counts = || (0..cores).map(|_| Counters::default()).collect();
        Self {
            shards: shards.collect(),
            counts: before.map_or_else(counts, |before| Arc::clone(&before.counts)),
            hasher: RandomState::new(),
        }
    }

    /// Looks for what was made of the same before.
    pub(crate) fn find(&self, key: &Key<'_>) -> Found<V> {
        if key.is_large() || self.shards.is_empty() {
            return Found::New(None);
        }
        let hash = self.hasher.hash_one(key);
        let counters = &self.counts[thread_number() % self.counts.len()];
        if let Some(value) = self.shard().and_then(|mut shard| shard.find(hash, key)) {
            counters.hits.fetch_add(1, Ordering::Relaxed);
            return Found::Kept(value);
        }
        counters.misses.fetch_add(1, Ordering::Relaxed);
        Found::New(Some(Ticket(hash)))
    }

    /// Keeps what was made of a key, of so many bytes, if the same is asked for the second time: parameters that never come
    /// again take no room from those that do.
    pub(crate) fn keep(&self, Ticket(hash): Ticket, key: &Key<'_>, value: &Arc<V>, bytes: usize) {
        let bytes = bytes + key.bytes();
        if bytes > MAX_ENTRY {
            return;
        }
        let Some(mut shard) = self.shard() else { return };
        if shard.has_seen(hash) {
            shard.insert(hash, key.owned(value, bytes));
        }
    }

    /// How often it was of use.
    pub(crate) fn counts(&self) -> MemoCounts {
        let sum = |of: fn(&Counters) -> &AtomicU64| {
            self.counts
                .iter()
                .map(|counters| of(counters).load(Ordering::Relaxed))
                .sum()
        };
        MemoCounts {
            hits: sum(|counters| &counters.hits),
            misses: sum(|counters| &counters.misses),
        }
    }

    /// This thread's shard, unless another thread is there, or nothing is kept.
    fn shard(&self) -> Option<MutexGuard<'_, Shard<V>>> {
        match self.shards.get(thread_number() % self.shards.len().max(1))?.try_lock() {
            Ok(shard) => Some(shard),
            // A panic between two steps leaves an entry more or less.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<V> fmt::Debug for Memo<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

// === impl Key ===

impl Key<'_> {
    fn bytes(&self) -> usize {
        let [plan, user] = self.caller.map(str::len);
        let names = self.name.len() + self.operation.len() + self.dialect.len() + self.model.len();
        names + plan + user + self.settings.len() + self.parameters.len()
    }

    /// Whether it would not be kept in any case. To hash it would cost more than it is worth.
    fn is_large(&self) -> bool {
        self.bytes() > MAX_ENTRY
    }

    fn owned<V>(&self, value: &Arc<V>, bytes: usize) -> Entry<V> {
        Entry {
            name: self.name.into(),
            settings: self.settings.into(),
            operation: self.operation.into(),
            dialect: self.dialect.into(),
            stream: self.stream,
            model: self.model.into(),
            caller: self.caller.map(Box::from),
            parameters: self.parameters.into(),
            value: Arc::clone(value),
            bytes,
        }
    }
}

// === impl Shard ===

impl<V> Shard<V> {
    fn find(&mut self, hash: u64, key: &Key<'_>) -> Option<Arc<V>> {
        if let Some(value) = self.young.find(hash, key) {
            return Some(value);
        }
        let value = self.old.find(hash, key)?;
        // What is used stays.
        let entry = self.old.remove(hash)?;
        self.insert(hash, entry);
        Some(value)
    }

    /// Whether this hash was seen before; remembers that it was.
    fn has_seen(&mut self, hash: u64) -> bool {
        let place = &mut self.seen[hash as usize % MAX_SEEN];
        std::mem::replace(place, hash) == hash
    }

    fn insert(&mut self, hash: u64, entry: Entry<V>) {
        if self.young.entries.len() >= MAX_ENTRIES || self.young.bytes + entry.bytes > MAX_BYTES {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.remove(hash);
        self.young.bytes += entry.bytes;
        self.young.entries.insert(hash, entry);
    }
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self {
            young: Half::default(),
            old: Half::default(),
            seen: vec![0; MAX_SEEN].into(),
        }
    }
}

// === impl Half ===

impl<V> Half<V> {
    fn find(&self, hash: u64, key: &Key<'_>) -> Option<Arc<V>> {
        let entry = self.entries.get(&hash).filter(|entry| entry.key() == *key)?;
        Some(Arc::clone(&entry.value))
    }

    fn remove(&mut self, hash: u64) -> Option<Entry<V>> {
        let entry = self.entries.remove(&hash)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

impl<V> Default for Half<V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            bytes: 0,
        }
    }
}

// === impl Entry ===

impl<V> Entry<V> {
    fn key(&self) -> Key<'_> {
        Key {
            name: &self.name,
            settings: &self.settings,
            operation: &self.operation,
            dialect: &self.dialect,
            stream: self.stream,
            model: &self.model,
            caller: self.caller.each_ref().map(|name| &**name),
            parameters: &self.parameters,
        }
    }
}
