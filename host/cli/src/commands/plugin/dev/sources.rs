//! The state of a plugin's files: which there are, how long each is, and when it was written.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders in which tools write.
const BUILT: [&str; 4] = ["target", "node_modules", "__pycache__", "dist"];

/// Files that a build writes.
const LOCK: &str = "Cargo.lock";

/// All files of a plugin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sources(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

// === impl Sources ===

impl Sources {
    /// Looks at all files below a folder but hidden ones and those that tools write.
    ///
    /// # Errors
    /// If the folder itself cannot be read. Files that vanish meanwhile are left out.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let mut found = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        std::fs::read_dir(folder)?;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let Ok(metadata) = entry.metadata() else { continue };
                if name.starts_with('.') || BUILT.contains(&&*name) || name.ends_with(".snap.new") {
                    continue;
                }
                if metadata.is_dir() {
                    folders.push(entry.path());
                } else {
                    found.insert(entry.path(), (metadata.len(), metadata.modified().ok()));
                }
            }
        }
        Ok(Self(found))
    }

    /// Takes the build's lock file for seen.
    pub(super) fn note_lock(&mut self, folder: &Path) {
        let path = folder.join(LOCK);
        if let Ok(metadata) = path.metadata() {
            self.0.insert(path, (metadata.len(), metadata.modified().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_changed_a_new_and_a_removed_file_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let look = || Sources::of(folder.path()).unwrap();
        fs::create_dir(file("src")).unwrap();
        fs::write(file("src/lib.rs"), "1").unwrap();
        let first = look();
        assert_eq!(look(), first);
        fs::write(file("src/lib.rs"), "12").unwrap();
        let second = look();
        assert_ne!(second, first);
        fs::write(file("src/new.rs"), "").unwrap();
        assert_ne!(look(), second);
        fs::remove_file(file("src/new.rs")).unwrap();
        assert_eq!(look(), second);
    }

    #[test]
    fn what_tools_write_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let first = Sources::of(folder.path()).unwrap();
        for name in ["target", ".git", "node_modules"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("a"), "").unwrap();
        }
        assert_eq!(Sources::of(folder.path()).unwrap(), first);
        fs::write(folder.path().join(LOCK), "").unwrap();
        let mut noted = first;
        noted.note_lock(folder.path());
        assert_eq!(Sources::of(folder.path()).unwrap(), noted);
        assert!(Sources::of(&folder.path().join("nowhere")).is_err());
    }
}
