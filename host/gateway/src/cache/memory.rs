//! Answers in this process's memory, within a bound.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};
use tokio::time::Instant;

use super::kept::Kept;
use super::key::CacheKey;

/// About how many bytes an answer has, for the size of tables.
const USUAL_BYTES: u64 = 4096;

/// How many of the largest answers a part of the memory has room for, at least.
const LARGEST_PER_SHARD: u64 = 16;

/// The most parts with a lock of their own.
const MOST_SHARDS: u64 = 32;

/// Answers by the hash of their request.
pub(super) struct Memory {
    answers: Cache<CacheKey, Held, Weigh, DefaultHashBuilder, Evictions>,
    evictions: AtomicU64,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// How many answers.
    pub(crate) entries: usize,
    /// How many bytes they take.
    pub(crate) bytes: u64,
    /// How many had to give way to others before their time was over, or had no room.
    pub(crate) evictions: u64,
}

/// An answer, and until when it is given.
#[derive(Debug, Clone)]
struct Held {
    kept: Arc<Kept>,
    until: Instant,
}

/// Weighs answers by their bytes.
#[derive(Debug, Clone)]
struct Weigh;

/// Hands what gives way to whoever keeps an answer.
#[derive(Debug, Clone)]
struct Evictions;

// === impl Memory ===

impl Memory {
    /// Room for answers of so many bytes in all, of which one has at most `largest`.
    pub(super) fn new(max_bytes: u64, largest: usize) -> Self {
        let lifecycle = Evictions;
        let items = usize::try_from(max_bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let shards = (max_bytes / (LARGEST_PER_SHARD * (largest as u64).max(1))).clamp(1, MOST_SHARDS);
        let mut options = OptionsBuilder::new();
        // It takes the next power of two.
        options
            .weight_capacity(max_bytes)
            .estimated_items_capacity(items)
            .shards(1 << shards.ilog2());
        let answers = match options.build() {
            Ok(options) => Cache::with_options(options, Weigh, DefaultHashBuilder::default(), lifecycle),
            // It refuses options without one of these two alone.
            Err(_) => Cache::with(items, max_bytes, Weigh, DefaultHashBuilder::default(), lifecycle),
        };
        Self {
            answers,
            evictions: AtomicU64::new(0),
        }
    }

    /// The answer to the request with this key, if its time is not over.
    pub(super) fn find(&self, key: &CacheKey) -> Option<Arc<Kept>> {
        let held = self.answers.get(key)?;
        if held.until > Instant::now() {
            return Some(held.kept);
        }
        // Should another request have put a new one there this very moment, that one is asked for once more.
        self.answers.remove(key);
        None
    }

    /// Keeps an answer for this long.
    pub(super) fn put(&self, key: CacheKey, ttl: Duration, kept: Arc<Kept>) {
        let now = Instant::now();
        let itself = Arc::as_ptr(&kept);
        let held = Held { kept, until: now + ttl };
        let gone = self.answers.insert_with_lifecycle(key, held);
        // An older answer to the same request was replaced, and one whose time is over is no loss.
        let is_lost =
            |(of, held): &&(CacheKey, Held)| held.until > now && (*of != key || Arc::as_ptr(&held.kept) == itself);
        let lost = gone.iter().filter(is_lost).count();
        self.evictions.fetch_add(lost as u64, Relaxed);
    }

    pub(super) fn report(&self) -> Report {
        Report {
            entries: self.answers.len(),
            bytes: self.answers.weight(),
            evictions: self.evictions.load(Relaxed),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

impl Weighter<CacheKey, Held> for Weigh {
    fn weight(&self, _key: &CacheKey, held: &Held) -> u64 {
        held.kept.bytes() as u64
    }
}

impl Lifecycle<CacheKey, Held> for Evictions {
    /// What gave way, which is freed once the lock is.
    type RequestState = Vec<(CacheKey, Held)>;

    fn begin_request(&self) -> Vec<(CacheKey, Held)> {
        Vec::new()
    }

    fn on_evict(&self, gone: &mut Vec<(CacheKey, Held)>, key: CacheKey, held: Held) {
        gone.push((key, held));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::cache::key::tests::numbered;
    use crate::routing::WholeAnswer;

    fn answer(bytes: usize) -> Arc<Kept> {
        let answer = WholeAnswer {
            body: vec![b' '; bytes],
            ..WholeAnswer::default()
        };
        Arc::new(Kept::whole(&answer, String::new()))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_given_until_its_time_is_over() {
        let memory = Memory::new(1 << 20, 1 << 16);
        memory.put(numbered(1), Duration::from_secs(10), answer(100));
        advance(Duration::from_secs(9)).await;
        assert!(memory.find(&numbered(1)).is_some());
        assert!(memory.find(&numbered(2)).is_none());
        advance(Duration::from_secs(1)).await;
        assert!(memory.find(&numbered(1)).is_none());
        assert_eq!(memory.report().entries, 0);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_there_is_room_for() {
        let memory = Memory::new(1 << 20, 1 << 16);
        for number in 0..200 {
            memory.put(numbered(number), Duration::from_mins(1), answer(50_000));
            assert!(memory.report().bytes <= 1 << 20);
        }
        let report = memory.report();
        assert!(report.entries > 10 && report.evictions > 100, "{report:?}");
        let before = memory.report().evictions;
        memory.put(numbered(255), Duration::from_mins(1), answer(2 << 20));
        assert_eq!(memory.report().evictions, before + 1, "it had no room itself");
        assert!(memory.report().bytes <= 1 << 20);
    }

    #[tokio::test]
    async fn what_is_replaced_did_not_give_way() {
        let memory = Memory::new(1 << 20, 1 << 16);
        for _ in 0..100 {
            memory.put(numbered(1), Duration::from_secs(1), answer(50_000));
        }
        assert_eq!((memory.report().entries, memory.report().evictions), (1, 0));
    }
}
