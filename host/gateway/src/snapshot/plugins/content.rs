//! What is read of a plugin: the component, its hash, and the signature beside it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use jackfield_sandbox::LoadError;
use sha2::{Digest, Sha256};

use super::trust::Refusal;
use crate::sources::signature_file;

/// The most bytes of a signature that are read. A real one has about 300.
const MAX_SIGNATURE: u64 = 16 << 10;

/// The content of a plugin, not yet known to be one.
#[derive(Debug)]
pub(super) struct PluginContent {
    /// The component.
    pub(super) bytes: Vec<u8>,
    /// Its SHA-256, in hexadecimal.
    pub(super) sha256: String,
    /// The text of the signature beside it, if there is one.
    pub(super) signature: Option<String>,
}

/// Why the content of a file is not known. Each message is a predicate whose subject is the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The system does not give it.
    #[error("cannot be read: {0}")]
    Failed(#[from] io::Error),
    /// It is larger than it may be.
    #[error("has {found} bytes, and plugins.max_file_bytes is {most}")]
    TooLarge {
        /// Its bytes.
        found: u64,
        /// The limit.
        most: usize,
    },
}

// === impl PluginContent ===

impl PluginContent {
    /// Reads a file of up to `most` bytes, and its signature.
    pub(super) fn read(path: &Path, most: usize) -> Result<Self, Unread> {
        let bytes = read_up_to(path, most)?;
        Ok(Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes,
            signature: read_signature(&signature_file(path))?,
        })
    }

    /// What may become a file of up to `most` bytes, and its signature.
    pub(super) fn candidate(bytes: &[u8], signature: Option<String>, most: usize) -> Result<Self, Unread> {
        let found = bytes.len() as u64;
        if found > most as u64 {
            return Err(Unread::TooLarge { found, most });
        }
        Ok(Self {
            signature,
            ..Self::fetched(bytes.to_vec())
        })
    }

    /// What came from a source, which has been compared with its hash.
    pub(super) fn fetched(bytes: Vec<u8>) -> Self {
        Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes,
            signature: None,
        }
    }

    /// Hashes what the content is, for the digest of a whole reading.
    pub(super) fn digest_into(&self, hash: &mut Sha256) {
        hash.update([0]);
        hash.update(&self.sha256);
        let signature = self.signature.as_deref();
        hash.update([u8::from(signature.is_some())]);
        let signature = signature.unwrap_or_default();
        hash.update(signature.len().to_le_bytes());
        hash.update(signature);
    }
}

// === impl Unread ===

impl Unread {
    /// Whether the reason may pass by itself, such as too many open files.
    pub(super) fn may_pass(&self) -> bool {
        let lasts = |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied);
        matches!(self, Self::Failed(error) if !lasts(error))
    }

    /// What to tell the operator.
    pub(super) fn refusal(&self) -> Refusal {
        let remedy = match self {
            Self::Failed(error) => LoadError::Read(error.to_string()).remedy(),
            Self::TooLarge { .. } => "take out its debug information with `wasm-tools strip`, or raise the limit",
        };
        Refusal {
            problem: self.to_string(),
            remedy: remedy.to_owned(),
        }
    }
}

fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, Unread> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if size <= most as u64 {
        // It may grow while it is read.
        file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    }
    let found = size.max(bytes.len() as u64);
    if found > most as u64 {
        return Err(Unread::TooLarge { found, most });
    }
    Ok(bytes)
}

/// The text of a signature's file; `None` if there is no such file. What is no text is no signature, as is what goes on
/// behind the limit.
fn read_signature(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(MAX_SIGNATURE).read_to_end(&mut text)?;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn digest(content: &PluginContent) -> String {
        let mut hash = Sha256::new();
        content.digest_into(&mut hash);
        hex::encode(hash.finalize())
    }

    #[test]
    fn a_signature_is_read_with_its_file_and_changes_the_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wasm");
        fs::write(&path, "component").unwrap();
        let alone = PluginContent::read(&path, 100).unwrap();
        assert_eq!(alone.signature, None);
        fs::write(folder.path().join("a.wasm.minisig"), "").unwrap();
        let empty = PluginContent::read(&path, 100).unwrap();
        assert_eq!(empty.signature.as_deref(), Some(""));
        fs::write(folder.path().join("a.wasm.minisig"), "x".repeat(1 << 20)).unwrap();
        let endless = PluginContent::read(&path, 100).unwrap();
        assert_eq!(endless.signature.as_ref().unwrap().len() as u64, MAX_SIGNATURE);
        let digests = [&alone, &empty, &endless].map(digest);
        assert!(digests[0] != digests[1] && digests[1] != digests[2], "{digests:?}");
    }

    #[test]
    fn a_file_beyond_the_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wasm");
        fs::write(&path, "eleven byte").unwrap();
        assert_eq!(PluginContent::read(&path, 11).unwrap().bytes.len(), 11);
        let refused = PluginContent::read(&path, 10).unwrap_err();
        assert_eq!(refused.to_string(), "has 11 bytes, and plugins.max_file_bytes is 10");
        assert!(!refused.may_pass());
        assert!(refused.refusal().remedy.contains("raise the limit"));
    }
}
