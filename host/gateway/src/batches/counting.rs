//! What a user may have at the desk, and what is deleted because its time is over.

use std::io;
use std::time::Duration;

use jackfield_config::BatchesConfig;

use super::desk::{Arrival, Desk, DeskError, Kept};
use super::place::remove;
use super::record::BatchRecord;

// === impl Kept ===

impl Kept {
    /// The bytes that are kept for a user.
    pub(super) fn bytes_of(&self, user: &str) -> u64 {
        let files = self.files.values().filter(|file| file.user == user);
        let batches = self.batches.values().filter(|batch| batch.holder.user == user);
        let arriving = self.arriving.values().filter(|arrival| arrival.user == user);
        files.map(|file| file.bytes).sum::<u64>()
            + batches.map(|batch| batch.bytes).sum::<u64>()
            + arriving.map(|arrival| arrival.bytes).sum::<u64>()
    }

    /// Counts one more file of a user's, which is on its way in.
    ///
    /// # Errors
    /// If it would be too many.
    pub(super) fn arrives(&mut self, id: &str, user: &str, config: &BatchesConfig) -> Result<(), DeskError> {
        let files = self.files.values().filter(|file| file.user == user).count();
        let arriving = self.arriving.values().filter(|arrival| arrival.user == user).count();
        if files + arriving >= config.max_files_per_user {
            let most = config.max_files_per_user;
            return Err(DeskError::Full(format!(
                "You have {most} files, the most there may be; delete some."
            )));
        }
        let arrival = Arrival {
            user: user.to_owned(),
            bytes: 0,
        };
        self.arriving.insert(id.to_owned(), arrival);
        Ok(())
    }

    /// Counts so many more bytes of it.
    ///
    /// # Errors
    /// If they would be too many.
    pub(super) fn grows(&mut self, id: &str, user: &str, more: u64, config: &BatchesConfig) -> Result<(), DeskError> {
        self.room_for_bytes(user, more, config)?;
        if let Some(arrival) = self.arriving.get_mut(id) {
            arrival.bytes += more;
        }
        Ok(())
    }

    /// Checks that a batch may be added.
    ///
    /// # Errors
    /// If it would be too many, or too much.
    pub(super) fn room_for_batch(&self, batch: &BatchRecord, config: &BatchesConfig) -> Result<(), DeskError> {
        let live = || self.batches.values().filter(|batch| !batch.state.is_over());
        let user = &batch.holder.user;
        if live().filter(|batch| batch.holder.user == *user).count() >= config.max_batches_per_user {
            let most = config.max_batches_per_user;
            let message = format!("You have {most} batches that are not over, the most there may be.");
            return Err(DeskError::Full(message));
        }
        if live().count() >= config.max_batches {
            let message = "This gateway has as many batches as it takes; try again later.";
            return Err(DeskError::Full(message.to_owned()));
        }
        self.room_for_bytes(user, batch.bytes, config)
    }

    fn room_for_bytes(&self, user: &str, bytes: u64, config: &BatchesConfig) -> Result<(), DeskError> {
        let most = config.max_bytes_per_user;
        if self.bytes_of(user).saturating_add(bytes) <= most {
            return Ok(());
        }
        let message = format!("Your files and results would have more than {most} bytes; delete some.");
        Err(DeskError::Full(message))
    }

    /// Whether a batch that is not over has this file for its input.
    pub(super) fn is_read(&self, file: &str) -> bool {
        let reads = |batch: &BatchRecord| batch.input_file.as_deref() == Some(file) && !batch.state.is_over();
        self.batches.values().any(reads)
    }
}

// === impl Desk ===

impl Desk {
    /// The batches that are not over, the oldest first: their ids, users, and whether they are being cancelled.
    pub(super) fn unfinished(&self) -> Vec<BatchRecord> {
        let kept = self.lock();
        let mut live: Vec<_> = kept
            .batches
            .values()
            .filter(|batch| !batch.state.is_over())
            .cloned()
            .collect();
        live.sort_by(|a, b| (a.times.created, &a.id).cmp(&(b.times.created, &b.id)));
        live
    }

    /// Whether a user has more than they may, so that no result can be added.
    pub(super) fn is_full(&self, user: &str, config: &BatchesConfig) -> bool {
        self.lock().bytes_of(user) >= config.max_bytes_per_user
    }

    /// Deletes the files whose time is over, and the batches that ended so long ago.
    ///
    /// # Errors
    /// If one cannot be deleted.
    pub(super) fn sweep(&self, now: u64, keep_for: Duration) -> io::Result<()> {
        let keep_for = keep_for.as_secs().saturating_mul(1000);
        let (files, batches): (Vec<String>, Vec<String>) = {
            let kept = self.lock();
            let files = kept
                .files
                .values()
                .filter(|file| file.expires <= now && !kept.is_read(&file.id));
            let is_old = |batch: &&BatchRecord| {
                batch
                    .times
                    .ended
                    .is_some_and(|ended| ended.saturating_add(keep_for) <= now)
            };
            let batches = kept.batches.values().filter(is_old);
            (
                files.map(|file| file.id.clone()).collect(),
                batches.map(|batch| batch.id.clone()).collect(),
            )
        };
        for id in files {
            remove(&self.place.file_record(&id))?;
            remove(&self.place.file(&id))?;
            self.lock().files.remove(&id);
        }
        batches.iter().try_for_each(|id| self.forget(id))
    }
}
