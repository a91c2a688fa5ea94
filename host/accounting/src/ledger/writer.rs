//! The writer: moves finished segments of the journal into the store, and resumes by itself after an outage. It blocks
//! on files and on the database, so it has its own thread.

mod reading;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time;
use tokio_util::sync::CancellationToken;

use self::reading::Reading;
use super::journal::{Journal, JournalError, OrphanedJournal};
use super::record::Record;
use super::segment::{Batch, Segment};
use super::table::{Inserted, Table};
use crate::credits::balance::Balances;
use crate::store::StoreError;

/// The pause between rounds.
const ROUND_EVERY: Duration = Duration::from_millis(500);

/// The longest pause while the store is unavailable; it doubles from [`ROUND_EVERY`] on.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long the last round may take. What is not in the store by then waits in the journal for the next start.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// Moves records from the journal into the store.
#[derive(Debug)]
pub struct Writer {
    journal: Arc<Journal>,
    table: Arc<Table>,
    balances: Arc<Balances>,
    backlog: VecDeque<Source>,
    reading: Option<Reading>,
    /// When to give up; set for the last round.
    deadline: Option<Instant>,
}

/// Why a round was not completed. What it did not insert stays in the journal.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The journal's files cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The database is not available.
    #[error("ledger rows are waiting in the journal: {0}")]
    Store(#[from] StoreError),
    /// The last round took too long.
    #[error("ledger rows are waiting in the journal: the database is too slow")]
    Late,
}

/// Segments to be inserted.
#[derive(Debug)]
enum Source {
    Own(Segment),
    Orphaned(OrphanedJournal),
}

// === impl Writer ===

impl Writer {
    /// Moves records from `journal` into `table`, and updates `balances` accordingly.
    #[must_use]
    pub fn new(journal: Arc<Journal>, table: Arc<Table>, balances: Arc<Balances>) -> Self {
        Self {
            journal,
            table,
            balances,
            backlog: VecDeque::new(),
            reading: None,
            deadline: None,
        }
    }

    /// Inserts what dead processes left in the journal. Call it at startup, before limits and balances are read from
    /// the store. If it fails, [`Writer::run`] continues with it.
    ///
    /// # Errors
    /// [`WriteError`] if the journal cannot be read or the store is not available.
    pub fn catch_up(&mut self) -> Result<(), WriteError> {
        let orphans = self.journal.take_orphans()?;
        self.backlog.extend(orphans.into_iter().map(Source::Orphaned));
        self.drain()
    }

