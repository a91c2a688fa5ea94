//! Which contents of each plugin were in force, so that an earlier one can be put back.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::store::{Store, create, write};

/// How many versions of one plugin are kept.
const MAX_VERSIONS: usize = 10;

/// The folder in the store.
const FOLDER: &str = "versions";

/// A content that was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The version that its manifest says.
    pub version: String,
    /// Where it came from: the file, or the origin.
    pub from: String,
    /// When it came into force last, in seconds since 1970.
    pub at: u64,
    /// The text of the signature beside it, if there was one.
    pub signature: Option<String>,
}

// === impl Version ===

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sha256 {})", self.version, self.sha256)
    }
}

impl Version {
    /// A content that comes into force now.
    #[must_use]
    pub fn now(sha256: &str, version: &str, from: &Path, signature: Option<String>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Whoever reads it later may be in another folder.
        let folder = from.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let file = folder.and_then(|folder| Some(folder.join(from.file_name()?)));
        Self {
            sha256: sha256.to_owned(),
            version: version.to_owned(),
            from: file.as_deref().unwrap_or(from).display().to_string(),
            at: since.as_secs(),
            signature,
        }
    }
}

/// The versions of a plugin that were in force, the newest first; empty if none is known.
#[must_use]
pub fn versions(store: &Store, plugin: &str) -> Vec<Version> {
    let read = |path: PathBuf| serde_json::from_slice(&fs::read(path).ok()?).ok();
    path(store, plugin).and_then(read).unwrap_or_default()
}

/// The same, of those that were in force in this folder or came from a source. The folder is as the system has it, without
/// links.
#[must_use]
pub fn versions_in(store: &Store, plugin: &str, folder: &Path) -> Vec<Version> {
    let is_ours = |version: &Version| {
        let from = Path::new(&version.from);
        version.from.contains("://") || from.parent() == Some(folder)
    };
    versions(store, plugin).into_iter().filter(is_ours).collect()
}

/// The names of the plugins of which versions are known.
#[must_use]
pub fn plugins(store: &Store) -> Vec<String> {
    let folder = store.dir().map(|dir| dir.join(FOLDER));
    let entries = folder.into_iter().filter_map(|folder| fs::read_dir(folder).ok());
    let names = entries.flatten().flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".json").map(ToOwned::to_owned)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Notes that a content of `plugin` came into force, and keeps it. Whoever shares the store is waited for. Where nothing
/// is kept on disk, this does nothing.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn note(store: &Store, plugin: &str, version: Version, content: &[u8]) -> io::Result<()> {
    let (Some(path), Some(dir)) = (path(store, plugin), store.dir()) else {
        return Ok(());
    };
    let is_same = |known: &Version| {
        (&known.sha256, &known.from, &known.signature) == (&version.sha256, &version.from, &version.signature)
    };
    let is_newest = versions(store, plugin)
        .iter()
        .find(|known| known.from == version.from)
        .is_some_and(is_same);
    if is_newest && store.has(&version.sha256) {
        return Ok(());
    }
    let folder = dir.join(FOLDER);
    create(&folder)?;
    let lock = File::create(folder.join(".lock"))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    store.put(content)?;
    let mut known = versions(store, plugin);
    known.retain(|known| (&known.sha256, &known.from) != (&version.sha256, &version.from));
    known.insert(0, version);
    known.truncate(MAX_VERSIONS);
    write(&path, &serde_json::to_vec_pretty(&known)?)
}

/// The hashes of all versions of all plugins.
pub(crate) fn kept(store: &Store) -> BTreeSet<String> {
    let plugins = plugins(store).into_iter();
    let versions = plugins.flat_map(|plugin| versions(store, &plugin));
    versions.map(|version| version.sha256).collect()
}

/// The file of a plugin's versions. A name that could be another path has none.
fn path(store: &Store, plugin: &str) -> Option<PathBuf> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = !plugin.is_empty() && !plugin.starts_with('.') && plugin.chars().all(is_plain) && plugin.len() < 200;
    let folder = store.dir().filter(|_| is_name)?.join(FOLDER);
    Some(folder.join(format!("{plugin}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note_of(store: &Store, content: &str, from: &str) {
        let sha256 = store.put(content.as_bytes()).unwrap();
        let version = Version::now(&sha256, content, Path::new(from), None);
        note(store, "echo", version, content.as_bytes()).unwrap();
    }

    fn known(store: &Store) -> Vec<String> {
        versions(store, "echo")
            .into_iter()
            .map(|version| version.version)
            .collect()
    }

    #[test]
    fn the_last_versions_are_kept_the_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().to_owned()));
        for content in ["1", "2", "2", "1"] {
            note_of(&store, content, "a/echo.wasm");
        }
        assert_eq!(known(&store), ["1", "2"], "each is there once, where it was last");
        note_of(&store, "1", "b/echo.wasm");
        note_of(&store, "1", "a/echo.wasm");
        assert_eq!(known(&store), ["1", "1", "2"], "each folder has versions of its own");
        for content in 3..30 {
            note_of(&store, &content.to_string(), "a/echo.wasm");
        }
        assert_eq!(known(&store).len(), MAX_VERSIONS);
        assert_eq!(plugins(&store), ["echo"]);
        let kept = kept(&store);
        assert!(
            versions(&store, "echo")
                .iter()
                .all(|version| kept.contains(&version.sha256))
        );
    }

    #[test]
    fn no_name_of_a_plugin_leads_out_of_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().join("store")));
        for name in ["../a", "a/b", "", ".lock", "..", "\u{e9}"] {
            assert_eq!(path(&store, name), None, "{name}");
        }
        assert_eq!(path(&Store::open(None), "a"), None);
    }
}
