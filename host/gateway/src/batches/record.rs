//! What is kept of a file and of a batch.

use jackfield_accounting::ledger::utc;
use jackfield_dialects::batches::files::FileCard;
use jackfield_dialects::batches::{BatchCard, BatchState, BatchTimes, LineCounts, LineFault, LineSpent, Moment};
use serde::{Deserialize, Serialize};

use super::holder::Holder;

/// A file: what a client uploaded, or what a batch left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    /// Its id, under which it is also kept.
    pub(crate) id: String,
    /// Whose it is; empty where nobody has a name.
    pub(crate) user: String,
    /// The client's name for it.
    pub(crate) filename: String,
    /// What it is for.
    pub(crate) purpose: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// When it was made, in milliseconds since 1970.
    pub(crate) created: u64,
    /// When it is deleted, in milliseconds since 1970.
    pub(crate) expires: u64,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BatchRecord {
    /// Its id, under which it is also kept.
    pub(crate) id: String,
    /// The name of the API by which it was ordered.
    pub(crate) api: String,
    /// On whose behalf its lines ask.
    pub(crate) holder: Holder,
    /// The path at which its lines ask.
    pub(crate) endpoint: String,
    /// The headers of the order that its lines are asked with.
    pub(crate) headers: Vec<(String, String)>,
    /// The file of its lines; `None` if they came with the order.
    pub(crate) input_file: Option<String>,
    /// The file of its results, once it is known that there is one.
    #[serde(default)]
    pub(crate) output_file: Option<String>,
    /// The file of its errors, once it is known that there is one.
    #[serde(default)]
    pub(crate) error_file: Option<String>,
    /// How many seconds those files are kept; `None` for as long as any.
    pub(crate) keep_results: Option<u64>,
    /// What its client attached to it: a JSON object.
    pub(crate) metadata: Option<String>,
    /// How far it has come.
    pub(crate) state: BatchState,
    /// How it ends, once that is known.
    #[serde(default)]
    pub(crate) ending: Option<BatchState>,
    /// What has become of its lines; counted again at each start.
    #[serde(default)]
    pub(crate) counts: LineCounts,
    /// What its answers used; counted again like its lines.
    #[serde(default)]
    pub(crate) spent: LineSpent,
    /// The bytes of its own input and of its reports.
    #[serde(default)]
    pub(crate) bytes: u64,
    /// Why it failed as a whole.
    #[serde(default)]
    pub(crate) faults: Vec<LineFault>,
    /// When it came how far.
    pub(crate) times: Times,
}

/// When a batch came how far, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Times {
    pub(crate) created: u64,
    pub(crate) expires: u64,
    pub(crate) started: Option<u64>,
    pub(crate) finalizing: Option<u64>,
    pub(crate) cancelling: Option<u64>,
    pub(crate) ended: Option<u64>,
}

// === impl FileRecord ===

impl FileRecord {
    /// The file as its clients see it.
    pub(crate) fn card(&self) -> FileCard<'_> {
        FileCard {
            id: &self.id,
            filename: &self.filename,
            bytes: self.bytes,
            purpose: &self.purpose,
            created: self.created / 1000,
            expires: self.expires / 1000,
        }
    }
}

// === impl BatchRecord ===

impl BatchRecord {
    /// The batch as its clients see it.
    pub(crate) fn card(&self) -> BatchCard<'_> {
        let is_over = self.state.is_over();
        BatchCard {
            id: &self.id,
            state: self.state,
            endpoint: &self.endpoint,
            input_file: self.input_file.as_deref(),
            output_file: self.output_file.as_deref().filter(|_| is_over),
            error_file: self.error_file.as_deref().filter(|_| is_over),
            counts: self.counts,
            spent: &self.spent,
            faults: &self.faults,
            metadata: self.metadata.as_deref(),
            times: self.times.shown(),
        }
    }
}

// === impl Times ===

impl Times {
    fn shown(&self) -> BatchTimes {
        BatchTimes {
            created: moment(self.created),
            expires: moment(self.expires),
            started: self.started.map(moment),
            finalizing: self.finalizing.map(moment),
            cancelling: self.cancelling.map(moment),
            ended: self.ended.map(moment),
        }
    }
}

fn moment(millis: u64) -> Moment {
    Moment {
        seconds: millis / 1000,
        utc: utc(millis.cast_signed()),
    }
}
