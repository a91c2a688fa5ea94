//! Removes compiled code that nothing has used for a while, so that the cache does not grow with every build of a plugin.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::CodeCache;
use crate::Engine;

/// How long unused code is kept, for plugins and releases that come back.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// How many unused files are kept.
const MAX_FILES: usize = 32;

/// How many bytes of unused files are kept.
const MAX_BYTES: u64 = 256 << 20;

/// How long a temporary file may be without being one that a killed process left behind.
const MAX_WRITING: Duration = Duration::from_hours(1);

/// A file in the cache.
struct Entry {
    path: PathBuf,
    age: Duration,
    bytes: u64,
}

// === impl CodeCache ===

impl CodeCache {
    /// Marks the code of the plugins with these hashes as used, and removes code that has not been used for a week, or
    /// that is beyond the 32 files or 256 MiB that were used last.
    ///
    /// Several processes may share the folder. Each marks what it uses whenever it builds a snapshot, so what one removes,
    /// no other has built lately. Removing a file that another process still uses does it no harm: it has the code in
    /// memory, and compiles it again at its next start.
    pub fn purge<'a>(&self, engine: &Engine, used: impl Iterator<Item = &'a str>, now: SystemTime) {
        let Some(dir) = &self.dir else { return };
        let used: BTreeSet<PathBuf> = used.filter_map(|sha256| self.path(engine, sha256)).collect();
        for path in &used {
            // A failure only makes the file look older than it is.
            let _ = File::open(path).and_then(|file| file.set_modified(now));
        }
        let mut entries = entries(dir, now);
        entries.retain(|entry| !used.contains(&entry.path));
        for path in superfluous(entries) {
            if let Err(error) = fs::remove_file(&path) {
                tracing::debug!(%error, path = %path.display(), "cannot remove compiled code that nothing uses");
            }
        }
    }
}

fn entries(dir: &Path, now: SystemTime) -> Vec<Entry> {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    let entry = |file: fs::DirEntry| {
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        let age = now.duration_since(metadata.modified().ok()?).unwrap_or_default();
        Some(Entry {
            path: file.path(),
            age,
            bytes: metadata.len(),
        })
    };
    files.filter_map(entry).collect()
}

/// Which of these files, none of which is in use here, are to be removed. Files of others are left alone.
fn superfluous(entries: Vec<Entry>) -> Vec<PathBuf> {
    let is_code = |entry: &Entry| entry.path.extension().is_some_and(|extension| extension == "cwasm");
    let (mut code, others): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_code);
    code.sort_by_key(|entry| entry.age);
    let (mut files, mut bytes) = (0, 0);
    code.retain(|entry| {
        files += 1;
        bytes += entry.bytes;
        files > MAX_FILES || bytes > MAX_BYTES || entry.age > MAX_AGE
    });
    let left_behind = others
        .into_iter()
        .filter(|entry| is_temporary(&entry.path) && entry.age > MAX_WRITING);
    code.into_iter().chain(left_behind).map(|entry| entry.path).collect()
}

/// Whether the file has a name that `tempfile` gives.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".tmp")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24;

    fn entry(name: &str, hours: u64, bytes: u64) -> Entry {
        Entry {
            path: PathBuf::from(name),
            age: Duration::from_hours(hours),
            bytes,
        }
    }

    #[test]
    fn code_unused_for_a_week_goes() {
        let entries = vec![entry("new.cwasm", 6 * DAY, 1), entry("old.cwasm", 8 * DAY, 1)];
        assert_eq!(superfluous(entries), [PathBuf::from("old.cwasm")]);
    }

    #[test]
    fn the_files_used_last_stay_within_bounds() {
        let many = (0..40).map(|age| entry(&format!("{age}.cwasm"), age, 1)).collect();
        let gone: Vec<PathBuf> = (32..40).map(|age| PathBuf::from(format!("{age}.cwasm"))).collect();
        assert_eq!(superfluous(many), gone);
        let large = (0..4)
            .map(|age| entry(&format!("{age}.cwasm"), age, 100 << 20))
            .collect();
        assert_eq!(superfluous(large), ["2.cwasm", "3.cwasm"].map(PathBuf::from));
    }

    #[test]
    fn what_a_killed_process_left_behind_goes_and_the_files_of_others_stay() {
        let entries = vec![
            entry(".tmpA1b2C3", 2, 1),
            entry(".tmpD4e5F6", 0, 1),
            entry("notes.txt", 100 * DAY, 1),
        ];
        assert_eq!(superfluous(entries), [PathBuf::from(".tmpA1b2C3")]);
    }

    #[test]
    fn code_in_use_stays_and_is_marked_as_used() {
        let (dir, engine) = (tempfile::tempdir().unwrap(), Engine::new().unwrap());
        let cache = CodeCache::open(dir.path()).unwrap();
        for sha256 in ["aa", "bb"] {
            let path = cache.path(&engine, sha256).unwrap();
            fs::write(path, "code").unwrap();
        }
        let later = SystemTime::now() + 2 * MAX_AGE;
        cache.purge(&engine, ["aa", "absent"].into_iter(), later);
        let used = fs::metadata(cache.path(&engine, "aa").unwrap()).unwrap();
        assert_eq!(used.modified().unwrap(), later);
        assert!(!cache.path(&engine, "bb").unwrap().exists());
        CodeCache::disabled().purge(&engine, ["aa"].into_iter(), later);
    }
}
