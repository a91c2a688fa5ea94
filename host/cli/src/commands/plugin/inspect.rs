//! `plugin inspect`: shows what is in a plugin file.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use jackfield_config::escaped::Escaped;
use sha2::{Digest, Sha256};

use super::component::{Component, ContractError, display_memory};
use super::component_file::{ComponentFile, FileError};
use super::pack::manifest;

/// Why a file could not be inspected, or is not a plugin for this host.
#[derive(Debug, thiserror::Error)]
pub(super) enum InspectError {
    /// The file cannot be opened as a component.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is a component, but not a plugin for this host.
    #[error("{} {source}", .file.display())]
    NotAPlugin {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: ContractError,
    },
    /// The plugin cannot be loaded.
    #[error("{}: {}", .file.display(), Escaped(.reason))]
    Describe {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// The facts about a component file, displayed one per line.
struct Facts<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    component: &'a Component,
}

/// Prints a file's facts and, if it is a plugin for this host, its contract and manifest.
///
/// # Errors
/// If it is not. The facts about a component are printed all the same.
pub(super) fn inspect(file: &Path, describe: impl FnOnce(&Path) -> Result<String, String>) -> Result<(), InspectError> {
    let named = || file.to_owned();
    let ComponentFile { bytes, component } = ComponentFile::open(file)?;
    print!(
        "{}",
        Facts {
            file,
            bytes: &bytes,
            component: &component
        }
    );
    let contract = component
        .contract()
        .map_err(|source| InspectError::NotAPlugin { file: named(), source })?;
    println!(
        "contract  jackfield:plugin@{}, {}",
        contract.version, contract.interface
    );
    // What stands in the file is shown without running what may be a stranger's code.
    let manifest = match manifest::of(&bytes) {
        Some(manifest) => manifest.to_string(),
        None => describe(file).map_err(|reason| InspectError::Describe { file: named(), reason })?,
    };
    println!("manifest  {}", indented(&manifest));
    Ok(())
}

/// JSON indented; any other text on one line. Whatever a stranger's plugin says, it does nothing to the terminal.
fn indented(manifest: &str) -> String {
    let pretty = serde_json::from_str::<serde_json::Value>(manifest)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| Escaped(manifest).to_string());
    let lines: Vec<String> = pretty.lines().map(|line| Escaped(line).to_string()).collect();
    lines.join("\n")
}

// === impl Facts ===

impl Display for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "file      {}", self.file.display())?;
        writeln!(f, "size      {} bytes", self.bytes.len())?;
        writeln!(f, "sha256    {:x}", Sha256::digest(self.bytes))?;
        writeln!(f, "memory    {}", display_memory(self.component.memory_pages))?;
        writeln!(f, "imports   {}", listed(&self.component.imports))?;
        writeln!(f, "exports   {}", listed(&self.component.exports))
    }
}

/// Names, one per line and aligned; a dash if there are none.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "-".to_owned()
    } else {
        let names: Vec<String> = names.iter().map(|name| Escaped(name).to_string()).collect();
        names.join("\n          ")
    }
}
