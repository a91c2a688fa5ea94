//! The journal: an append-only file on this machine that outlives `kill -9`, until the store has its rows.
//!
//! A line is in memory that belongs to the kernel before the client has its last byte. Nothing is forced to the disk:
//! what a process has written is not lost with it, and a power cut may cost the last seconds.

mod open;
mod supply;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind::FileTooLarge;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::open::OpenSegment;
use self::supply::Supply;
use super::lock::NodeLock;
use super::record::Record;
use super::segment::{Segment, names};

/// Where lines go that the store can never take, for a person to look at.
const SET_ASIDE: &str = "set-aside.jsonl";

/// The journal of this process. It may be written from many threads at once.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    node: u64,
    /// The next record's `seq`.
    seq: AtomicU64,
    /// Several, so that threads do not wait for each other: one that the system takes off its core while it writes would
    /// hold up all.
    open: Box<[Mutex<OpenSegment>]>,
    supply: Supply,
    node_lock: Option<NodeLock>,
}

/// Why something is not in the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory cannot be used.
    #[error("cannot keep the journal in {0}: {1}; give a directory that this process may write to")]
    Directory(PathBuf, #[source] io::Error),
    /// The record was not written.
    #[error("cannot write to the journal in {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
    /// A segment cannot be read back, or not be removed.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// The record has no form as a line.
    #[error("a record cannot be written as JSON: {0}")]
    Record(#[from] serde_json::Error),
}

/// What a process that is gone has left.
#[derive(Debug)]
pub struct LeftBehind {
    /// Its segments, the oldest first.
    pub segments: Vec<Segment>,
    lock: NodeLock,
}

/// How many segments are kept mapped for each that is open. At full load a few are filled until the store has the first.
const KEPT: usize = 8;

/// How many threads have written.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Lines are made outside the lock, and without asking for memory each time.
    static LINE: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(1024));

    /// Which of the open segments this thread writes.
    static TURN: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

// === impl Journal ===

impl Journal {
    /// Begins a journal in a directory, which is made if it is not there, for this user alone. As many threads as
    /// `breadth` says can write at once.
    ///
    /// # Errors
    /// [`JournalError::Directory`] if nothing can be written there.
    pub fn open(dir: &Path, breadth: NonZeroUsize) -> Result<Self, JournalError> {
        let begin = || {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            let node = random_node();
            let lock = NodeLock::create(dir, node)?;
            Ok((node, lock))
        };
        let (node, lock) = begin().map_err(|error| JournalError::Directory(dir.to_owned(), error))?;
        let supply = Supply::new(dir.to_owned(), node, KEPT * breadth.get());
        let open = (0..breadth.get())
            .map(|_| supply.next().map(Mutex::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            dir: dir.to_owned(),
            node,
            seq: AtomicU64::new(0),
            open,
            supply,
            node_lock: Some(lock),
        })
    }

    /// The node whose rows this process writes: random for each start, positive as a signed 64-bit number.
    #[must_use]
    pub fn node(&self) -> u64 {
        self.node
    }

    /// Writes a record; its `node` and `seq` are set here. When this returns, it is safe from the death of the process.
    ///
    /// # Errors
    /// [`JournalError::Write`], for instance on a full disk: then nothing of it counts. It does not harm others.
    pub fn append(&self, record: &mut Record) -> Result<(), JournalError> {
        record.node = self.node;
        record.seq = self.seq.fetch_add(1, Ordering::Relaxed);
        LINE.with_borrow_mut(|line| {
            line.clear();
            record.write_line(line)?;
            let mut open = self.mine();
            while open.write(line).is_err() {
                if open.len == 0 {
                    return Err(JournalError::Write(self.dir.clone(), FileTooLarge.into()));
                }
                let full = std::mem::replace(&mut *open, self.supply.next()?);
                self.supply.fill(full);
            }
            Ok(())
        })
    }

    /// Hands out the segments that are full, and begins new ones for those that something was written to.
    ///
    /// # Errors
    /// [`JournalError::Write`] where no file can be made. Then the old segment goes on.
    pub fn rotate(&self) -> impl Iterator<Item = Result<Segment, JournalError>> {
        let full = self.supply.take_full();
        let rotate = |open| self.rotate_one(open).transpose();
        let begun = self.open.iter().filter_map(rotate);
        full.into_iter().map(Ok).chain(begun)
    }

