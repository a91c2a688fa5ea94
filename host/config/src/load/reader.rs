//! Finds and reads the files of a configuration, and records which were read.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// The largest file that is read, in bytes: enough for a hundred thousand models.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Reads files, and records them for the watcher and for the digest.
pub(super) struct Reader {
    files: Vec<PathBuf>,
    hash: Sha256,
    disturbed: bool,
}

/// The files that were read for a configuration, whether or not it loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Every file that was read, for the watcher; includes those of `${file:…}`, whether or not they exist.
    pub files: Vec<PathBuf>,
    /// The SHA-256 of the names and contents of these files, in hexadecimal. A file that cannot be read counts with the
    /// reason.
    pub digest: String,
    /// Whether a file could not be read for a reason that may pass without any change to the files, such as too many
    /// open files.
    pub disturbed: bool,
}

// === impl Reader ===

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            files: Vec::new(),
            hash: Sha256::new(),
            disturbed: false,
        }
    }

    /// Reads a file as text. A missing file is recorded too, because its appearance would be a change.
    ///
    /// # Errors
    /// If the file cannot be read, is larger than 64 MiB, or is not UTF-8.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<String> {
        let content = read(path);
        self.record(path, content.as_deref());
        content
    }

    /// Records that a file or folder cannot be read.
    pub(super) fn missed(&mut self, path: &Path, error: &io::Error) {
        self.record(path, Err(error));
    }

    /// Adds name and content to the digest, each after its length, so that different lists of files hash differently.
    fn record(&mut self, path: &Path, content: Result<&str, &io::Error>) {
        if !self.files.iter().any(|file| file == path) {
            self.files.push(path.to_owned());
        }
        let reason = content.err().map(|error| error.kind().to_string()).unwrap_or_default();
        let name = path.as_os_str().as_encoded_bytes();
        for bytes in [name, content.unwrap_or_default().as_bytes(), reason.as_bytes()] {
            self.hash.update((bytes.len() as u64).to_be_bytes());
            self.hash.update(bytes);
        }
        self.disturbed |= content.is_err_and(|error| may_pass(error.kind()));
    }

    /// What was read.
    pub(super) fn finish(self) -> Inputs {
        use std::fmt::Write;
        let mut digest = String::with_capacity(64);
        for byte in self.hash.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(digest, "{byte:02x}");
        }
        Inputs {
            files: self.files,
            digest,
            disturbed: self.disturbed,
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let length = File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if length as u64 > MAX_FILE_BYTES {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

/// Whether a file may become readable without a change that its metadata would show.
fn may_pass(reason: ErrorKind) -> bool {
    !matches!(
        reason,
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidData
            | ErrorKind::FileTooLarge
    )
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
