//! What the host knows of a batch and tells its API.

use serde::{Deserialize, Serialize};

use super::line::{LineFault, LineSpent};

/// A batch as its clients see it.
#[derive(Debug, Clone)]
pub struct BatchCard<'a> {
    /// Its id.
    pub id: &'a str,
    /// How far it has come.
    pub state: BatchState,
    /// The path at which its lines ask.
    pub endpoint: &'a str,
    /// The file of its lines; `None` if they came with the order.
    pub input_file: Option<&'a str>,
    /// The file of its answers, once there is one.
    pub output_file: Option<&'a str>,
    /// The file of its errors, once there is one.
    pub error_file: Option<&'a str>,
    /// What has become of its lines.
    pub counts: LineCounts,
    /// What its answers say that they used.
    pub spent: &'a LineSpent,
    /// Why it failed as a whole.
    pub faults: &'a [LineFault],
    /// What its client attached to it: a JSON object.
    pub metadata: Option<&'a str>,
    /// When it came how far.
    pub times: BatchTimes,
}

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// It waits for its turn, or its lines are being read.
    Validating,
    /// Its lines are being answered.
    InProgress,
    /// Its results are being put together.
    Finalizing,
    /// Every line has a result.
    Completed,
    /// It cannot be worked off, or its caller may not have it any more.
    Failed,
    /// Its time was over before all lines had an answer.
    Expired,
    /// It was cancelled, and lines that had begun are being answered.
    Cancelling,
    /// It was cancelled.
    Cancelled,
}

/// When a batch came how far.
#[derive(Debug, Clone, Default)]
pub struct BatchTimes {
    /// When it was ordered.
    pub created: Moment,
    /// When it gives up.
    pub expires: Moment,
    /// When the first line could begin.
    pub started: Option<Moment>,
    /// When no further line would begin.
    pub finalizing: Option<Moment>,
    /// When it was cancelled.
    pub cancelling: Option<Moment>,
    /// When it was over.
    pub ended: Option<Moment>,
}

/// A moment in both of the forms that APIs write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: u64,
    /// The same in UTC (RFC 3339).
    pub utc: String,
}

/// How many lines of a batch have become what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineCounts {
    /// All of them; 0 before they are read.
    pub total: u64,
    /// Those with an answer.
    pub succeeded: u64,
    /// Those with an error.
    pub errored: u64,
    /// Those that were not begun before the batch was cancelled.
    pub canceled: u64,
    /// Those that were not begun in time.
    pub expired: u64,
}

// === impl BatchState ===

impl BatchState {
    /// True once nothing more happens to the batch.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Expired | Self::Cancelled)
    }
}

// === impl LineCounts ===

impl LineCounts {
    /// The lines that have a result.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.succeeded + self.errored + self.canceled + self.expired
    }
}
