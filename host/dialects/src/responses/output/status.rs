//! How far an item has come.

/// The `status` of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::responses) enum Status {
    InProgress,
    Completed,
    Incomplete,
}

// === impl Status ===

impl Status {
    /// Its word.
    pub(in crate::responses) fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }
}
