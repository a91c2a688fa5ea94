//! Lines that the disk has no room for: kept in memory, within a bound, until it has.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lock;

/// The most that is kept, in bytes. A record takes a few hundred.
const CAPACITY: usize = 16 << 20;

/// From here on, no further requests are to be begun. Those under way still find room.
const CROWDED: usize = CAPACITY / 2;

/// The lines that wait for room on the disk. They are lost if the process dies.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    lines: Mutex<Vec<u8>>,
    /// The length of `lines`, to be read without its lock.
    len: AtomicUsize,
}

// === impl Overflow ===

impl Overflow {
    /// Keeps a line. Returns false if there is no room for it here either.
    pub(super) fn push(&self, line: &[u8]) -> bool {
        let mut lines = lock(&self.lines);
        let fits = lines.len() + line.len() <= CAPACITY;
        if fits {
            lines.extend_from_slice(line);
            self.len.store(lines.len(), Ordering::Relaxed);
        }
        fits
    }

    /// Takes all lines out.
    pub(super) fn take(&self) -> Vec<u8> {
        let mut lines = lock(&self.lines);
        self.len.store(0, Ordering::Relaxed);
        std::mem::take(&mut *lines)
    }

    /// Puts lines back that were taken out.
    pub(super) fn put_back(&self, taken: &[u8]) {
        let mut lines = lock(&self.lines);
        lines.extend_from_slice(taken);
        self.len.store(lines.len(), Ordering::Relaxed);
    }

    /// The number of bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether so much waits that no further requests are to be begun.
    pub(super) fn is_crowded(&self) -> bool {
        self.len() >= CROWDED
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, CROWDED, Overflow};

    #[test]
    fn it_is_crowded_before_it_is_full() {
        let overflow = Overflow::default();
        let line = vec![b'x'; CROWDED];
        assert!(!overflow.is_crowded());
        assert!(overflow.push(&line) && overflow.is_crowded());
        assert!(overflow.push(&line) && !overflow.push(b"y"));
        assert_eq!(overflow.len(), CAPACITY);
        let taken = overflow.take();
        assert_eq!(
            (taken.len(), overflow.len(), overflow.is_crowded()),
            (CAPACITY, 0, false)
        );
        overflow.put_back(&taken[CROWDED..]);
        assert_eq!(overflow.len(), CROWDED);
    }
}
