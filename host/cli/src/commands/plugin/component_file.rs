//! A component's file as commands open it: its bytes, and what they tell.

use std::io;
use std::path::{Path, PathBuf};

use super::component::{Component, ComponentError};

/// A file that holds a component.
#[derive(Debug)]
pub(super) struct ComponentFile {
    /// Its content.
    pub(super) bytes: Vec<u8>,
    /// What the content tells.
    pub(super) component: Component,
}

/// Why a file could not be opened as a component.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// The file cannot be read.
    #[error("{}: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a component.
    #[error("{} {source}", .file.display())]
    NotAComponent {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: ComponentError,
    },
}

// === impl ComponentFile ===

impl ComponentFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`].
    pub(super) fn open(file: &Path) -> Result<Self, FileError> {
        let named = || file.to_owned();
        let bytes = std::fs::read(file).map_err(|source| FileError::Read { file: named(), source })?;
        let component = Component::read(&bytes).map_err(|source| FileError::NotAComponent { file: named(), source })?;
        Ok(Self { bytes, component })
    }
}
