//! A value in several copies, one for each of a few threads: none of them writes to memory that another is writing to,
//! which costs cores more than the counting itself. What reads it adds the copies up.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::thread_number::thread_number;

/// The most copies. With more threads than that, some share one, which is slower and not wrong.
const MOST: usize = 16;

/// Copies of a value, each made when a thread of its own first needs it.
pub(super) struct Striped<V> {
    copies: Box<[OnceLock<Arc<V>>]>,
    make: fn() -> V,
}

// === impl Striped ===

impl<V> Striped<V> {
    /// No copy yet, and room for as many as there are cores.
    pub(super) fn new(make: fn() -> V) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            copies: (0..cores.min(MOST)).map(|_| OnceLock::new()).collect(),
            make,
        }
    }

    /// The copy of the current thread.
    pub(super) fn own(&self) -> &V {
        self.copies[thread_number() % self.copies.len()].get_or_init(|| Arc::new((self.make)()))
    }

    /// Every copy that there is.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<V>> {
        self.copies.iter().filter_map(OnceLock::get)
    }
}

impl<V> fmt::Debug for Striped<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Striped").field(&self.all().count()).finish()
    }
}
