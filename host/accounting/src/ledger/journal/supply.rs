//! The segments that are not written at the moment: they are made, wait for the store, and are written again. They stay
//! mapped all the while, because to map one costs more than to fill it.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::open::OpenSegment;
use super::{JournalError, lock};
use crate::ledger::segment::Segment;

/// Where segments come from and go to.
#[derive(Debug)]
pub(super) struct Supply {
    dir: PathBuf,
    node: u64,
    /// The next new segment's number.
    number: AtomicU64,
    /// How many are kept mapped until the store has them.
    room: usize,
    rest: Mutex<Rest>,
}

#[derive(Debug, Default)]
struct Rest {
    /// Those that had no room left and were not handed out, the oldest first.
    full: Vec<Segment>,
    /// Those whose lines are not in the store yet, by their number.
    finished: HashMap<u64, OpenSegment>,
    /// Those that can be written again.
    spare: Vec<OpenSegment>,
}

// === impl Supply ===

impl Supply {
    /// For the segments of a node; so many are kept mapped until the store has them.
    pub(super) fn new(dir: PathBuf, node: u64, room: usize) -> Self {
        Self {
            dir,
            node,
            number: AtomicU64::new(0),
            room,
            rest: Mutex::default(),
        }
    }

    /// An empty segment: a spare one, or else a new one.
    ///
    /// # Errors
    /// [`JournalError::Write`] if no file can be made.
    pub(super) fn next(&self) -> Result<OpenSegment, JournalError> {
        if let Some(spare) = lock(&self.rest).spare.pop() {
            return Ok(spare);
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let segment = self.segment(number);
        OpenSegment::create(segment.path(), number)
            .map_err(|error| JournalError::Write(segment.path().to_owned(), error))
    }

    /// Takes a segment that will not be written before it was [done](Self::done) with.
    pub(super) fn finish(&self, finished: OpenSegment) -> Segment {
        let segment = self.segment(finished.number);
        let mut rest = lock(&self.rest);
        if rest.finished.len() < self.room {
            rest.finished.insert(finished.number, finished);
        }
        segment
    }

    /// Takes a segment that has no room left, for [`Supply::take_full`].
    pub(super) fn fill(&self, full: OpenSegment) {
        let segment = self.finish(full);
        lock(&self.rest).full.push(segment);
    }

    /// Those that had no room left, the oldest first.
    pub(super) fn take_full(&self) -> Vec<Segment> {
        std::mem::take(&mut lock(&self.rest).full)
    }

    /// The store has the segment's lines: it is written again later, or removed.
    ///
    /// # Errors
    /// If its file is there and cannot be removed.
    pub(super) fn done(&self, segment: &Segment) -> io::Result<()> {
        let own = segment.node == self.node;
        let finished = own.then(|| lock(&self.rest).finished.remove(&segment.number));
        if let Some(mut spare) = finished.flatten() {
            spare.wipe();
            lock(&self.rest).spare.push(spare);
            return Ok(());
        }
        match segment.remove() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the files of those that hold nothing: the spare ones, and these. What cannot be removed is found by the
    /// next start.
    pub(super) fn remove_empty(&self, open: impl Iterator<Item = u64>) {
        let spare = std::mem::take(&mut lock(&self.rest).spare);
        for number in spare.iter().map(|spare| spare.number).chain(open) {
            let _ = self.segment(number).remove();
        }
    }

    fn segment(&self, number: u64) -> Segment {
        Segment::new(&self.dir, self.node, number)
    }
}
