//! The folder of files and batches. What is in it is named by our ids, and only this process's user may read it.
//!
//! ```text
//! lock                     held by the process that uses the folder
//! files/ID.json, .jsonl    a file: what it is, and its content; .unready while it is on its way in
//! batches/ID.json          a batch
//! batches/ID.input.jsonl   its lines, if they came with the order
//! batches/ID.output.jsonl, .errors.jsonl   its reports, until they are files
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jackfield_dialects::batches::Shelf;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a file is called until it is complete.
pub(super) const UNREADY: &str = "unready";

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Place {
    dir: PathBuf,
}

// === impl Place ===

impl Place {
    /// The folder at `dir`, which is created if it is absent.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        for folder in ["files", "batches"] {
            builder.create(dir.join(folder))?;
        }
        Ok(Self { dir: dir.to_owned() })
    }

    /// Takes the folder for this process; `None` if another one has it.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = private().truncate(false).open(self.dir.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The content of a file.
    pub(super) fn file(&self, id: &str) -> PathBuf {
        self.dir.join("files").join(format!("{id}.jsonl"))
    }

    /// What a file is.
    pub(super) fn file_record(&self, id: &str) -> PathBuf {
        self.dir.join("files").join(format!("{id}.json"))
    }

    /// What a batch is.
    pub(super) fn batch_record(&self, id: &str) -> PathBuf {
        self.dir.join("batches").join(format!("{id}.json"))
    }

    /// The lines that came with a batch.
    pub(super) fn input(&self, id: &str) -> PathBuf {
        self.dir.join("batches").join(format!("{id}.input.jsonl"))
    }

    /// The reports of a batch.
    pub(super) fn shelf(&self, id: &str, shelf: Shelf) -> PathBuf {
        let name = match shelf {
            Shelf::Output => "output",
            Shelf::Errors => "errors",
        };
        self.dir.join("batches").join(format!("{id}.{name}.jsonl"))
    }

    /// Every record of files.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(super) fn file_records<T: DeserializeOwned>(&self) -> io::Result<Vec<T>> {
        records(&self.dir.join("files"))
    }

    /// Every record of batches.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(super) fn batch_records<T: DeserializeOwned>(&self) -> io::Result<Vec<T>> {
        records(&self.dir.join("batches"))
    }
}

/// How a private file is opened.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

/// Writes a private file in one step: it is there in full or not at all.
///
/// # Errors
/// If it cannot be written.
pub(super) fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let unready = path.with_extension(UNREADY);
    let written = private().truncate(true).open(&unready).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_data()
    });
    let placed = written.and_then(|()| fs::rename(&unready, path));
    if placed.is_err() {
        let _ = fs::remove_file(&unready);
    }
    placed
}

/// The same of a record.
///
/// # Errors
/// If it cannot be written.
pub(super) fn put_record(path: &Path, record: &impl Serialize) -> io::Result<()> {
    put(path, &serde_json::to_vec(record)?)
}

/// Removes a file, which may be gone already.
///
/// # Errors
/// If it is there and cannot be removed.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The records in a folder. What is none is left alone, and named in the log; what was never complete is removed.
fn records<T: DeserializeOwned>(folder: &Path) -> io::Result<Vec<T>> {
    let mut records = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(UNREADY) => remove(&path)?,
            Some("json") => match serde_json::from_slice(&fs::read(&path)?) {
                Ok(record) => records.push(record),
                Err(error) => tracing::warn!(path = %path.display(), "not a record of a file or batch: {error}"),
            },
            _ => {}
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_reads_what_is_written_and_one_process_has_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::open(&dir.path().join("batches")).unwrap();
        put_record(&place.file_record("file-1"), &7).unwrap();
        fs::write(place.file("x").with_extension(UNREADY), "half").unwrap();
        fs::write(place.file_record("file-2"), "{").unwrap();
        assert_eq!(place.file_records::<u32>().unwrap(), [7]);
        assert!(!place.file("x").with_extension(UNREADY).exists());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place.file_record("file-1")), 0o600);
        assert_eq!(mode(&dir.path().join("batches/files")), 0o700);
        let lock = place.lock().unwrap();
        assert!(lock.is_some() && place.lock().unwrap().is_none());
        drop(lock);
        assert!(place.lock().unwrap().is_some());
    }
}
