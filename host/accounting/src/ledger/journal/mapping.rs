//! A file mapped into memory, of which another process cannot make a trap.
//!
//! Whoever truncates a mapped file turns each access behind its new end into a `SIGBUS`, which kills the process. The
//! same happens if the filesystem turns read-only or fails. Nothing prevents it: only a memory file can be sealed
//! against truncation (`F_ADD_SEALS`), and that dies with the process. So [`guard`] survives it: the lost mapping is
//! replaced by memory, and says so.

mod guard;

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{Ordering, compiler_fence};

use memmap2::MmapMut;

use self::guard::Guard;

/// The size of a segment, in bytes. A record takes a few hundred.
pub(super) const SIZE: usize = 256 << 10;

/// The first [`SIZE`] bytes of a file.
#[derive(Debug)]
pub(super) struct Mapping {
    /// Before the map: it must not outlive the addresses that it guards.
    guard: Guard,
    map: MmapMut,
}

// === impl Mapping ===

impl Mapping {
    /// Maps a file, which must have [`SIZE`] bytes.
    ///
    /// # Errors
    /// If it cannot be mapped, or too many are.
    #[allow(
        unsafe_code,
        reason = "the file is new and private to this process, and the guard survives its truncation"
    )]
    pub(super) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: others of this process only read the file. Should its bytes change or vanish, only bytes are wrong.
        let map = unsafe { MmapMut::map_mut(file) }?;
        let guard = Guard::over(map.as_ptr().expose_provenance())?;
        Ok(Self { guard, map })
    }

    /// Whether what was written since the mapping was lost is in no file: so far behind its end that the kernel has
    /// said so. Ask it after writing.
    pub(super) fn is_lost(&self) -> bool {
        // The signal arrives in the middle of a write; none may be moved behind the question.
        compiler_fence(Ordering::SeqCst);
        self.guard.is_lost()
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[..SIZE]
    }
}

impl DerefMut for Mapping {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.map[..SIZE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(SIZE as u64).unwrap();
        file
    }

    #[test]
    fn a_write_to_a_truncated_file_is_survived_and_told() {
        let file = file();
        let mut mapping = Mapping::of(&file).unwrap();
        mapping[..9].fill(1);
        assert!(!mapping.is_lost());
        file.set_len(0).unwrap();
        mapping[5..9000].fill(2);
        assert!(mapping.is_lost());
        // All of it is memory from now on.
        mapping.fill(3);
        assert_eq!((mapping[0], mapping[SIZE - 1], mapping.is_lost()), (3, 3, true));
    }

    #[test]
    fn a_read_of_a_truncated_file_is_survived_too() {
        let file = file();
        let mapping = Mapping::of(&file).unwrap();
        file.set_len(0).unwrap();
        assert_eq!(mapping[SIZE / 2], 0);
        assert!(mapping.is_lost());
    }

    #[test]
    fn the_loss_of_one_mapping_concerns_no_other() {
        let (first, second) = (file(), file());
        let (mut lost, mut kept) = (Mapping::of(&first).unwrap(), Mapping::of(&second).unwrap());
        first.set_len(0).unwrap();
        lost.fill(1);
        kept.fill(1);
        assert!(lost.is_lost() && !kept.is_lost());
        drop(lost);
        let again = Mapping::of(&second).unwrap();
        assert_eq!((again[0], again.is_lost()), (1, false));
    }
}
