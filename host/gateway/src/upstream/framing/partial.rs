//! The beginning of an event whose end has not arrived yet, up to the size limit.

use bytes::{Bytes, BytesMut};

use super::FramingError;

/// Bytes waiting for the rest of their event.
///
/// An event that lies within one chunk is returned as a slice of it. Anything that spans chunks is copied, so that a
/// quiet stream does not keep a whole network buffer alive for a few bytes.
#[derive(Debug)]
pub(super) struct Partial {
    held: BytesMut,
    limit: usize,
}

// === impl Partial ===

impl Partial {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            held: BytesMut::new(),
            limit,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Fails if an event of `len` bytes would exceed the limit.
    pub(super) fn check(&self, len: usize) -> Result<(), FramingError> {
        if len > self.limit {
            Err(FramingError::TooLarge { limit: self.limit })
        } else {
            Ok(())
        }
    }

    /// Keeps `piece` for later.
    pub(super) fn keep(&mut self, piece: &[u8]) -> Result<(), FramingError> {
        self.check(self.held.len() + piece.len())?;
        self.held.extend_from_slice(piece);
        Ok(())
    }

    /// Takes everything that was kept.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.held).freeze()
    }

    /// Takes everything that was kept, with `piece` as its end.
    pub(super) fn complete(&mut self, piece: Bytes) -> Result<Bytes, FramingError> {
        if self.held.is_empty() {
            self.check(piece.len())?;
            return Ok(piece);
        }
        self.keep(&piece)?;
        Ok(self.take())
    }

    /// Moves bytes from the front of `chunk` until `need` bytes are complete, and returns them.
    ///
    /// The caller must have checked `need`, which is not 0, against the limit.
    pub(super) fn fill(&mut self, chunk: &mut Bytes, need: usize) -> Option<Bytes> {
        if self.held.is_empty() && chunk.len() >= need {
            return Some(chunk.split_to(need));
        }
        let missing = need.saturating_sub(self.held.len());
        self.held.extend_from_slice(&chunk.split_to(missing.min(chunk.len())));
        (self.held.len() == need).then(|| self.take())
    }
}
