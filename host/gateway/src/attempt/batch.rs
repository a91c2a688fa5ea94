//! What one read of a stream brings: events, and whether more follow.

use bytes::Bytes;
use memchr::memchr_iter;

use crate::error::Failure;
use crate::upstream::framing::Event;

/// The result of one read of a stream.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The events read; possibly none.
    pub(crate) events: Events,
    /// What follows.
    pub(crate) then: Then,
}

/// What follows a batch or piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// More events.
    More,
    /// Nothing: the upstream ended the stream cleanly.
    End,
    /// Nothing: the stream broke off.
    Broke(Failure),
}

/// Events of a stream.
#[derive(Debug)]
pub(crate) enum Events {
    /// Cut by the host, from an upstream whose dialect it reads.
    Cut(Vec<Event>),
    /// Chunks from a plugin, one per line.
    Lines(Bytes),
}

// === impl Events ===

impl Events {
    /// About how many bytes they have as server-sent events: their data, and what is around that.
    pub(crate) fn bytes(&self) -> usize {
        const AROUND: usize = "data: \n\n".len();
        match self {
            Self::Cut(events) => events.iter().map(|event| event.data.len() + AROUND).sum(),
            Self::Lines(lines) => lines.len(),
        }
    }

    /// Calls `each` with each event's name (empty if it has none) and its data, in order.
    ///
    /// # Errors
    /// The first error of `each`, which stops the iteration.
    pub(crate) fn try_for_each<E>(&self, mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Cut(events) => events.iter().try_for_each(|event| {
                let name = event.name.as_deref().unwrap_or_default();
                each(name, &event.data)
            }),
            Self::Lines(lines) => {
                let mut start = 0;
                for end in memchr_iter(b'\n', lines).chain([lines.len()]) {
                    if start < end {
                        each(b"", &lines[start..end])?;
                    }
                    start = end + 1;
                }
                Ok(())
            }
        }
    }
}
