//! The ledger: one row for each request, on its way from the answer's last byte into the database.
//!
//! In reading order: `record` is a row; `journal` keeps it on this machine until the store has it, in the files of
//! `segment`, guarded by `lock`; `writer` takes them into the store's [`table`]. `calendar` writes and reads days and times.

mod calendar;
mod journal;
mod lock;
mod record;
mod segment;
pub mod table;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::{
    calendar::{Day, NotADay, utc},
    journal::{Journal, JournalError, LeftBehind},
    record::{Ended, Record},
    segment::Segment,
    writer::{WriteError, Writer},
};
use crate::credits::balance::Hold;

/// How often at most it is logged that records are lost: a full disk stays full for a while.
const COMPLAIN_EVERY: Duration = Duration::from_mins(1);

/// Where requests leave their record.
#[derive(Debug)]
pub struct Ledger {
    journal: Arc<Journal>,
    complaint: Mutex<Complaint>,
}

/// Records that could not be kept.
#[derive(Debug, Default)]
struct Complaint {
    last: Option<Instant>,
    /// Lost since then.
    lost: u64,
}

// === impl Ledger ===

impl Ledger {
    /// Keeps records in this journal.
    #[must_use]
    pub fn new(journal: Arc<Journal>) -> Self {
        Self {
            journal,
            complaint: Mutex::default(),
        }
    }

    /// Keeps a record before the answer's last byte goes out, and settles the credits that were held for the request:
    /// from now on its charge is pending, until the store has it. Sets `node`, `seq` and `pending`.
    ///
    /// If the record cannot be kept, the request goes on and costs nothing, and the log says so, once a minute.
    pub fn note(&self, mut record: Record, hold: Option<Hold>) {
        // What nobody has settled must not be released: anonymous callers hold nothing.
        record.pending = hold.is_some();
        match self.journal.append(&mut record) {
            Ok(()) => {
                if let Some(hold) = hold {
                    hold.settle(record.credits);
                }
            }
            Err(error) => self.complain(&error, Instant::now()),
        }
    }

    fn complain(&self, error: &JournalError, now: Instant) {
        let mut complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lost) = complaint.note(now) {
            tracing::error!(lost, "requests go on without a record and without a charge: {error}");
        }
    }
}

// === impl Complaint ===

impl Complaint {
    /// Counts a lost record at `now`, and tells how many were lost if it is time to say so.
    fn note(&mut self, now: Instant) -> Option<u64> {
        self.lost += 1;
        if self.last.is_some_and(|last| now.duration_since(last) < COMPLAIN_EVERY) {
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.lost))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::credits::balance::Balances;

    #[test]
    fn losses_are_told_at_once_and_then_summed_up_each_minute() {
        let (mut complaint, start) = (Complaint::default(), Instant::now());
        assert_eq!(complaint.note(start), Some(1));
        assert_eq!(complaint.note(start + Duration::from_secs(1)), None);
        assert_eq!(complaint.note(start + Duration::from_secs(59)), None);
        assert_eq!(complaint.note(start + Duration::from_mins(1)), Some(3));
    }

    #[test]
    fn a_record_settles_the_hold_and_says_that_its_charge_is_pending() {
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
        ledger.note(record.clone(), Some(hold));
        ledger.note(record, None);
        assert_eq!(balances.available(&user), Some(70));
        let segment = journal.rotate().next().unwrap().unwrap();
        let batch = segment.read().unwrap().next_batch(9).unwrap().unwrap();
        let pending: Vec<bool> = batch.contents().records.iter().map(|record| record.pending).collect();
        assert_eq!(pending, [true, false]);
    }
}
