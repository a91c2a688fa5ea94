//! The ledger: one row per request.
//!
//! In reading order: `record` is a row, and `tries` what it says of attempts; `journal` keeps it on this machine until the store has it, in the files of
//! `segment`, guarded by `lock`; `writer` moves the rows into the database's [`table`]. `calendar` formats and parses
//! days and times, and [`spreadsheet`] writes cells.

mod calendar;
mod journal;
mod lock;
mod record;
mod segment;
pub mod spreadsheet;
pub mod table;
mod tries;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::{
    calendar::{Day, ParseDayError, moment, utc},
    journal::{Journal, JournalError},
    record::{Ended, Record},
    tries::{MOST_TRIES, Try},
    writer::{WriteError, Writer},
};
use crate::credits::balance::Hold;

/// The shortest interval between log lines about lost records: a full disk stays full for a while.
const LOSS_LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Records requests in the journal.
#[derive(Debug)]
pub struct Ledger {
    journal: Arc<Journal>,
    losses: Mutex<Losses>,
    /// Records that wait in memory for room on the disk, counted for the log in the same way.
    waiting: Mutex<Losses>,
}

/// Records that were not written.
#[derive(Debug, Default)]
struct Losses {
    last_logged: Option<Instant>,
    /// The number of losses since then.
    count: u64,
}

// === impl Ledger ===

impl Ledger {
    /// A ledger that writes to this journal.
    #[must_use]
    pub fn new(journal: Arc<Journal>) -> Self {
        Self {
            journal,
            losses: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Writes a record and settles the hold of the request: its charge is pending from now on, until the store has the
    /// row. Call it before the last byte of the answer is sent. Sets the record's `node`, `seq` and `pending`.
    ///
    /// While the disk is full, the record waits in memory. If there is no room there either, it is lost, and its charge
    /// stays pending for as long as the process lives: nobody is served for nothing meanwhile. Both are logged, at most
    /// once a minute.
    pub fn record(&self, mut record: Record, hold: Option<Hold>) {
        // A charge without a hold, as of anonymous callers, is never pending and must not be released.
        record.pending = hold.is_some();
        let kept = self.journal.append(&mut record);
        if let Some(hold) = hold {
            hold.settle(record.credits);
        }
        match kept {
            Ok(None) => {}
            Ok(Some(waits)) => self.log_waiting(&waits, Instant::now()),
            Err(error) => self.log_loss(&error, Instant::now()),
        }
    }

    /// Whether the records of further requests will be on the disk. It has no room for more as soon as one waits in
    /// memory; that is tried again at least every five seconds.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.journal.is_durable()
    }

    /// How many records are set aside because the database refuses them, and the file that holds them.
    #[must_use]
    pub fn set_aside(&self) -> (u64, PathBuf) {
        self.journal.aside()
    }

    /// How many rows of this process are not in the database yet, and how many are lost because neither the disk nor the
    /// memory had room for them.
    #[must_use]
    pub fn backlog(&self) -> (u64, u64) {
        self.journal.backlog()
    }

    fn log_loss(&self, error: &JournalError, now: Instant) {
        let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lost) = losses.add(now) {
            tracing::error!(
                lost,
                "records are lost; what they cost counts until this process ends, and is not in the database: {error}"
            );
        }
    }

    fn log_waiting(&self, error: &JournalError, now: Instant) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(records) = waiting.add(now) {
            tracing::error!(
                records,
                "records wait in memory and would not survive the process: {error}"
            );
        }
    }
}

// === impl Losses ===

impl Losses {
    /// Counts a lost record at `now`. Returns how many were lost if it is time to log them.
    fn add(&mut self, now: Instant) -> Option<u64> {
        self.count += 1;
        if self
            .last_logged
            .is_some_and(|last| now.duration_since(last) < LOSS_LOGGED_EVERY)
        {
            return None;
        }
        self.last_logged = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::credits::balance::Balances;

    #[test]
    fn losses_are_logged_at_once_and_then_summed_up_each_minute() {
        let (mut losses, start) = (Losses::default(), Instant::now());
        assert_eq!(losses.add(start), Some(1));
        assert_eq!(losses.add(start + Duration::from_secs(1)), None);
        assert_eq!(losses.add(start + Duration::from_secs(59)), None);
        assert_eq!(losses.add(start + Duration::from_mins(1)), Some(3));
    }

    #[test]
    fn a_record_that_is_lost_is_paid_for_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(dir.path(), NonZeroUsize::MIN).unwrap());
        let (balances, user) = (Arc::new(Balances::new()), Arc::<str>::from("ada"));
        balances.refresh(&user, 100);
        let record = Record {
            credits: 30,
            // More than any segment takes.
            model: "m".repeat(1 << 20).into(),
            ..Record::default()
        };
        let hold = balances.hold(&user, 50).unwrap();
        Ledger::new(Arc::clone(&journal)).record(record, Some(hold));
        assert_eq!(journal.rotate().count(), 0);
        assert_eq!(journal.backlog(), (0, 1));
        assert_eq!(balances.available(&user), Some(70));
    }

    #[test]
    fn a_record_settles_the_hold_and_marks_its_charge_as_pending() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(dir.path(), NonZeroUsize::MIN).unwrap());
        let ledger = Ledger::new(Arc::clone(&journal));
        let (balances, user) = (Arc::new(Balances::new()), Arc::<str>::from("ada"));
        balances.refresh(&user, 100);
        let record = Record {
            credits: 30,
            ..Record::default()
        };
        let hold = balances.hold(&user, 50).unwrap();
        ledger.record(record.clone(), Some(hold));
        ledger.record(record, None);
        assert_eq!(balances.available(&user), Some(70));
        let segment = journal.rotate().next().unwrap().unwrap();
        let batch = segment.read().unwrap().next_batch(9).unwrap().unwrap();
        let pending: Vec<bool> = batch.contents().records.iter().map(|record| record.pending).collect();
        assert_eq!(pending, [true, false]);
    }
}
