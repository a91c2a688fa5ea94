//! `plugin sign`: signs a plugin file as minisign does.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use jackfield_gateway::sources::{signature_file, write_whole};
use minisign::{PError, PublicKey};

use super::component_file::{ComponentFile, FileError};
use super::secret_key::{self, KeyError};

/// Why a file was not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    /// The key cannot be used.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The signature cannot be written.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be opened as a component.
    #[error(transparent)]
    Component(#[from] FileError),
    /// The signature cannot be made.
    #[error("cannot sign: {0}")]
    Sign(#[from] PError),
}

/// Signs a component with the secret key in `key`: `NAME.wasm.minisig` appears beside `NAME.wasm`, in one step.
///
/// # Errors
/// [`SignError`].
pub(super) fn sign(file: &Path, key: &Path) -> Result<(), SignError> {
    let named = |source| {
        let file = file.to_owned();
        SignError::File { file, source }
    };
    let ComponentFile { bytes, .. } = ComponentFile::open(file)?;
    let secret = secret_key::read(key)?;
    let public = PublicKey::from_secret_key(&secret)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let comment = format!("file:{name}");
    let signature = minisign::sign(Some(&public), &secret, Cursor::new(&bytes), Some(&comment), None)?;
    let beside = signature_file(file);
    write_whole(&beside, signature.into_string().as_bytes()).map_err(named)?;
    println!("{}  signed by {}", beside.display(), public.to_base64());
    Ok(())
}
