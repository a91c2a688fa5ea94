//! A file on its way in: it is written as it comes, counts from its first byte on, and is its user's once it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;

use jackfield_config::BatchesConfig;
use jackfield_dialects::batches::files;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::desk::{Desk, DeskError, kept_for, now};
use super::place::{UNREADY, private, put_record, remove};
use super::record::FileRecord;

/// How much of a file is gathered before it is written.
pub(crate) const GATHERED: usize = 256 << 10;

/// The most bytes of a file's name that are kept.
const LONGEST_NAME: usize = 256;

/// A file on its way in. Unless it is [kept](Self::keep), dropping it leaves nothing of it.
#[derive(Debug)]
pub(crate) struct Arriving {
    /// Absent while it is written; if nobody waits for that any more, it is dropped there.
    draft: Option<Draft>,
    gathered: Vec<u8>,
}

/// What there is of it in the folder, and what is counted for it.
#[derive(Debug)]
struct Draft {
    desk: Arc<Desk>,
    limits: BatchesConfig,
    user: String,
    id: String,
    file: File,
    /// Where it is; `None` once it is kept.
    path: Option<PathBuf>,
}

/// What a client says of the file.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// The client's name for it.
    pub(crate) filename: String,
    /// How many seconds it is kept; `None` for as long as any.
    pub(crate) keep: Option<u64>,
}

// === impl Arriving ===

impl Arriving {
    /// Begins a file of this user's. It writes to the folder.
    ///
    /// # Errors
    /// If the user has too many, or it cannot be created.
    pub(crate) fn begin(desk: &Arc<Desk>, user: String, limits: BatchesConfig) -> Result<Self, DeskError> {
        let id = format!("file-{:032x}", fastrand::u128(..));
        let path = desk.place.file(&id).with_extension(UNREADY);
        desk.lock().arrives(&id, &user, &limits)?;
        let file = private().truncate(true).open(&path).inspect_err(|_| {
            desk.lock().arriving.remove(&id);
        })?;
        let draft = Draft {
            desk: Arc::clone(desk),
            limits,
            user,
            id,
            file,
            path: Some(path),
        };
        Ok(Self {
            draft: Some(draft),
            gathered: Vec::new(),
        })
    }

    /// Adds its next bytes. They are written together with others.
    ///
    /// # Errors
    /// If the user has no more room, or they cannot be written.
    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), DeskError> {
        while self.gathered.len() + bytes.len() >= GATHERED {
            let (now, later) = bytes.split_at(GATHERED - self.gathered.len());
            self.gathered.extend_from_slice(now);
            self.flush().await?;
            bytes = later;
        }
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    /// Makes it a file of its user's: it is whole.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) async fn keep(mut self, new: NewFile) -> Result<FileRecord, DeskError> {
        self.flush().await?;
        let draft = self.draft.take().ok_or_else(given_up)?;
        let kept = spawn_blocking(move || draft.keep(&new));
        kept.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()))
    }

    /// Writes what is gathered, away from the worker.
    async fn flush(&mut self) -> Result<(), DeskError> {
        let mut draft = self.draft.take().ok_or_else(given_up)?;
        let mut gathered = std::mem::take(&mut self.gathered);
        let written = spawn_blocking(move || {
            draft.write(&gathered).map(|()| {
                gathered.clear();
                (draft, gathered)
            })
        });
        let written = written.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()))?;
        (self.draft, self.gathered) = (Some(written.0), written.1);
        Ok(())
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // To remove a large file takes a while.
        if let (Some(draft), Ok(runtime)) = (self.draft.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || drop(draft));
        }
    }
}

/// A file that failed before.
fn given_up() -> DeskError {
    io::Error::other("the file was given up").into()
}

// === impl Draft ===

impl Draft {
    fn write(&mut self, bytes: &[u8]) -> Result<(), DeskError> {
        let more = bytes.len() as u64;
        self.desk.lock().grows(&self.id, &self.user, more, &self.limits)?;
        Ok(self.file.write_all(bytes)?)
    }

