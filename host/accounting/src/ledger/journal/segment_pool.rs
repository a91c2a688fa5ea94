//! The pool of segments that are not being written: waiting for the store, or ready for reuse. They stay mapped,
//! because mapping a segment costs more than filling it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::mapping::SIZE;
use super::open_segment::OpenSegment;
use super::{JournalError, lock};
use crate::ledger::segment::Segment;

/// Creates and recycles the segments of one node.
#[derive(Debug)]
pub(super) struct SegmentPool {
    dir: PathBuf,
    node: u64,
    /// The next new segment's number.
    next_number: AtomicU64,
    /// How many segments stay mapped while they wait for the store.
    capacity: usize,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    /// Full segments that [`SegmentPool::take_full`] has not returned yet, oldest first.
    full: Vec<Segment>,
    /// Mapped segments that wait for the store, by number.
    waiting: HashMap<u64, OpenSegment>,
    /// Empty segments, ready to be written.
    spare: Vec<OpenSegment>,
}

// === impl SegmentPool ===

impl SegmentPool {
    /// An empty pool. Up to `capacity` segments stay mapped while they wait for the store.
    pub(super) fn new(dir: PathBuf, node: u64, capacity: usize) -> Self {
        Self {
            dir,
            node,
            next_number: AtomicU64::new(0),
            capacity,
            state: Mutex::default(),
        }
    }

    /// An empty segment: a spare one if there is one, otherwise a new one.
    ///
    /// # Errors
    /// [`JournalError::Write`] if the file cannot be created.
    pub(super) fn take(&self) -> Result<OpenSegment, JournalError> {
        if let Some(spare) = lock(&self.state).spare.pop() {
            return Ok(spare);
        }
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let segment = self.segment(number);
        OpenSegment::create(segment.path(), number)
            .map_err(|error| JournalError::Write(segment.path().to_owned(), error))
    }

    /// Stores a written segment until it is [recycled](Self::recycle).
    pub(super) fn put(&self, written: OpenSegment) -> Segment {
        let segment = self.segment(written.number);
        let mut state = lock(&self.state);
        if state.waiting.len() < self.capacity {
            state.waiting.insert(written.number, written);
        }
        segment
    }

    /// Stores a full segment, for [`SegmentPool::take_full`] to return.
    pub(super) fn put_full(&self, full: OpenSegment) {
        let segment = self.put(full);
        lock(&self.state).full.push(segment);
    }

    /// The full segments since the last call, oldest first.
    pub(super) fn take_full(&self) -> Vec<Segment> {
        std::mem::take(&mut lock(&self.state).full)
    }

    /// Wipes a segment for reuse, or removes it if it is not mapped. Its lines must be in the store.
    ///
    /// # Errors
    /// If its file exists and cannot be removed.
    pub(super) fn recycle(&self, segment: &Segment) -> io::Result<()> {
        if let Some(mut spare) = self.unmap(segment)
            && spare.wipe()
            && self.is_whole(spare.number)
        {
            lock(&self.state).spare.push(spare);
            return Ok(());
        }
        match segment.remove() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives up the mapping of a segment that waited for the store, if it has one.
    pub(super) fn unmap(&self, segment: &Segment) -> Option<OpenSegment> {
        let own = segment.node == self.node;
        own.then(|| lock(&self.state).waiting.remove(&segment.number)).flatten()
    }

    /// Whether the segment's file is there with all of its room. If not, somebody else truncated or removed it.
    pub(super) fn is_whole(&self, number: u64) -> bool {
        let file = fs::metadata(self.segment(number).path());
        file.is_ok_and(|file| file.len() == SIZE as u64)
    }

    /// Removes the files of empty segments: the spare ones, and the open ones with these numbers. What cannot be
    /// removed is found by the next start.
    pub(super) fn remove_empty(&self, open: impl Iterator<Item = u64>) {
        let spare = std::mem::take(&mut lock(&self.state).spare);
        for number in spare.iter().map(|spare| spare.number).chain(open) {
            let _ = self.segment(number).remove();
        }
    }

    fn segment(&self, number: u64) -> Segment {
        Segment::new(&self.dir, self.node, number)
    }
}
