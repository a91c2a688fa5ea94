//! Node locks: they show which processes of a journal's directory are alive. The kernel releases them at death.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The lock of one node, held until it is dropped or its process dies.
#[derive(Debug)]
pub(super) struct NodeLock {
    pub(super) path: PathBuf,
    _file: File,
}

// === impl NodeLock ===

impl NodeLock {
    /// Creates the lock of a starting node. The file gets its name only once it is locked, so that nobody ever sees the
    /// lock of a living node as free.
    pub(super) fn create(dir: &Path, node: u64) -> io::Result<Self> {
        let unready = dir.join(format!("{node}.unready"));
        let file = open(&unready, true)?;
        file.try_lock()?;
        let path = path(dir, node);
        fs::rename(&unready, &path)?;
        Ok(Self { path, _file: file })
    }

    /// Acquires the lock of another node; `None` if that node is alive or another process was faster.
    pub(super) fn take_over(dir: &Path, node: u64) -> io::Result<Option<Self>> {
        let path = path(dir, node);
        let file = open(&path, false)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes the lock file and releases the lock.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            // Another process took it over in between and removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// The node of the lock file with this name.
    pub(super) fn node_of(name: &str) -> Option<u64> {
        name.strip_suffix(".lock")?.parse().ok()
    }
}

fn path(dir: &Path, node: u64) -> PathBuf {
    dir.join(format!("{node}.lock"))
}

fn open(path: &Path, new: bool) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .create_new(new)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_a_living_node_is_taken_over_only_when_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let alive = NodeLock::create(dir.path(), 7).unwrap();
        assert!(NodeLock::take_over(dir.path(), 7).unwrap().is_none());
        drop(alive);
        let taken = NodeLock::take_over(dir.path(), 7).unwrap().unwrap();
        assert!(NodeLock::take_over(dir.path(), 7).unwrap().is_none());
        taken.remove().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_the_name_of_a_lock_file_has_a_node() {
        assert_eq!(NodeLock::node_of("17.lock"), Some(17));
        assert_eq!(NodeLock::node_of("17.unready"), None);
        assert_eq!(NodeLock::node_of("17-1.jsonl"), None);
    }
}
