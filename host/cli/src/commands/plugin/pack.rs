//! Packs a compiled core module into a component, and writes it in one step.

mod contract;
pub(super) mod known_manifest;
pub(super) mod manifest;

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// Why a module was not packed into a plugin file.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    /// The compiler's output cannot be read.
    #[error("cannot read the compiled module: {0}")]
    Read(std::io::Error),
    /// The module was not built with the contract's bindings.
    #[error(
        "cannot be packed into a component: {0}; does it export the contract, in Rust by `export_adapter!` or `export_shaper!`?"
    )]
    Encode(String),
    /// The module does not say what it implements, and does not implement the contract.
    #[error(
        "is a core module without a component type, and does not export `{0}`; compile it with bindings of the \
         contract, which `jackfield plugin wit` prints"
    )]
    NoContract(&'static str),
    /// The plugin folder cannot be written to.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Packs a core module. Its component type is in a custom section that
/// the bindings added. If it imports WASI 0.1, as C's standard library does for files and `printf`, that is translated to
/// WASI 0.2; the translator is left out otherwise.
///
/// # Errors
/// If it is not such a module.
pub(super) fn component(mut module: Vec<u8>) -> Result<Vec<u8>, PackError> {
    contract::complete(&mut module)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| {
            encoder.adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| PackError::Encode(format!("{error:#}")))
}

/// Replaces a file in one step, unless it already holds these bytes. Returns whether it was written.
///
/// A watcher of the folder never sees half a file, and sees nothing after a build that changed nothing.
///
/// # Errors
/// If the folder cannot be created or written to.
pub(super) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, PackError> {
    if std::fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    replace(path, bytes).map_err(|source| PackError::Write {
        path: path.display().to_string(),
        source,
    })?;
    Ok(true)
}

/// Writes a temporary file, whose name is not a plugin's, beside the target and renames it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".plugin-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_into_a_new_folder_and_no_other_file_remains() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("plugins/a.wasm");
        assert!(write_if_changed(&path, b"one").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_only_by_different_bytes() {
        use std::os::unix::fs::MetadataExt;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.wasm");
        write_if_changed(&path, b"one").unwrap();
        let inode = std::fs::metadata(&path).unwrap().ino();

        assert!(!write_if_changed(&path, b"one").unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().ino(), inode);

        assert!(write_if_changed(&path, b"two").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn a_module_without_the_contract_is_refused_with_a_hint() {
        let message = component(b"not wasm".to_vec()).unwrap_err().to_string();
        assert!(message.contains("does it export the contract"), "{message}");
    }
}
