//! What the tools of other languages are told: the contract, the world in it, and where the component goes.

use std::path::PathBuf;

use tempfile::TempDir;

use super::super::wit::{self, WitError};

/// One component to make. Its files are removed with it.
#[derive(Debug)]
pub(super) struct Task {
    /// The folder of the contract.
    pub(super) wit: PathBuf,
    /// The file that the component is written to.
    pub(super) out: PathBuf,
    _folder: TempDir,
}

/// The world that a plugin implements, by what its source exports.
pub(super) fn world(is_shaper: bool) -> &'static str {
    if is_shaper { "shaper-plugin" } else { "adapter-plugin" }
}

// === impl Task ===

impl Task {
    /// A task in a folder of its own, with this release's contract.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub(super) fn new() -> Result<Self, WitError> {
        let folder = tempfile::tempdir().map_err(|source| WitError {
            path: std::env::temp_dir(),
            source,
        })?;
        let wit = folder.path().join("wit");
        wit::write(&wit)?;
        Ok(Self {
            wit,
            out: folder.path().join("plugin.wasm"),
            _folder: folder,
        })
    }
}