    fn rotate_one(&self, open: &Mutex<OpenSegment>) -> Result<Option<Segment>, JournalError> {
        if lock(open).len == 0 {
            return Ok(None);
        }
        // Made before the lock is taken: nobody waits for a directory to be written.
        let next = self.supply.next()?;
        let finished = std::mem::replace(&mut *lock(open), next);
        Ok(Some(self.supply.finish(finished)))
    }

    /// Says that the store has a segment's lines.
    ///
    /// # Errors
    /// [`JournalError::Read`] if its file is there and cannot be removed.
    pub fn done(&self, segment: &Segment) -> Result<(), JournalError> {
        self.supply
            .done(segment)
            .map_err(|error| JournalError::Read(segment.path().to_owned(), error))
    }

    /// What processes that are gone have left in the directory, each held until it is dropped, so that of several
    /// processes that start at once only one takes it in.
    ///
    /// # Errors
    /// [`JournalError::Directory`] if the directory cannot be read.
    pub fn left_behind(&self) -> Result<Vec<LeftBehind>, JournalError> {
        let fault = |error| JournalError::Directory(self.dir.clone(), error);
        let mut left = Vec::new();
        for node in self.other_nodes().map_err(fault)? {
            let Some(lock) = NodeLock::take_over(&self.dir, node).map_err(fault)? else {
                tracing::warn!(
                    journal = %self.dir.display(),
                    "another process that runs keeps its journal in the same directory; give each its own"
                );
                continue;
            };
            // Listed only now: before, another process may have been at it.
            let segments = Segment::list(&self.dir, node).map_err(fault)?;
            left.push(LeftBehind { segments, lock });
        }
        Ok(left)
    }

    /// Keeps a line that can never be a row.
    ///
    /// # Errors
    /// [`JournalError::Write`]: then it must not be given up.
    pub(super) fn set_aside(&self, line: &[u8]) -> Result<PathBuf, JournalError> {
        let path = self.dir.join(SET_ASIDE);
        let write = || {
            let mut whole = line.to_vec();
            if !whole.ends_with(b"\n") {
                whole.push(b'\n');
            }
            append_to(&path)?.write_all(&whole)
        };
        match write() {
            Ok(()) => Ok(path),
            Err(error) => Err(JournalError::Write(path, error)),
        }
    }

    fn other_nodes(&self) -> io::Result<BTreeSet<u64>> {
        let node_of =
            |name: &String| Segment::parse(name).map_or_else(|| NodeLock::node_of(name), |(node, _)| Some(node));
        let mut nodes: BTreeSet<u64> = names(&self.dir)?.iter().filter_map(node_of).collect();
        nodes.remove(&self.node);
        Ok(nodes)
    }

    /// The segment that this thread writes.
    fn mine(&self) -> MutexGuard<'_, OpenSegment> {
        lock(&self.open[TURN.with(|turn| turn % self.open.len())])
    }
}

impl Drop for Journal {
    /// Leaves nothing behind if nothing waits for the store. What cannot be removed is found by the next start.
    fn drop(&mut self) {
        let empty = |open: &Mutex<OpenSegment>| {
            let open = lock(open);
            (open.len == 0).then_some(open.number)
        };
        self.supply.remove_empty(self.open.iter().filter_map(empty));
        let rest = Segment::list(&self.dir, self.node);
        if rest.is_ok_and(|segments| segments.is_empty())
            && let Some(lock) = self.node_lock.take()
        {
            let _ = lock.remove();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each step leaves it whole, even if a thread died with the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that no other start has: from the operating system's randomness, and with room for the sign.
fn random_node() -> u64 {
    (RandomState::new().hash_one(std::process::id()) >> 1).max(1)
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

// === impl LeftBehind ===

impl LeftBehind {
    /// Says that all of it is in the store.
    ///
    /// # Errors
    /// [`JournalError::Write`] if the lock's file cannot be removed.
    pub fn done(self) -> Result<(), JournalError> {
        let path = self.lock.path.clone();
        self.lock.remove().map_err(|error| JournalError::Write(path, error))
    }
}

#[cfg(test)]
mod tests;
