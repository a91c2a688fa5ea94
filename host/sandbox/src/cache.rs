//! Compiled code on disk, so that a restart compiles nothing.

mod purge;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::component::Component;

use crate::Engine;

/// A folder of compiled components, keyed by the hash of the plugin's file and the hash of the engine.
///
/// Compiled code is trusted when it is loaded, so the folder must belong to the user that runs the host, and nobody else
/// may write to it.
#[derive(Debug, Clone, Default)]
pub struct CodeCache {
    dir: Option<PathBuf>,
    /// Where more is found, and nothing is written.
    shipped: Option<PathBuf>,
}

// === impl CodeCache ===

impl CodeCache {
    /// Opens the cache in `dir`, which is created with mode 0700 if absent.
    ///
    /// # Errors
    /// If the folder cannot be created or written to, belongs to another user, or is writable by others.
    pub fn open(dir: &Path) -> io::Result<Self> {
        create_private(dir)?;
        Ok(Self {
            dir: Some(dir.to_owned()),
            shipped: None,
        })
    }

    /// Also finds what is in the folder `shipped`, which an image brings along. Nothing is written there.
    ///
    /// # Errors
    /// If it cannot be read, belongs to neither root nor the owner of this cache, or is writable by others.
    pub fn with_shipped(mut self, shipped: &Path) -> io::Result<Self> {
        let folder = fs::metadata(shipped)?;
        let ours = self.dir.as_ref().and_then(|dir| Some(fs::metadata(dir).ok()?.uid()));
        if ![Some(0), ours].contains(&Some(folder.uid())) || is_writable_by_others(&folder) {
            return Err(io::Error::other(
                "the folder belongs to another user or is writable by others; change its owner to root and its mode to 0755",
            ));
        }
        self.shipped = Some(shipped.to_owned());
        Ok(self)
    }

    /// A cache that stores nothing and finds nothing.
    #[must_use]
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The compiled form of the plugin whose file has the hash `sha256`, if it is in the cache. It is mapped, so that only
    /// what is run of it takes memory; where files in this folder must not be run (`noexec`), it is read.
    pub(crate) fn load(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let places = [self.path(engine, sha256), self.shipped_path(engine, sha256)];
        let mut places = places.into_iter().flatten();
        places.find_map(|path| self.mapped(engine, &path).or_else(|| read(engine, &path)))
    }

    /// Maps a copy that loses its name at once: whoever truncates a mapped file kills the process (`SIGBUS`).
    fn mapped(&self, engine: &Engine, path: &Path) -> Option<Component> {
        let mut copy = NamedTempFile::new_in(self.dir.as_ref()?).ok()?;
        io::copy(&mut fs::File::open(path).ok()?, &mut copy).ok()?;
        #[expect(unsafe_code, reason = "as for `read`")]
        // SAFETY: as for `read`, of which this is a copy.
        unsafe {
            Component::deserialize_file(engine.wasmtime(), copy.path()).ok()
        }
    }

    /// Whether the compiled form of the plugin with this content is in the cache.
    #[must_use]
    pub fn holds(&self, engine: &Engine, bytes: &[u8]) -> bool {
        self.has(engine, &format!("{:x}", Sha256::digest(bytes)))
    }

    /// Whether the compiled form of the plugin whose file has the hash `sha256` is in the cache.
    #[must_use]
    pub fn has(&self, engine: &Engine, sha256: &str) -> bool {
        let places = [self.path(engine, sha256), self.shipped_path(engine, sha256)];
        places.into_iter().flatten().any(|path| path.exists())
    }

    /// Stores the compiled form. A failure costs only the time to compile again at the next start.
    pub(crate) fn store(&self, engine: &Engine, sha256: &str, component: &Component) {
        let Some(path) = self.path(engine, sha256) else {
            return;
        };
        if let Err(error) = write(&path, component) {
            tracing::debug!(%error, path = %path.display(), "cannot cache compiled code; it will be compiled again at the next start");
        }
    }

    fn path(&self, engine: &Engine, sha256: &str) -> Option<PathBuf> {
        self.dir.as_ref().map(|dir| dir.join(name(engine, sha256)))
    }

    fn shipped_path(&self, engine: &Engine, sha256: &str) -> Option<PathBuf> {
        self.shipped.as_ref().map(|dir| dir.join(name(engine, sha256)))
    }
}

/// The file of a compiled form. Its name tells apart what this release compiles for this processor.
fn name(engine: &Engine, sha256: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
    format!("{sha256}-{:016x}.cwasm", hasher.finish())
}

