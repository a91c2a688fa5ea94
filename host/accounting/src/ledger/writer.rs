//! The writer: takes finished segments of the journal into the store, and goes on by itself after an outage. It reads
//! files and waits for a database, and so it has a thread of its own.

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
use super::journal::{Journal, JournalError, LeftBehind};
use super::record::Record;
use super::segment::{Batch, Segment};
use super::table::{Inserted, Table};
use crate::credits::balance::Balances;

use crate::store::StoreError;

/// How often the journal is taken in.
const EVERY: Duration = Duration::from_millis(500);

/// The longest pause while the store is unavailable; it doubles from [`EVERY`] on.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long the last round may take; what is not in by then waits in the journal for the next start.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// Takes the journal into the store.
#[derive(Debug)]
pub struct Writer {
    journal: Arc<Journal>,
    table: Arc<Table>,
    balances: Arc<Balances>,
    backlog: VecDeque<Source>,
    reading: Option<Reading>,
    /// When to give up, if it is the last round.
    until: Option<Instant>,
}

/// Why a round could not be completed. What it did not take in stays in the journal.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The journal's files.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The database.
    #[error("the ledger's rows wait in the journal: {0}")]
    Store(#[from] StoreError),
    /// The last round took too long.
    #[error("the ledger's rows wait in the journal: the database is slow")]
    Late,
}

/// Segments of one process.
#[derive(Debug)]
enum Source {
    Own(Segment),
    LeftBehind(LeftBehind),
}

// === impl Writer ===

impl Writer {
    /// Takes `journal` into `table` and tells `balances` of what is there.
    #[must_use]
    pub fn new(journal: Arc<Journal>, table: Arc<Table>, balances: Arc<Balances>) -> Self {
        Self {
            journal,
            table,
            balances,
            backlog: VecDeque::new(),
            reading: None,
            until: None,
        }
    }

    /// Takes in what processes that are gone have left. To be called at the start, before limits and balances are read
    /// from the store. If it fails, [`Writer::run`] goes on with it.
    ///
    /// # Errors
    /// [`WriteError`] if the journal cannot be read, or the store is not available.
    pub fn catch_up(&mut self) -> Result<(), WriteError> {
        let left = self.journal.left_behind()?;
        self.backlog.extend(left.into_iter().map(Source::LeftBehind));
        self.drain()
    }

    /// Takes in all that is written, again and again, until `stop`; then once more. To be stopped when the last request
    /// has left its record. It blocks its thread, which must be one of a runtime's for blocking work.
    pub fn run(mut self, stop: &CancellationToken) {
        let mut pause = EVERY;
        while wait(pause, stop) {
            let failed_before = pause > EVERY;
            pause = match self.round() {
                Ok(()) => EVERY,
                Err(error) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    tracing::warn!("{error}; trying again in {pause:?}");
                    pause
                }
            };
            if failed_before && pause == EVERY {
                tracing::info!("the ledger's rows are in the store again");
            }
        }
        self.until = Some(Instant::now() + LAST_ROUND);
        if let Err(error) = self.round() {
            tracing::error!("left for the next start: {error}");
        }
    }

    /// Takes in all that is written by now.
    ///
    /// Segments are finished only when none waits before them: in an outage a few files grow, instead of many.
    ///
    /// # Errors
    /// [`WriteError`] if it could not be completed. The next round goes on where this one stopped.
    pub fn round(&mut self) -> Result<(), WriteError> {
        self.drain()?;
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
                self.reading = Reading::begin(segment)?;
            }
            self.take_in()?;
            self.finish_segment()?;
        }
    }

    /// The segment that is due. It stays in the backlog until it is finished.
    fn next_segment(&mut self) -> Result<Option<Segment>, JournalError> {
        loop {
            match self.backlog.front() {
                None => return Ok(None),
                Some(Source::Own(segment)) => return Ok(Some(segment.clone())),
                Some(Source::LeftBehind(left)) => {
                    if let Some(segment) = left.segments.first() {
                        return Ok(Some(segment.clone()));
                    }
                }
            }
            if let Some(Source::LeftBehind(left)) = self.backlog.pop_front() {
                left.done()?;
            }
        }
    }

    /// All of the segment is in the store.
    fn finish_segment(&mut self) -> Result<(), JournalError> {
        if let Some(Reading { segment, .. }) = &self.reading {
            self.journal.done(segment)?;
        }
        self.reading = None;
        match self.backlog.front_mut() {
            Some(Source::LeftBehind(left)) => drop(left.segments.remove(0)),
            _ => drop(self.backlog.pop_front()),
        }
        Ok(())
    }

    fn take_in(&mut self) -> Result<(), WriteError> {
        while let Some(reading) = &mut self.reading
            && reading.fill()?
        {
            if self.until.is_some_and(|until| until < Instant::now()) {
                return Err(WriteError::Late);
            }
            let batch = reading.batch.as_ref();
            let contents = batch.map(Batch::contents).unwrap_or_default();
            if !reading.set_aside {
                set_aside(&self.journal, &contents.broken)?;
                reading.set_aside = true;
            }
            let inserted = self.table.insert_records(&contents.records)?;
            for (place, reason) in &inserted.refused {
                refuse(&self.journal, &contents.records[*place], reason)?;
            }
            if contents.torn > 0 {
                let path = reading.segment.path().display();
                tracing::warn!(
                    "{path}: the last line is torn ({} bytes) and does not count",
                    contents.torn
                );
            }
            tell(&self.balances, self.journal.node(), &contents.records, &inserted);
            reading.batch = None;
        }
        Ok(())
    }
}

/// Waits, unless it is stopped meanwhile.
fn wait(pause: Duration, stop: &CancellationToken) -> bool {
    let waiting = stop.run_until_cancelled(time::sleep(pause));
    Handle::current().block_on(waiting).is_some()
}

/// Keeps lines that are no records for a person to look at.
fn set_aside(journal: &Journal, lines: &[&[u8]]) -> Result<(), JournalError> {
    for line in lines {
        let path = journal.set_aside(line)?;
        tracing::error!(
            "a line of the journal is damaged and was set aside in {}",
            path.display()
        );
    }
    Ok(())
}

/// Keeps a record that the database will never take.
fn refuse(journal: &Journal, record: &Record, reason: &str) -> Result<(), JournalError> {
    let mut line = Vec::new();
    record.write_line(&mut line)?;
    let path = journal.set_aside(&line)?;
    let request_id = &*record.request_id;
    tracing::error!(
        request_id,
        "the database refuses a record, which was set aside in {}: {reason}",
        path.display()
    );
    Ok(())
}

/// Releases what was pending for these records, those that were in the store already and those that it refuses
/// included, and passes on the balances. Only what this process wrote is pending in it.
fn tell(balances: &Balances, node: u64, records: &[Record], inserted: &Inserted) {
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