    /// Inserts new records periodically until `stop` is cancelled, and then one last time. Cancel it after the last
    /// request has been recorded. Blocks its thread, which must be a blocking thread of a tokio runtime.
    pub fn run(mut self, stop: &CancellationToken) {
        let mut pause = ROUND_EVERY;
        while wait(pause, stop) {
            let failed_before = pause > ROUND_EVERY;
            pause = match self.round() {
                Ok(()) => ROUND_EVERY,
                Err(error) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    tracing::warn!("{error}; retrying in {pause:?}");
                    pause
                }
            };
            if failed_before && pause == ROUND_EVERY {
                tracing::info!("ledger rows are being stored again");
            }
        }
        self.deadline = Some(Instant::now() + LAST_ROUND);
        if let Err(error) = self.round() {
            tracing::error!("records are left in the journal for the next start: {error}");
        }
        let lost_bytes = self.journal.waiting_bytes();
        if lost_bytes > 0 {
            tracing::error!(lost_bytes, "records that had no room on the disk are lost");
        }
    }

    /// Inserts all records written so far.
    ///
    /// Segments are rotated only when no earlier ones are waiting: during an outage a few files grow instead of many
    /// piling up.
    ///
    /// # Errors
    /// [`WriteError`] if it was not completed. The next round continues where this one stopped.
    fn round(&mut self) -> Result<(), WriteError> {
        let flushed = self.journal.flush();
        self.drain()?;
        flushed?;
        for segment in self.journal.rotate() {
            self.backlog.push_back(Source::Own(segment?));
        }
        self.drain()
    }

    fn drain(&mut self) -> Result<(), WriteError> {
        loop {
            if self.reading.is_none() {
                let Some(segment) = self.next_segment()? else {
                    return Ok(());
                };
                let size = self.journal.size_of(&segment);
                self.reading = Reading::begin(segment, size)?;
            }
            self.insert_segment()?;
            self.finish_segment()?;
        }
    }

    /// The next segment. It stays in the backlog until it is finished.
    fn next_segment(&mut self) -> Result<Option<Segment>, JournalError> {
        loop {
            match self.backlog.front() {
                None => return Ok(None),
                Some(Source::Own(segment)) => return Ok(Some(segment.clone())),
                Some(Source::Orphaned(orphan)) => {
                    if let Some(segment) = orphan.segments.first() {
                        return Ok(Some(segment.clone()));
                    }
                }
            }
            if let Some(Source::Orphaned(orphan)) = self.backlog.pop_front() {
                orphan.remove()?;
            }
        }
    }

    /// Recycles the current segment, all of which is in the store.
    fn finish_segment(&mut self) -> Result<(), JournalError> {
        match (&self.reading, self.backlog.front()) {
            (Some(Reading { segment, .. }), _) => self.journal.recycle(segment)?,
            (None, Some(Source::Own(removed))) => self.journal.forget(removed),
            (None, _) => {}
        }
        self.reading = None;
        match self.backlog.front_mut() {
            Some(Source::Orphaned(orphan)) => drop(orphan.segments.remove(0)),
            _ => drop(self.backlog.pop_front()),
        }
        Ok(())
    }

    fn insert_segment(&mut self) -> Result<(), WriteError> {
        while let Some(reading) = &mut self.reading
            && reading.fill()?
        {
            if self.deadline.is_some_and(|deadline| deadline < Instant::now()) {
                return Err(WriteError::Late);
            }
            let batch = reading.batch.as_ref();
            let contents = batch.map(Batch::contents).unwrap_or_default();
            if !reading.set_aside {
                set_lines_aside(&self.journal, &contents.broken)?;
                reading.set_aside = true;
            }
            let inserted = self.table.insert_records(&contents.records)?;
            for (index, reason) in &inserted.refused {
                set_record_aside(&self.journal, &contents.records[*index], reason)?;
            }
            if contents.torn > 0 {
                let path = reading.segment.path().display();
                tracing::warn!("{path}: ignored an incomplete last line ({} bytes)", contents.torn);
            }
            update_balances(&self.balances, self.journal.node(), &contents.records, &inserted);
            let own = contents
                .records
                .iter()
                .filter(|record| record.node == self.journal.node());
            self.journal.stored(own.count() as u64);
            reading.batch = None;
        }
        Ok(())
    }
}

/// Waits for `pause`. Returns false if it was stopped meanwhile.
fn wait(pause: Duration, stop: &CancellationToken) -> bool {
    let waiting = stop.run_until_cancelled(time::sleep(pause));
    Handle::current().block_on(waiting).is_some()
}

/// Sets lines aside that are not records.
fn set_lines_aside(journal: &Journal, lines: &[&[u8]]) -> Result<(), JournalError> {
    for line in lines {
        let path = journal.set_aside(line)?;
        tracing::error!("a damaged line of the journal was set aside in {}", path.display());
    }
    Ok(())
}

/// Sets a record aside that the database will never accept.
fn set_record_aside(journal: &Journal, record: &Record, reason: &str) -> Result<(), JournalError> {
    let mut line = Vec::new();
    record.write_line(&mut line)?;
    let path = journal.set_aside(&line)?;
    let request_id = &*record.request_id;
    tracing::error!(
        request_id,
        "a record that the database refuses was set aside in {}: {reason}",
        path.display()
    );
    Ok(())
}

/// Releases the pending charges of these records, including those that were in the store already or were refused, and
/// sets the new balances. Only this process's own records are pending in it.
fn update_balances(balances: &Balances, node: u64, records: &[Record], inserted: &Inserted) {
    let mut released: HashMap<&str, i64> = HashMap::new();
    for record in records {
        if let Some(user) = &record.user_id
            && record.pending
            && record.node == node
        {
            let sum = released.entry(user).or_default();
            *sum = sum.saturating_add(record.credits);
        }
    }
    for (user, balance) in &inserted.balances {
        let amount = released.remove(user.as_str()).unwrap_or(0);
        balances.stored(user, amount, Some(*balance));
    }
    for (user, amount) in released {
        balances.stored(user, amount, None);
    }
}
