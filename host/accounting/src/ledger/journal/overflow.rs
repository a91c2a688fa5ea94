//! Lines that the disk has no room for: kept in memory, within a bound, until it has.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lock;

/// The most that is kept, in bytes. A record takes a few hundred.
const CAPACITY: usize = 16 << 20;

/// The lines that wait for room on the disk. They are lost if the process dies.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    lines: Mutex<Vec<u8>>,
    /// The bytes that wait, those that are just being written included; to be read without the lock.
    len: AtomicUsize,
}

// === impl Overflow ===

impl Overflow {
    /// Keeps a line. Returns false if there is no room for it here either.
    pub(super) fn push(&self, line: &[u8]) -> bool {
        let mut lines = lock(&self.lines);
        let fits = self.len() + line.len() <= CAPACITY;
        if fits {
            lines.extend_from_slice(line);
            self.len.fetch_add(line.len(), Ordering::Relaxed);
        }
        fits
    }

    /// Takes all lines out, to be written. They wait until they are [written](Self::written).
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *lock(&self.lines))
    }

    /// So many bytes of those that were taken out are on the disk.
    pub(super) fn written(&self, bytes: usize) {
        self.len.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Puts lines back that were taken out and could not be written.
    pub(super) fn put_back(&self, taken: &[u8]) {
        lock(&self.lines).extend_from_slice(taken);
    }

    /// The number of bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Overflow};

    #[test]
    fn it_takes_lines_until_it_is_full_and_again_when_they_are_written() {
        let overflow = Overflow::default();
        let line = vec![b'x'; CAPACITY / 2];
        assert!(overflow.push(&line) && overflow.push(&line) && !overflow.push(b"y"));
        assert_eq!(overflow.len(), CAPACITY);
        let taken = overflow.take();
        // What is being written may come back.
        assert_eq!((taken.len(), overflow.len()), (CAPACITY, CAPACITY));
        overflow.written(CAPACITY / 2);
        overflow.put_back(&taken[CAPACITY / 2..]);
        assert_eq!(overflow.len(), CAPACITY / 2);
        assert!(overflow.push(&line) && overflow.take().len() == CAPACITY);
    }
}
