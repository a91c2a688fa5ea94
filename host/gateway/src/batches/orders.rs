//! The desk's side of batches: takes orders, and shows, cancels and deletes what was ordered.

use std::fs::File;

use jackfield_config::BatchesConfig;
use jackfield_dialects::batches::{
    BatchOrder, BatchState, Batching, LineCounts, LineSpent, OrderedLines, Shelf, files,
};

use super::desk::{Desk, DeskError, now};
use super::holder::Holder;
use super::place::{put, put_record};
use super::record::{BatchRecord, Times};

/// How long a batch has, in milliseconds: the only window that there is.
const WINDOW: u64 = 24 * 60 * 60 * 1000;

/// A batch that is ordered.
#[derive(Debug)]
pub(crate) struct NewBatch {
    /// The API by which it is ordered.
    pub(crate) api: Batching,
    /// On whose behalf.
    pub(crate) holder: Holder,
    /// The headers that its lines are asked with.
    pub(crate) headers: Vec<(String, String)>,
    /// What is ordered.
    pub(crate) order: BatchOrder,
}

// === impl Desk ===

impl Desk {
    /// Takes an order.
    ///
    /// # Errors
    /// If its file is none of the user's, there are too many batches, or it cannot be written.
    pub(crate) fn order(&self, new: NewBatch, config: &BatchesConfig) -> Result<BatchRecord, DeskError> {
        let (created, user) = (now(), &new.holder.user);
        let id = format!("{}{:032x}", new.api.id_prefix(), fastrand::u128(..));
        let (input_file, lines) = match new.order.lines {
            OrderedLines::Here(lines) => (None, lines),
            OrderedLines::File(file) => {
                let missing = |_| DeskError::Invalid("input_file_id", "is none of your files here".to_owned());
                let file = self.file(user, &file).map_err(missing)?;
                if file.purpose != files::INPUT {
                    let message = "must be a file with the purpose `batch`".to_owned();
                    return Err(DeskError::Invalid("input_file_id", message));
                }
                (Some(file.id), Vec::new())
            }
        };
        let record = BatchRecord {
            id,
            api: new.api.name().to_owned(),
            holder: new.holder,
            endpoint: new.order.endpoint,
            headers: new.headers,
            input_file,
            output_file: None,
            error_file: None,
            keep_results: new.order.keep_results,
            metadata: new.order.metadata,
            state: BatchState::Validating,
            ending: None,
            counts: LineCounts::default(),
            spent: LineSpent::default(),
            bytes: lines.len() as u64,
            faults: Vec::new(),
            times: Times {
                created,
                expires: created + WINDOW,
                ..Times::default()
            },
        };
        let mut kept = self.lock();
        kept.room_for_batch(&record, config)?;
        if record.input_file.is_none() {
            put(&self.place.input(&record.id), &lines)?;
        }
        put_record(&self.place.batch_record(&record.id), &record)?;
        kept.batches.insert(record.id.clone(), record.clone());
        Ok(record)
    }

    /// A user's batches of this API, the newest first.
    pub(crate) fn batches(&self, api: Batching, user: &str) -> Vec<BatchRecord> {
        let kept = self.lock();
        let own = |batch: &&BatchRecord| batch.holder.user == user && batch.api == api.name();
        let mut batches: Vec<_> = kept.batches.values().filter(own).cloned().collect();
        batches.sort_by(|a, b| (b.times.created, &b.id).cmp(&(a.times.created, &a.id)));
        batches
    }

    /// One of them.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn batch(&self, api: Batching, user: &str, id: &str) -> Result<BatchRecord, DeskError> {
        let kept = self.lock();
        let found = kept.batches.get(id);
        let found = found.filter(|batch| batch.holder.user == user && batch.api == api.name());
        found.cloned().ok_or(DeskError::Unknown("batch"))
    }

    /// The results of one of them, which is over.
    ///
    /// # Errors
    /// If there is none, it is not over, or they cannot be read.
    pub(crate) fn results(&self, api: Batching, user: &str, id: &str) -> Result<File, DeskError> {
        let batch = self.batch(api, user, id)?;
        if !batch.state.is_over() {
            return Err(DeskError::Unknown("result: the batch is not over"));
        }
        Ok(File::open(self.place.shelf(&batch.id, Shelf::Output))?)
    }

    /// Cancels one of them, unless it is over or about to be.
    ///
    /// # Errors
    /// If there is none, or it cannot be written.
    pub(crate) fn cancel(&self, api: Batching, user: &str, id: &str) -> Result<BatchRecord, DeskError> {
        let batch = self.batch(api, user, id)?;
        let cancelled = self.change(&batch.id, |batch| {
            if matches!(batch.state, BatchState::Validating | BatchState::InProgress) {
                batch.state = BatchState::Cancelling;
                batch.times.cancelling = Some(now());
            }
        })?;
        cancelled.ok_or(DeskError::Unknown("batch"))
    }

    /// Deletes one of them, which must be over.
    ///
    /// # Errors
    /// If there is none, it is not over, or it cannot be deleted.
    pub(crate) fn remove_batch(&self, api: Batching, user: &str, id: &str) -> Result<(), DeskError> {
        let batch = self.batch(api, user, id)?;
        if !batch.state.is_over() {
            let message = "is a batch that is not over; cancel it first".to_owned();
            return Err(DeskError::Invalid("id", message));
        }
        self.forget(&batch.id)?;
        Ok(())
    }
}
