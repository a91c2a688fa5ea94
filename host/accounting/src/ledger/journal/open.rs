//! The segment that is being written: a file that is mapped into memory, with the room for its lines reserved.
//!
//! Memory that a file is mapped to belongs to the kernel: what was copied there is in the file, whatever becomes of the
//! process. A `write(2)` for each line does the same and costs several times as much.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{Ordering, compiler_fence};

use memmap2::MmapMut;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// Room for lines, in bytes. A record has a few hundred.
pub(super) const ROOM: usize = 256 << 10;

/// The segment that is being written. Behind its last line the file is all zeros.
#[derive(Debug)]
pub(super) struct OpenSegment {
    /// Its number.
    pub(super) number: u64,
    /// Bytes of lines in it.
    pub(super) len: usize,
    map: MmapMut,
}

/// The line has no room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

// === impl OpenSegment ===

impl OpenSegment {
    /// Makes an empty one, for this user alone.
    ///
    /// # Errors
    /// If there is no room for it, or no file can be made.
    #[allow(
        unsafe_code,
        reason = "a mapped file must not be cut: it is new, and private to this process (see `NodeLock`)"
    )]
    pub(super) fn create(path: &Path, number: u64) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        // SAFETY: nobody cuts the file while it is mapped: readers only read and remove it.
        let map = reserve(&file).and_then(|()| unsafe { MmapMut::map_mut(&file) });
        match map {
            Ok(map) => Ok(Self { number, len: 0, map }),
            Err(error) => {
                // What is left of it says nothing, and the next start removes it.
                let _ = fs::remove_file(path);
                Err(error)
            }
        }
    }

    /// Adds a line, which ends with its line feed. A process that dies in the midst of it leaves one without.
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), Full> {
        let end = self.len + line.len();
        let room = self.map.get_mut(self.len..end).ok_or(Full)?;
        let (Some((feed, text)), Some((last, place))) = (line.split_last(), room.split_last_mut()) else {
            return Ok(());
        };
        place.copy_from_slice(text);
        compiler_fence(Ordering::Release);
        *last = *feed;
        self.len = end;
        Ok(())
    }

    /// Makes it empty. The first byte goes first: a process that dies in the midst of it leaves nothing to be read.
    pub(super) fn wipe(&mut self) {
        if let Some((first, others)) = self.map[..self.len].split_first_mut() {
            *first = 0;
            compiler_fence(Ordering::Release);
            others.fill(0);
        }
        self.len = 0;
    }
}

/// Gives the file its room on the disk. Sized alone, it could end the process: by the signal that comes when memory is
/// written for which the disk has no room.
fn reserve(mut file: &File) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, ROOM as u64) {
        Err(Errno::OPNOTSUPP) => file.write_all(&vec![0; ROOM]),
        other => Ok(other?),
    }
}
