//! Progress of reading one segment of the journal in batches.

use std::io;

use crate::ledger::journal::JournalError;
use crate::ledger::segment::{Batch, Segment, SegmentReader};

/// Lines per transaction: enough to share its cost, few enough not to block others for long.
const BATCH: usize = 1024;

/// The segment that is being inserted, and how far it has been read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) segment: Segment,
    reader: SegmentReader,
    /// The lines that were read last and are not in the store yet.
    pub(super) batch: Option<Batch>,
    /// Whether the batch's broken lines have been set aside.
    pub(super) set_aside: bool,
}

// === impl Reading ===

impl Reading {
    /// Opens the segment; `None` if somebody removed its file, which must not block the segments after it. `size` is
    /// that of the file, if it is known.
    pub(super) fn begin(segment: Segment, size: Option<u64>) -> Result<Option<Self>, JournalError> {
        let reader = match segment.read() {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::error!("{} was removed; its records are lost", segment.path().display());
                return Ok(None);
            }
            Err(error) => return Err(JournalError::Read(segment.path().to_owned(), error)),
        };
        let length = reader.len();
        if size.is_some_and(|size| length.is_ok_and(|length| length < size)) {
            let path = segment.path().display();
            tracing::error!("{path} was truncated by another process; records that were in it are lost");
        }
        Ok(Some(Self {
            segment,
            reader,
            batch: None,
            set_aside: false,
        }))
    }

    /// Reads the next batch unless there is one. Returns whether there are lines to insert.
    pub(super) fn fill(&mut self) -> Result<bool, JournalError> {
        if self.batch.is_none() {
            let fault = |error| JournalError::Read(self.segment.path().to_owned(), error);
            self.batch = self.reader.next_batch(BATCH).map_err(fault)?;
            self.set_aside = false;
        }
        Ok(self.batch.is_some())
    }
}
