//! Compiled code on disk, in a directory that only the host writes, so that a restart compiles nothing.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use wasmtime::component::Component;

use super::Engine;

/// A directory of compiled components, keyed by the hash of the source and the hash of the engine.
///
/// Loading compiled code means trusting it, so the directory must belong to this user and to nobody else;
/// where that cannot be had, nothing is cached.
#[derive(Debug, Clone, Default)]
pub struct CodeCache {
    dir: Option<PathBuf>,
}

// === impl CodeCache ===

impl CodeCache {
    /// Opens the cache in `dir`, which is created with mode 0700.
    ///
    /// # Errors
    /// An I/O error if it cannot be created, or if others may write to it.
    pub fn open(dir: &Path) -> io::Result<Self> {
        create_private(dir)?;
        Ok(Self {
            dir: Some(dir.to_owned()),
        })
    }

    /// A cache that keeps nothing.
    #[must_use]
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The compiled form of a component whose source has the hash `sha256`, if it is there.
    #[allow(
        unsafe_code,
        reason = "the directory is private to the host, which alone wrote this file (see `create_private`)"
    )]
    pub(super) fn load(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let path = self.path(engine, sha256)?;
        if !path.is_file() {
            return None;
        }
        // SAFETY: the file was written by `store` below from `Component::serialize`; wasmtime checks
        // its version and the engine's settings again.
        unsafe { Component::deserialize_file(engine.wasmtime(), path) }.ok()
    }

    /// Keeps the compiled form. A failure costs time at the next start and is no error.
    pub(super) fn store(&self, engine: &Engine, sha256: &str, component: &Component) {
        let Some(path) = self.path(engine, sha256) else {
            return;
        };
        if let Err(error) = write(&path, component) {
            tracing::debug!(%error, path = %path.display(), "compiled code was not cached");
        }
    }

    fn path(&self, engine: &Engine, sha256: &str) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
        let name = format!("{sha256}-{:016x}.cwasm", hasher.finish());
        self.dir.as_ref().map(|dir| dir.join(name))
    }
}

fn write(path: &Path, component: &Component) -> io::Result<()> {
    let bytes = component.serialize().map_err(io::Error::other)?;
    let dir = path.parent().ok_or_else(|| io::Error::other("no parent folder"))?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(&bytes)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn create_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

    if !dir.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let probe = tempfile::NamedTempFile::new_in(dir)?;
    let (dir_metadata, own) = (fs::metadata(dir)?, probe.as_file().metadata()?.uid());
    if dir_metadata.uid() != own || dir_metadata.permissions().mode() & 0o022 != 0 {
        return Err(io::Error::other(
            "others may write to it; give it mode 0700 and its own user",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn create_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}
