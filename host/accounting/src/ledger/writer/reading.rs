//! Reading a segment of the journal, batch by batch.

use std::io;

use crate::ledger::journal::JournalError;
use crate::ledger::segment::{Batch, Segment, SegmentReader};

/// Lines of a transaction: enough that its cost is shared, few enough that others soon get at the database.
const BATCH: usize = 1024;

/// How far the first segment of the backlog is read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) segment: Segment,
    reader: SegmentReader,
    /// Lines that are not in the store yet.
    pub(super) batch: Option<Batch>,
    /// Whether the broken ones of them are set aside already.
    pub(super) set_aside: bool,
}

// === impl Reading ===

impl Reading {
    /// None if somebody has removed the file: that must not keep those behind it waiting.
    pub(super) fn begin(segment: Segment) -> Result<Option<Self>, JournalError> {
        let reader = match segment.read() {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::error!("{} is gone, and its rows with it", segment.path().display());
                return Ok(None);
            }
            Err(error) => return Err(JournalError::Read(segment.path().to_owned(), error)),
        };
        Ok(Some(Self {
            segment,
            reader,
            batch: None,
            set_aside: false,
        }))
    }

    /// Whether there are lines to take in: those at hand, or the next.
    pub(super) fn fill(&mut self) -> Result<bool, JournalError> {
        if self.batch.is_none() {
            let fault = |error| JournalError::Read(self.segment.path().to_owned(), error);
            self.batch = self.reader.next_batch(BATCH).map_err(fault)?;
            self.set_aside = false;
        }
        Ok(self.batch.is_some())
    }
}
