//! The journal: append-only files on this machine that survive `kill -9` and keep records until the store has them.
//!
//! A record is in kernel memory before the client receives the last byte of its answer. Nothing is synced to disk: the
//! death of the process loses nothing, and a power cut may lose the last seconds. While the disk is full, records wait
//! in memory, within a bound.

mod error;
mod mapping;
mod open_segment;
mod orphaned;
mod overflow;
mod segment_pool;

use std::cell::RefCell;
use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind::FileTooLarge;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::error::JournalError;
use self::mapping::SIZE;
use self::open_segment::{OpenSegment, Untaken};
pub(super) use self::orphaned::OrphanedJournal;
use self::overflow::Overflow;
use self::segment_pool::SegmentPool;
use super::lock::NodeLock;
use super::record::Record;
use super::segment::Segment;

/// The file for lines that the store can never accept, for a person to inspect.
const SET_ASIDE: &str = "set-aside.jsonl";

/// The journal of this process. Any number of threads may write to it.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    node: u64,
    /// The next record's `seq`.
    seq: AtomicU64,
    /// Several, because a thread that is preempted while it writes would hold up all others.
    open: Box<[Mutex<OpenSegment>]>,
    pool: SegmentPool,
    /// What the disk has no room for.
    overflow: Overflow,
    /// How many lines are set aside.
    aside: AtomicU64,
    /// How many of this process's records the store has, or are set aside.
    stored: AtomicU64,
    /// How many records were lost.
    lost: AtomicU64,
    node_lock: Option<NodeLock>,
}

/// How many segments stay mapped per open one. At full load a few fill up before the store has the first.
const MAPPED_PER_OPEN: usize = 8;

/// The number of threads that have written.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Lines are serialised outside the lock, into a buffer that is allocated once.
    static LINE: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(1024));

    /// Selects the open segment that this thread writes to.
    static THREAD_NUMBER: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

// === impl Journal ===

impl Journal {
    /// Starts a journal in a directory, which is created if absent, accessible only to this user. Up to `writers`
    /// threads write without waiting for each other.
    ///
    /// # Errors
    /// [`JournalError::Directory`] if the directory is not writable.
    pub fn open(dir: &Path, writers: NonZeroUsize) -> Result<Self, JournalError> {
        let begin = || {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            let node = random_node();
            let lock = NodeLock::create(dir, node)?;
            Ok((node, lock))
        };
        let (node, lock) = begin().map_err(|error| JournalError::Directory(dir.to_owned(), error))?;
        let pool = SegmentPool::new(dir.to_owned(), node, MAPPED_PER_OPEN * writers.get());
        let open = (0..writers.get())
            .map(|_| pool.take().map(Mutex::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            dir: dir.to_owned(),
            node,
            seq: AtomicU64::new(0),
            open,
            pool,
            overflow: Overflow::default(),
            aside: AtomicU64::new(lines_of(&dir.join(SET_ASIDE))),
            stored: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            node_lock: Some(lock),
        })
    }

    /// The id of this process in its rows: random per start, and positive as a signed 64-bit number.
    pub(super) fn node(&self) -> u64 {
        self.node
    }

    /// Writes a record, after setting its `node` and `seq`. Once this returns `None`, the record survives the death of
    /// the process. If it returns an error, the disk had no room, and the record waits for it in memory.
    ///
    /// # Errors
    /// [`JournalError::Write`] if there is no room in memory either. Then nothing of the record counts, and others are
    /// unaffected.
    pub(super) fn append(&self, record: &mut Record) -> Result<Option<JournalError>, JournalError> {
        record.node = self.node;
        record.seq = self.seq.fetch_add(1, Ordering::Relaxed);
        LINE.with_borrow_mut(|line| {
            line.clear();
            record.write_line(line)?;
            match self.write(line) {
                Err(error) if line.len() <= SIZE && self.overflow.push(line) => Ok(Some(error)),
                written => written.map(|()| None).inspect_err(|_| {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }),
            }
        })
    }

    fn write(&self, line: &[u8]) -> Result<(), JournalError> {
        let mut open = self.own_segment();
        while let Err(untaken) = open.write(line) {
            if open.len == 0 && untaken == Untaken::Full {
                return Err(JournalError::Write(self.dir.clone(), FileTooLarge.into()));
            }
            let finished = std::mem::replace(&mut *open, self.pool.take()?);
            self.pool.put_full(finished);
        }
        Ok(())
    }

    /// Takes note that the store has so many more of this process's records.
    pub(super) fn stored(&self, records: u64) {
        self.stored.fetch_add(records, Ordering::Relaxed);
    }

