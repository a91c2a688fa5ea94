//! What is read of a plugin: the component, its hash, and the signature beside it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

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

// === impl PluginContent ===

impl PluginContent {
    /// Reads a file and its signature.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let bytes = fs::read(path)?;
        Ok(Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes,
            signature: read_signature(&signature_of(path))?,
        })
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

/// The signature of the file at `path`: the same name with `.minisig` after it, as minisign has it.
pub(super) fn signature_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".minisig");
    PathBuf::from(name)
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
        let alone = PluginContent::read(&path).unwrap();
        assert_eq!(alone.signature, None);
        fs::write(folder.path().join("a.wasm.minisig"), "").unwrap();
        let empty = PluginContent::read(&path).unwrap();
        assert_eq!(empty.signature.as_deref(), Some(""));
        fs::write(folder.path().join("a.wasm.minisig"), "x".repeat(1 << 20)).unwrap();
        let endless = PluginContent::read(&path).unwrap();
        assert_eq!(endless.signature.as_ref().unwrap().len() as u64, MAX_SIGNATURE);
        let digests = [&alone, &empty, &endless].map(digest);
        assert!(digests[0] != digests[1] && digests[1] != digests[2], "{digests:?}");
    }
}
