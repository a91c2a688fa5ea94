//! Finds and reads the files of a configuration, and records which were read.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Reads files, and records them for the watcher and for the digest.
pub(super) struct Reader {
    files: Vec<PathBuf>,
    hash: Sha256,
}

// === impl Reader ===

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            files: Vec::new(),
            hash: Sha256::new(),
        }
    }

    /// Reads a file as text. A missing file is recorded too, because its appearance would be a change.
    ///
    /// # Errors
    /// If the file cannot be read, or is not UTF-8.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<String> {
        let content = fs::read_to_string(path);
        self.record(path, content.as_deref().ok());
        content
    }

    /// Adds name and content to the digest, each after its length, so that different lists of files hash differently.
    fn record(&mut self, path: &Path, content: Option<&str>) {
        if !self.files.iter().any(|file| file == path) {
            self.files.push(path.to_owned());
        }
        let name = path.as_os_str().as_encoded_bytes();
        for bytes in [name, content.unwrap_or_default().as_bytes()] {
            self.hash.update((bytes.len() as u64).to_be_bytes());
            self.hash.update(bytes);
        }
        self.hash.update([u8::from(content.is_some())]);
    }

    /// Every file that was requested, and the SHA-256 of their names and contents in hexadecimal.
    pub(super) fn finish(self) -> (Vec<PathBuf>, String) {
        use std::fmt::Write;
        let mut digest = String::with_capacity(64);
        for byte in self.hash.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(digest, "{byte:02x}");
        }
        (self.files, digest)
    }
}

/// The YAML files of `path`: itself, or all files directly in it, sorted by name. Hidden entries are skipped, because
/// Kubernetes keeps older versions in them. Symbolic links are followed.
///
/// # Errors
/// If the folder cannot be read.
pub(super) fn yaml_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let file = entry?.path();
        let hidden = file
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let yaml = file
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if yaml && !hidden && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The folder that relative paths in the configuration are resolved against.
pub(super) fn base(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    path.parent().map(Path::to_owned).unwrap_or_default()
}