    /// How many of this process's records are not in the store yet, and how many are lost.
    pub(super) fn backlog(&self) -> (u64, u64) {
        let (stored, lost) = (self.stored.load(Ordering::Relaxed), self.lost.load(Ordering::Relaxed));
        let written = self.seq.load(Ordering::Relaxed);
        (written.saturating_sub(stored + lost), lost)
    }

    /// Writes the records that wait in memory, as far as there is room for them now.
    ///
    /// # Errors
    /// [`JournalError::Write`] if some of them still wait.
    pub(super) fn flush(&self) -> Result<(), JournalError> {
        let waiting = self.overflow.take();
        let mut written = 0;
        for line in waiting.split_inclusive(|byte| *byte == b'\n') {
            if let Err(error) = self.write(line) {
                self.overflow.put_back(&waiting[written..]);
                return Err(error);
            }
            self.overflow.written(line.len());
            written += line.len();
        }
        Ok(())
    }

    /// Whether the records of further requests will be durable: none waits for room on the disk.
    pub(super) fn is_durable(&self) -> bool {
        self.overflow.len() == 0
    }

    /// How much waits in memory for room on the disk, in bytes.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.overflow.len()
    }

    /// Returns the full segments and those that are in use and not empty, which are replaced by new ones. So are empty
    /// ones whose file somebody else truncated or removed.
    ///
    /// # Errors
    /// [`JournalError::Write`] for a segment that cannot be replaced. It stays in use.
    pub(super) fn rotate(&self) -> impl Iterator<Item = Result<Segment, JournalError>> {
        let full = self.pool.take_full();
        let rotate = |open| self.rotate_one(open).transpose();
        let in_use = self.open.iter().filter_map(rotate);
        full.into_iter().map(Ok).chain(in_use)
    }

    fn rotate_one(&self, open: &Mutex<OpenSegment>) -> Result<Option<Segment>, JournalError> {
        let OpenSegment { number, len, .. } = *lock(open);
        if len == 0 && self.pool.is_whole(number) {
            return Ok(None);
        }
        // Before the lock is acquired: no request should wait while a file is created.
        let next = self.pool.take()?;
        let finished = std::mem::replace(&mut *lock(open), next);
        Ok(Some(self.pool.put(finished)))
    }

    /// Recycles or removes a segment whose lines are in the store.
    ///
    /// # Errors
    /// [`JournalError::Read`] if its file exists and cannot be removed.
    pub(super) fn recycle(&self, segment: &Segment) -> Result<(), JournalError> {
        self.pool
            .recycle(segment)
            .map_err(|error| JournalError::Read(segment.path().to_owned(), error))
    }

    /// Forgets a segment whose file somebody else removed.
    pub(super) fn forget(&self, segment: &Segment) {
        drop(self.pool.unmap(segment));
    }

    /// The size of this process's segments, in bytes, if nobody else truncated them.
    pub(super) fn size_of(&self, segment: &Segment) -> Option<u64> {
        (segment.node == self.node).then_some(SIZE as u64)
    }

    /// Moves a line that can never become a row out of the way. Returns the file that it was appended to.
    ///
    /// # Errors
    /// [`JournalError::Write`]. Then the line's segment must be kept.
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
            Ok(()) => {
                self.aside.fetch_add(1, Ordering::Relaxed);
                Ok(path)
            }
            Err(error) => Err(JournalError::Write(path, error)),
        }
    }

    /// How many lines are set aside, and where. Those of earlier starts count until someone removes the file.
    pub(super) fn aside(&self) -> (u64, PathBuf) {
        (self.aside.load(Ordering::Relaxed), self.dir.join(SET_ASIDE))
    }

    /// The segment that this thread writes to.
    fn own_segment(&self) -> MutexGuard<'_, OpenSegment> {
        lock(&self.open[THREAD_NUMBER.with(|number| number % self.open.len())])
    }
}

impl Drop for Journal {
    /// Removes all files if no record waits for the store. What cannot be removed is found by the next start.
    fn drop(&mut self) {
        let empty = |open: &Mutex<OpenSegment>| {
            let open = lock(open);
            (open.len == 0).then_some(open.number)
        };
        self.pool.remove_empty(self.open.iter().filter_map(empty));
        let rest = Segment::list(&self.dir, self.node);
        if rest.is_ok_and(|segments| segments.is_empty())
            && let Some(lock) = self.node_lock.take()
        {
            let _ = lock.remove();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every step leaves the state consistent, even if a thread panicked while it held the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that no other start has, seeded by the operating system, and positive as a signed number.
fn random_node() -> u64 {
    (RandomState::new().hash_one(std::process::id()) >> 1).max(1)
}

/// The number of lines in a file; 0 if there is none.
fn lines_of(path: &Path) -> u64 {
    let text = std::fs::read(path).unwrap_or_default();
    memchr::memchr_iter(b'\n', &text).count() as u64
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests;
