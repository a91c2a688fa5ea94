//! A segment that is being written: a memory-mapped file with its disk space reserved.
//!
//! Mapped pages belong to the kernel: what was copied there is in the file, whatever happens to the process. A
//! `write(2)` per line achieves the same at several times the cost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{Ordering, compiler_fence};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::mapping::{Mapping, SIZE};

/// A segment that is being written. Behind its last line the file is all zeros.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) number: u64,
    /// Bytes that are used by lines.
    pub(super) len: usize,
    map: Mapping,
}

/// Why a segment does not take a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Untaken {
    /// The line does not fit.
    Full,
    /// The file was truncated, or its disk fails. What came before may be in it.
    Lost,
}

// === impl OpenSegment ===

impl OpenSegment {
    /// Creates an empty segment, accessible only to this user.
    ///
    /// # Errors
    /// If the file cannot be created or its disk space cannot be reserved.
    pub(super) fn create(path: &Path, number: u64) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        match reserve(&file).and_then(|()| Mapping::of(&file)) {
            Ok(map) => Ok(Self { number, len: 0, map }),
            Err(error) => {
                // If this fails, the file is empty, and the next start removes it.
                let _ = fs::remove_file(path);
                Err(error)
            }
        }
    }

    /// Appends a line. Its line feed is written last, so that a process that dies halfway leaves a line without one.
    ///
    /// # Errors
    /// [`Untaken`]: the line is to be written elsewhere.
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), Untaken> {
        let end = self.len + line.len();
        let room = self.map.get_mut(self.len..end).ok_or(Untaken::Full)?;
        let (Some((feed, text)), Some((last, place))) = (line.split_last(), room.split_last_mut()) else {
            return Ok(());
        };
        place.copy_from_slice(text);
        compiler_fence(Ordering::Release);
        *last = *feed;
        if self.map.is_lost() {
            return Err(Untaken::Lost);
        }
        self.len = end;
        Ok(())
    }

    /// Empties the segment. The first byte is zeroed first, so that a half-wiped segment is recognised as empty.
    /// Returns false if its file is lost.
    pub(super) fn wipe(&mut self) -> bool {
        if let Some((first, others)) = self.map[..self.len].split_first_mut() {
            *first = 0;
            compiler_fence(Ordering::Release);
            others.fill(0);
        }
        self.len = 0;
        !self.map.is_lost()
    }
}

/// Reserves disk space. With a sparse file, writing to the mapping on a full disk would kill the process with `SIGBUS`.
fn reserve(mut file: &File) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, SIZE as u64) {
        Err(Errno::OPNOTSUPP) => file.write_all(&vec![0; SIZE]),
        other => Ok(other?),
    }
}
