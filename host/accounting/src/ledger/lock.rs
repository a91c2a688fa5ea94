//! Which processes of a journal's directory live: each holds a lock that the kernel lets go when it dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The lock of one node, held until it is dropped or its process dies, however it dies.
#[derive(Debug)]
pub(super) struct NodeLock {
    pub(super) path: PathBuf,
    _file: File,
}

// === impl NodeLock ===

impl NodeLock {
    /// Takes the lock of a node that begins. Its file appears under its name only when it is locked: nobody ever sees
    /// the lock of a node that lives as free.
    pub(super) fn create(dir: &Path, node: u64) -> io::Result<Self> {
        let unready = dir.join(format!("{node}.unready"));
        let file = open(&unready, true)?;
        file.try_lock()?;
        let path = path(dir, node);
        fs::rename(&unready, &path)?;
        Ok(Self { path, _file: file })
    }

    /// Takes the lock of another node; none while that one lives, or another process is at it already.
    pub(super) fn take_over(dir: &Path, node: u64) -> io::Result<Option<Self>> {
        let path = path(dir, node);
        let file = open(&path, false)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes the lock with its file: nothing of the node is left.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            // Another process came between and was as far.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// The node whose lock a file of this name is.
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
    fn only_the_name_of_a_lock_tells_a_node() {
        assert_eq!(NodeLock::node_of("17.lock"), Some(17));
        assert_eq!(NodeLock::node_of("17.unready"), None);
        assert_eq!(NodeLock::node_of("17-1.jsonl"), None);
    }
}
