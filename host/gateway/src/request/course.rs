//! What a request's future tells whoever polls it: how far its chain has come, and where it is to be polled.

use super::heavy::{Passage, Turns};
use crate::routing::Progress;

/// The course of one request.
#[derive(Debug)]
pub(crate) struct Course {
    /// Told how far a stream has come in its chain.
    pub(crate) progress: Progress,
    /// Moves the future while its work is heavy.
    pub(crate) passage: Passage,
}

// === impl Course ===

impl Course {
    /// The course of a request that begins.
    pub(crate) fn new(turns: &Turns) -> Self {
        Self {
            progress: Progress::default(),
            passage: Passage::new(turns),
        }
    }
}

impl AsRef<Passage> for Course {
    fn as_ref(&self) -> &Passage {
        &self.passage
    }
}
