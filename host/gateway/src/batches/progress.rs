//! What becomes of a batch at the desk, step by step.

use std::fs::{self, File};
use std::io;

use jackfield_config::BatchesConfig;
use jackfield_dialects::batch_api;
use jackfield_dialects::batches::{BatchApi, BatchState, Shelf, files};

use super::desk::{Desk, kept_for, now};
use super::place::{private, put_record, remove};
use super::record::{BatchRecord, FileRecord};

// === impl Desk ===

impl Desk {
    /// Removes a batch with all that is its own.
    pub(super) fn forget(&self, id: &str) -> io::Result<()> {
        let mut kept = self.lock();
        remove(&self.place.batch_record(id))?;
        remove(&self.place.input(id))?;
        for shelf in [Shelf::Output, Shelf::Errors] {
            remove(&self.place.shelf(id, shelf))?;
        }
        kept.batches.remove(id);
        Ok(())
    }

    /// Changes a batch in memory and in its folder; `None` if there is none.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut BatchRecord)) -> io::Result<Option<BatchRecord>> {
        let mut kept = self.lock();
        let Some(batch) = kept.batches.get_mut(id) else {
            return Ok(None);
        };
        let mut changed = batch.clone();
        change(&mut changed);
        put_record(&self.place.batch_record(id), &changed)?;
        *batch = changed.clone();
        Ok(Some(changed))
    }

    /// Ends a batch. What is not kept of it is removed.
    pub(super) fn end(&self, batch: &BatchRecord, ending: BatchState) -> io::Result<()> {
        let keeps = batch_api(&batch.api).is_some_and(BatchApi::keeps_results);
        let output = self.place.shelf(&batch.id, Shelf::Output);
        let bytes = if keeps {
            // It may have none, if it failed at once.
            private().truncate(false).open(&output)?.metadata()?.len()
        } else {
            remove(&output)?;
            0
        };
        remove(&self.place.input(&batch.id))?;
        remove(&self.place.shelf(&batch.id, Shelf::Errors))?;
        self.change(&batch.id, |batch| {
            batch.state = ending;
            batch.times.ended = Some(now());
            batch.bytes = bytes;
        })?;
        Ok(())
    }

    /// Changes what is counted again at each start, in memory alone.
    pub(super) fn count(&self, id: &str, change: impl FnOnce(&mut BatchRecord)) {
        if let Some(batch) = self.lock().batches.get_mut(id) {
            change(batch);
        }
    }

    /// The lines of a batch.
    pub(super) fn input(&self, batch: &BatchRecord) -> io::Result<File> {
        match &batch.input_file {
            Some(file) => File::open(self.place.file(file)),
            None => File::open(self.place.input(&batch.id)),
        }
    }

    /// Makes the reports on a shelf of a batch a file of its user; it may be one already.
    pub(super) fn publish(
        &self,
        batch: &BatchRecord,
        shelf: Shelf,
        id: &str,
        config: &BatchesConfig,
    ) -> io::Result<()> {
        let (from, to) = (self.place.shelf(&batch.id, shelf), self.place.file(id));
        if from.exists() {
            fs::rename(&from, &to)?;
        }
        let created = now();
        let record = FileRecord {
            id: id.to_owned(),
            user: batch.holder.user.clone(),
            filename: match shelf {
                Shelf::Output => format!("{}_output.jsonl", batch.id),
                Shelf::Errors => format!("{}_error.jsonl", batch.id),
            },
            purpose: files::RESULTS.to_owned(),
            bytes: fs::metadata(&to)?.len(),
            created,
            expires: created + kept_for(batch.keep_results, config),
        };
        put_record(&self.place.file_record(id), &record)?;
        self.lock().files.insert(id.to_owned(), record);
        Ok(())
    }
}
