//! What became of a feature on its way, and how the tables say it.

use std::fmt::{self, Display, Formatter};

/// What became of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It arrived, in the words of the same dialect.
    Kept,
    /// It arrived, in other words.
    Translated,
    /// It did not arrive, and a header names it.
    Dropped,
    /// The request was refused, by the gateway or by a vendor whose dialect it is in, and the message names it.
    Refused,
    /// The vendor has no words for it in a reply.
    Unsaid,
    /// It did not arrive, and nothing says so.
    Lost,
}

/// The verdicts of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Of the request for a whole reply.
    pub(crate) buffered: Verdict,
    /// Of the same request for a stream.
    pub(crate) streamed: Verdict,
}

// === impl Verdict ===

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Translated => "translated",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
            Self::Unsaid => "–",
            Self::Lost => "LOST",
        })
    }
}

// === impl Cell ===

impl Display for Cell {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.buffered == self.streamed {
            return self.buffered.fmt(f);
        }
        write!(f, "{}; streamed: {}", self.buffered, self.streamed)
    }
}
