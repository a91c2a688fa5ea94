//! What was fetched, and what was in force before, on disk: each content under its own hash.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// How long content is kept that nothing has used.
const MAX_AGE: Duration = Duration::from_hours(30 * 24);

/// How many unused contents are kept, besides the last versions of each plugin.
const MAX_FILES: usize = 64;

/// How many bytes of unused content are kept.
const MAX_BYTES: u64 = 1 << 30;

/// A folder of contents, each in a file that is named by its SHA-256. What is read is hashed again, so that nobody who
/// can write there can put something else in the place of a plugin.
#[derive(Debug, Default)]
pub struct Store {
    /// `None` if nothing is kept on disk.
    dir: Option<PathBuf>,
    /// What is kept where there is no disk.
    memory: Mutex<BTreeMap<String, Vec<u8>>>,
}

// === impl Store ===

impl Store {
    /// A store in `dir`, which is created with mode 0700 when the first content arrives; without one, in memory.
    #[must_use]
    pub fn open(dir: Option<PathBuf>) -> Self {
        Self {
            dir,
            memory: Mutex::default(),
        }
    }

    /// The folder; `None` if nothing is kept on disk.
    #[must_use]
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// The content with this hash, if it is there and whole.
    #[must_use]
    pub fn get(&self, sha256: &str) -> Option<Vec<u8>> {
        let content = match &self.dir {
            Some(dir) => fs::read(dir.join(sha256)).ok()?,
            None => self.memory().get(sha256)?.clone(),
        };
        let is_whole = hex::encode(Sha256::digest(&content)) == sha256;
        is_whole.then_some(content)
    }

    /// Whether there is something under this hash.
    #[must_use]
    pub fn has(&self, sha256: &str) -> bool {
        match &self.dir {
            Some(dir) => dir.join(sha256).exists(),
            None => self.memory().contains_key(sha256),
        }
    }

    /// Keeps a content, in one step, and returns its hash.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&self, content: &[u8]) -> io::Result<String> {
        let sha256 = hex::encode(Sha256::digest(content));
        match &self.dir {
            Some(dir) => {
                create(dir)?;
                write(&dir.join(&sha256), content)?;
            }
            None => drop(self.memory().insert(sha256.clone(), content.to_vec())),
        }
        Ok(sha256)
    }

    /// Marks contents as used now, and removes others: what nothing has used for 30 days, or what is beyond the 64 files or
    /// 1 GiB that were used last. `kept` are hashes that stay whatever their age.
    pub(crate) fn purge(&self, used: &BTreeSet<String>, kept: &BTreeSet<String>, now: SystemTime) {
        let Some(dir) = &self.dir else {
            self.memory().retain(|sha256, _| used.contains(sha256));
            return;
        };
        for sha256 in used {
            // A failure only makes the file look older than it is.
            let _ = File::open(dir.join(sha256)).and_then(|file| file.set_modified(now));
        }
        let mut unused = Vec::new();
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(metadata) = entry.metadata().ok().filter(fs::Metadata::is_file) else {
                continue;
            };
            if !is_content(&name) || used.contains(&name) || kept.contains(&name) {
                continue;
            }
            let modified = metadata.modified().unwrap_or(now);
            unused.push((
                now.duration_since(modified).unwrap_or_default(),
                metadata.len(),
                entry.path(),
            ));
        }
        for path in superfluous(unused) {
            if let Err(error) = fs::remove_file(&path) {
                tracing::debug!(%error, path = %path.display(), "cannot remove a plugin that nothing uses");
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        // Nothing that holds the lock can panic in the middle of a change.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a file in one step, so that nobody reads half of it.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or_else(|| io::Error::other("no parent folder"))?;
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// Creates the folder if absent, private to this user.
pub(super) fn create(dir: &Path) -> io::Result<()> {
    if dir.exists() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn is_content(name: &str) -> bool {
    let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What a process that was killed left behind.
    is_hash || name.starts_with(".tmp")
}

/// Which of these files, each with its age and size, are to be removed.
fn superfluous(mut unused: Vec<(Duration, u64, PathBuf)>) -> impl Iterator<Item = PathBuf> {
    unused.sort();
    let (mut files, mut sum) = (0, 0);
    unused.into_iter().filter_map(move |(age, bytes, path)| {
        files += 1;
        sum += bytes;
        (files > MAX_FILES || sum > MAX_BYTES || age > MAX_AGE).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_content_is_found_under_its_hash_by_whoever_comes_later() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("a/plugins");
        let store = Store::open(Some(dir.clone()));
        let sha256 = store.put(b"content").unwrap();
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(Store::open(Some(dir)).get(&sha256).unwrap(), b"content");
        assert!(store.has(&sha256) && !store.has(&"0".repeat(64)));
        let memory = Store::open(None);
        assert_eq!(memory.put(b"content").unwrap(), sha256);
        assert_eq!(memory.get(&sha256).unwrap(), b"content");
    }

    #[test]
    fn a_content_that_is_not_what_its_name_says_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().to_owned()));
        let sha256 = store.put(b"content").unwrap();
        fs::write(folder.path().join(&sha256), b"another").unwrap();
        assert_eq!(store.get(&sha256), None);
    }

    #[test]
    fn what_is_used_or_kept_stays_and_what_is_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().to_owned()));
        let put = |content: &[u8]| store.put(content).unwrap();
        let (used, kept, old) = (put(b"used"), put(b"kept"), put(b"old"));
        fs::write(folder.path().join("notes"), "of others").unwrap();
        let later = SystemTime::now() + 2 * MAX_AGE;
        let set = |sha256: &String| BTreeSet::from([sha256.clone()]);
        store.purge(&set(&used), &set(&kept), later);
        assert!(store.has(&used) && store.has(&kept) && !store.has(&old));
        assert!(folder.path().join("notes").exists());
    }

    #[test]
    fn the_files_used_last_stay_within_bounds() {
        let many = (0..70).map(|age| (Duration::from_secs(age), 1, PathBuf::from(age.to_string())));
        let gone: Vec<PathBuf> = superfluous(many.collect()).collect();
        assert_eq!(
            gone,
            (64..70)
                .map(|age: u64| PathBuf::from(age.to_string()))
                .collect::<Vec<_>>()
        );
        let large = (0..3).map(|age| (Duration::from_secs(age), 600 << 20, PathBuf::from(age.to_string())));
        assert_eq!(superfluous(large.collect()).count(), 2);
    }
}
