//! The desk: takes files and orders in, and hands out what there is of them, each user's to that user alone.
//!
//! Its functions read and write files, so they are called away from workers. `orders` is about
//! batches, `counting` about what a user may have, and `progress` about what becomes of batches.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_config::BatchesConfig;
use jackfield_dialects::RequestFault;

use super::place::{Place, remove};
use super::record::{BatchRecord, FileRecord};

/// Files and batches, in memory and in their folder.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) place: Place,
    /// Held while the folder is this process's.
    _lock: File,
    kept: Mutex<Kept>,
}

/// What there is, by id.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) files: HashMap<String, FileRecord>,
    pub(super) batches: HashMap<String, BatchRecord>,
    /// Files on their way in.
    pub(super) arriving: HashMap<String, Arrival>,
}

/// What is counted for a file on its way in.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) user: String,
    pub(super) bytes: u64,
}

/// Why the desk does not do what a client asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// There is none with this id, or it is somebody else's.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The member is at fault.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// The order is at fault.
    #[error("{0}")]
    Order(#[from] RequestFault),
    /// A limit is reached.
    #[error("{0}")]
    Full(String),
    /// The disk is full.
    #[error("the folder of batches has no room: {0}")]
    NoSpace(io::Error),
    /// The folder cannot be read or written.
    #[error("the folder of batches fails: {0}")]
    Io(io::Error),
}

// === impl DeskError ===

impl From<io::Error> for DeskError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::NoSpace(error),
            _ => Self::Io(error),
        }
    }
}

// === impl Desk ===

impl Desk {
    /// The desk over the folder at `dir`; `None` if another process has it.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub(super) fn open(dir: &Path) -> io::Result<Option<Self>> {
        let place = Place::open(dir)?;
        let Some(lock) = place.lock()? else {
            return Ok(None);
        };
        let files = place.file_records()?.into_iter();
        let batches = place.batch_records()?.into_iter();
        let kept = Kept {
            files: files.map(|file: FileRecord| (file.id.clone(), file)).collect(),
            batches: batches.map(|batch: BatchRecord| (batch.id.clone(), batch)).collect(),
            arriving: HashMap::new(),
        };
        Ok(Some(Self {
            place,
            _lock: lock,
            kept: Mutex::new(kept),
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Kept> {
        // Each change is one insertion or removal, or of one record.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user's files, the newest first.
    pub(crate) fn files(&self, user: &str) -> Vec<FileRecord> {
        let kept = self.lock();
        let mut files: Vec<_> = kept.files.values().filter(|file| file.user == user).cloned().collect();
        files.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        files
    }

    /// One of them.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn file(&self, user: &str, id: &str) -> Result<FileRecord, DeskError> {
        let kept = self.lock();
        let found = kept.files.get(id).filter(|file| file.user == user);
        found.cloned().ok_or(DeskError::Unknown("file"))
    }

    /// The content of one of them.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(crate) fn content(&self, user: &str, id: &str) -> Result<File, DeskError> {
        let file = self.file(user, id)?;
        Ok(File::open(self.place.file(&file.id))?)
    }

    /// Deletes one of them.
    ///
    /// # Errors
    /// If there is none, or a batch still reads it.
    pub(crate) fn remove_file(&self, user: &str, id: &str) -> Result<(), DeskError> {
        let id = self.file(user, id)?.id;
        let mut kept = self.lock();
        if kept.is_read(&id) {
            let message = "is the input of a batch that is not over; cancel that first";
            return Err(DeskError::Invalid("file_id", message.to_owned()));
        }
        remove(&self.place.file_record(&id))?;
        remove(&self.place.file(&id))?;
        kept.files.remove(&id);
        Ok(())
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    unix_millis(SystemTime::now()).cast_unsigned()
}

/// How many milliseconds something is kept.
pub(super) fn kept_for(seconds: Option<u64>, config: &BatchesConfig) -> u64 {
    let usual = config.keep_for.as_secs();
    // Nothing is kept longer than the operator wants.
    seconds.map_or(usual, |seconds| seconds.min(usual)).saturating_mul(1000)
}