    fn keep(mut self, new: &NewFile) -> Result<FileRecord, DeskError> {
        self.file.sync_data()?;
        let created = now();
        let record = FileRecord {
            id: self.id.clone(),
            user: self.user.clone(),
            filename: name(&new.filename),
            purpose: files::INPUT.to_owned(),
            bytes: self.file.metadata()?.len(),
            created,
            expires: created + kept_for(new.keep, &self.limits),
        };
        let place = self.desk.place.file(&self.id);
        if let Some(unready) = self.path.replace(place.clone()) {
            fs::rename(unready, place)?;
        }
        let mut kept = self.desk.lock();
        put_record(&self.desk.place.file_record(&self.id), &record)?;
        kept.files.insert(self.id.clone(), record.clone());
        kept.arriving.remove(&self.id);
        drop(kept);
        self.path = None;
        Ok(record)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let Some(path) = self.path.take() else { return };
        if let Err(error) = remove(&path) {
            tracing::warn!(path = %path.display(), "what there is of an upload cannot be removed: {error}");
        }
        self.desk.lock().arriving.remove(&self.id);
    }
}

/// A file's name, cut.
fn name(given: &str) -> String {
    let given = if given.is_empty() { "file.jsonl" } else { given };
    given[..given.floor_char_boundary(LONGEST_NAME)].to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn desk(dir: &Path) -> Arc<Desk> {
        Arc::new(Desk::open(dir).unwrap().unwrap())
    }

    fn in_folder(dir: &Path) -> usize {
        fs::read_dir(dir.join("files")).unwrap().count()
    }

    fn a_piece() -> Vec<u8> {
        vec![1; GATHERED]
    }

    fn new() -> NewFile {
        NewFile {
            filename: "a".to_owned(),
            keep: None,
        }
    }

    #[tokio::test]
    async fn a_file_is_there_once_it_is_whole_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path());
        let mut file = Arriving::begin(&desk, "ann".to_owned(), BatchesConfig::default()).unwrap();
        let content: Vec<u8> = (0..GATHERED * 2 + 7).map(|byte| (byte % 251) as u8).collect();
        for piece in content.chunks(GATHERED / 3 * 4) {
            file.write(piece).await.unwrap();
        }
        assert!(desk.files("ann").is_empty());
        let record = file.keep(new()).await.unwrap();
        assert_eq!(record.bytes, content.len() as u64);
        assert_eq!(fs::read(desk.place.file(&record.id)).unwrap(), content);
        assert_eq!((desk.files("ann").len(), in_folder(dir.path())), (1, 2));
        assert!(desk.lock().arriving.is_empty());
    }

    #[tokio::test]
    async fn what_is_on_its_way_counts_and_is_gone_once_it_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path());
        let limits = BatchesConfig {
            max_bytes_per_user: GATHERED as u64 * 3 / 2,
            max_files_per_user: 2,
            ..BatchesConfig::default()
        };
        let begin = || Arriving::begin(&desk, "ann".to_owned(), limits.clone());
        let (mut first, mut second) = (begin().unwrap(), begin().unwrap());
        assert!(matches!(begin(), Err(DeskError::Full(_))));
        first.write(&a_piece()).await.unwrap();
        let refused = second.write(&a_piece()).await;
        assert!(matches!(refused, Err(DeskError::Full(_))), "{refused:?}");
        assert_eq!(in_folder(dir.path()), 1);
        drop(first.draft.take());
        assert_eq!(in_folder(dir.path()), 0);
        assert!(desk.lock().arriving.is_empty());
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path());
        let mut file = Arriving::begin(&desk, "ann".to_owned(), BatchesConfig::default()).unwrap();
        // Writing to it always fails like this (full(4)).
        file.draft.as_mut().unwrap().file = private().open("/dev/full").unwrap();
        let full = file.write(&a_piece()).await;
        assert!(matches!(full, Err(DeskError::NoSpace(_))), "{full:?}");
        assert_eq!((in_folder(dir.path()), desk.lock().arriving.len()), (0, 0));
    }
}
