//! The component that the tools of an author run: a file, or one that is built from its folder.

use std::path::{Path, PathBuf};

use jackfield_config::escaped::Escaped;
use jackfield_kit::loaded::AnyPlugin;
use jackfield_sandbox::CodeCache;
use tempfile::TempDir;

use super::build::toolchain::Speed;
use super::build::{BuildError, built};

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComponentFault {
    /// It could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The folder for it could not be made or read.
    #[error("cannot write the component: {0}")]
    Folder(#[from] std::io::Error),
    /// A gateway would not load it.
    #[error("{}: {}", .file.display(), Escaped(.reason))]
    Load {
        /// The file.
        file: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
}

/// A component's file.
#[derive(Debug)]
pub(super) struct BuiltComponent {
    /// The file.
    pub(super) file: PathBuf,
    /// The folder that it was built into, removed with it.
    _folder: Option<TempDir>,
}

/// The given file, or one that is built from the folder.
///
/// # Errors
/// If it cannot be built.
pub(super) fn find(directory: &Path, given: Option<&Path>, speed: Speed) -> Result<BuiltComponent, ComponentFault> {
    if let Some(file) = given {
        return Ok(BuiltComponent {
            file: file.to_owned(),
            _folder: None,
        });
    }
    let folder = tempfile::tempdir()?;
    built(&[directory.to_owned()], folder.path(), speed, |_| {})?;
    let mut files = std::fs::read_dir(folder.path())?;
    let file = files.next().ok_or(std::io::ErrorKind::NotFound);
    Ok(BuiltComponent {
        file: file.map_err(std::io::Error::from)??.path(),
        _folder: Some(folder),
    })
}

// === impl BuiltComponent ===

impl BuiltComponent {
    /// Loads it into a sandbox.
    ///
    /// # Errors
    /// If a gateway would not load it.
    pub(super) fn load(&self, cache: &CodeCache) -> Result<AnyPlugin, ComponentFault> {
        AnyPlugin::load(&self.file, cache).map_err(|error| ComponentFault::Load {
            file: self.file.clone(),
            reason: format!("{error}; {}", error.remedy()),
        })
    }
}