/// The component in the file, in memory of its own.
#[expect(
    unsafe_code,
    reason = "wasmtime cannot verify compiled code; `create_private` ensures that only the host wrote it"
)]
fn read(engine: &Engine, path: &Path) -> Option<Component> {
    let code = fs::read(path).ok()?;
    // SAFETY: `store` wrote the file from `Component::serialize`, in a folder that no other user can write to. Wasmtime
    // itself checks its own version and the engine's settings.
    unsafe { Component::deserialize(engine.wasmtime(), code) }.ok()
}

/// Writes the file in one step, so that another process never reads half of it.
fn write(path: &Path, component: &Component) -> io::Result<()> {
    let bytes = component.serialize().map_err(io::Error::other)?;
    let dir = path.parent().ok_or_else(|| io::Error::other("no parent folder"))?;
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(&bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Creates the folder if absent, and refuses one that others could put code into.
fn create_private(dir: &Path) -> io::Result<()> {
    if !dir.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    // A new file shows that the folder is writable, and which user this process runs as.
    let user = NamedTempFile::new_in(dir)?.as_file().metadata()?.uid();
    let folder = fs::metadata(dir)?;
    if folder.uid() != user || is_writable_by_others(&folder) {
        return Err(io::Error::other(
            "the folder belongs to another user or is writable by others; change its owner to the gateway's user and its \
             mode to 0700",
        ));
    }
    Ok(())
}

fn is_writable_by_others(folder: &fs::Metadata) -> bool {
    folder.permissions().mode() & 0o022 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn component(engine: &Engine) -> Component {
        Component::new(engine.wasmtime(), wat::parse_str("(component)").unwrap()).unwrap()
    }

    #[test]
    fn a_new_folder_is_private_to_its_user() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a/b");
        CodeCache::open(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        for mode in [0o720, 0o702, 0o777] {
            let dir = tempfile::tempdir().unwrap();
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = CodeCache::open(dir.path()).unwrap_err();
            assert!(error.to_string().ends_with("its mode to 0700"), "{mode:o}: {error}");
        }
    }

    #[test]
    fn a_folder_that_others_may_only_read_is_accepted() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        CodeCache::open(dir.path()).unwrap();
    }

    #[test]
    fn what_was_stored_is_found_again_under_its_hash_alone() {
        let (dir, engine) = (tempfile::tempdir().unwrap(), Engine::new().unwrap());
        let cache = CodeCache::open(dir.path()).unwrap();
        cache.store(&engine, "aa", &component(&engine));
        assert!(cache.load(&engine, "aa").is_some());
        assert!(cache.load(&engine, "bb").is_none());
    }

    #[test]
    fn what_an_image_brings_along_is_found_and_stays_as_it_is() {
        let (own, shipped, engine) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            Engine::new().unwrap(),
        );
        let brought = CodeCache::open(shipped.path()).unwrap();
        brought.store(&engine, "aa", &component(&engine));
        let cache = CodeCache::open(own.path()).unwrap();
        assert!(!cache.has(&engine, "aa"));
        let cache = cache.with_shipped(shipped.path()).unwrap();
        assert!(cache.has(&engine, "aa") && cache.load(&engine, "aa").is_some());
        cache.store(&engine, "bb", &component(&engine));
        assert!(cache.load(&engine, "bb").is_some() && !brought.has(&engine, "bb"));
        cache.purge(&engine, std::iter::empty(), std::time::SystemTime::now());
        assert!(brought.has(&engine, "aa"));
    }

    #[test]
    fn nothing_is_run_that_others_could_have_put_there() {
        let shipped = tempfile::tempdir().unwrap();
        fs::set_permissions(shipped.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = CodeCache::disabled().with_shipped(shipped.path()).unwrap_err();
        assert!(error.to_string().ends_with("its mode to 0755"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let (dir, engine) = (tempfile::tempdir().unwrap(), Engine::new().unwrap());
        let cache = CodeCache::open(dir.path()).unwrap();
        fs::write(cache.path(&engine, "aa").unwrap(), "not compiled code").unwrap();
        assert!(cache.load(&engine, "aa").is_none());
    }

    #[test]
    fn a_disabled_cache_stores_nothing() {
        let engine = Engine::new().unwrap();
        let cache = CodeCache::disabled();
        cache.store(&engine, "aa", &component(&engine));
        assert!(cache.load(&engine, "aa").is_none());
    }
}
