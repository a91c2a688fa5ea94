//! `plugin inspect`: prints what a plugin file is.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::component::{Component, ComponentError, ContractError, display_memory};

/// Why a file was not shown, or is no plugin.
#[derive(Debug, thiserror::Error)]
pub(super) enum InspectError {
    /// The file cannot be read.
    #[error("{}: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no component.
    #[error("{} {source}", .file.display())]
    NotAComponent {
        /// The file.
        file: PathBuf,
        /// What it is instead.
        source: ComponentError,
    },
    /// It is a component, but no plugin of this host.
    #[error("{} {source}", .file.display())]
    NotAPlugin {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: ContractError,
    },
    /// It did not describe itself.
    #[error("{} gives no manifest: {reason}", .file.display())]
    Describe {
        /// The file.
        file: PathBuf,
        /// What the runtime said.
        reason: String,
    },
}

/// The facts about a component file, as they are printed.
struct Facts<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    component: &'a Component,
}

/// Prints a file's facts and, if it is a plugin of this host, its manifest.
///
/// # Errors
/// If it is not; what can be told about a component is printed before.
pub(super) fn inspect(file: &Path, describe: impl FnOnce(&Path) -> Result<String, String>) -> Result<(), InspectError> {
    let named = || file.to_owned();
    let bytes = std::fs::read(file).map_err(|source| InspectError::Read { file: named(), source })?;
    let component = Component::read(&bytes).map_err(|source| InspectError::NotAComponent { file: named(), source })?;
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
    let manifest = describe(file).map_err(|reason| InspectError::Describe { file: named(), reason })?;
    println!("manifest  {}", indented(&manifest));
    Ok(())
}

/// JSON over several lines; text that is none as it stands.
fn indented(manifest: &str) -> String {
    serde_json::from_str::<serde_json::Value>(manifest)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| manifest.to_owned())
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

/// Names on a line each, aligned; a dash for none.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join("\n          ")
    }
}
