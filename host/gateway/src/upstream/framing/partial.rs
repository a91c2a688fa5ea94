//! The beginning of an event whose end has not arrived yet, up to the size limit.

use bytes::{Bytes, BytesMut};

use super::FramingError;

/// The size of the smallest piece and of the largest, in bytes.
const SMALLEST: usize = 256;
const LARGEST: usize = 64 << 10;

/// Bytes waiting for the rest of their event.
///
/// An event that lies within one chunk is returned as a slice of it. Anything that spans chunks is copied, so that a
/// quiet stream does not keep a whole network buffer alive for a few bytes: into pieces, so that a long event is not
/// moved each time it grows, and once more when it is complete.
#[derive(Debug)]
pub(super) struct Partial {
    /// Pieces without room, in order.
    full: Vec<BytesMut>,
    last: BytesMut,
    /// The length of all pieces together.
    len: usize,
    limit: usize,
}

// === impl Partial ===

impl Partial {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            full: Vec::new(),
            last: BytesMut::new(),
            len: 0,
            limit,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
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
        self.check(self.len + piece.len())?;
        self.append(piece);
        Ok(())
    }

    /// Takes everything that was kept.
    pub(super) fn take(&mut self) -> Bytes {
        let len = std::mem::take(&mut self.len);
        let last = std::mem::take(&mut self.last);
        let full = std::mem::take(&mut self.full);
        if full.is_empty() {
            return last.freeze();
        }
        let mut whole = BytesMut::with_capacity(len);
        for piece in full.iter().chain([&last]) {
            whole.extend_from_slice(piece);
        }
        whole.freeze()
    }

    /// Takes everything that was kept, with `piece` as its end.
    pub(super) fn complete(&mut self, piece: Bytes) -> Result<Bytes, FramingError> {
        if self.is_empty() {
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
        if self.is_empty() && chunk.len() >= need {
            return Some(chunk.split_to(need));
        }
        let missing = need.saturating_sub(self.len);
        self.append(&chunk.split_to(missing.min(chunk.len())));
        (self.len == need).then(|| self.take())
    }

    fn append(&mut self, mut piece: &[u8]) {
        self.len += piece.len();
        while !piece.is_empty() {
            let room = self.last.capacity() - self.last.len();
            let (now, later) = piece.split_at(room.min(piece.len()));
            self.last.extend_from_slice(now);
            piece = later;
            if !piece.is_empty() {
                // As much as all before it, so that a short event takes little and a long one few pieces.
                let size = (self.len - piece.len()).max(piece.len()).clamp(SMALLEST, LARGEST);
                let full = std::mem::replace(&mut self.last, BytesMut::with_capacity(size));
                self.full.extend((!full.is_empty()).then_some(full));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_in_pieces_is_taken_as_one() {
        let text: Vec<u8> = (0..3 * LARGEST + 17).map(|at| (at % 251) as u8).collect();
        for size in [1, 7, SMALLEST, SMALLEST + 1, LARGEST + 3, text.len()] {
            let mut partial = Partial::new(text.len());
            for piece in text.chunks(size) {
                partial.keep(piece).unwrap();
            }
            assert_eq!(partial.len(), text.len());
            assert_eq!(partial.keep(b"x"), Err(FramingError::TooLarge { limit: text.len() }));
            assert_eq!(partial.take(), text);
            assert!(partial.is_empty() && partial.take().is_empty());
        }
    }

    #[test]
    fn a_few_bytes_take_little_and_many_are_not_moved() {
        let mut partial = Partial::new(usize::MAX);
        partial.keep(b"short").unwrap();
        assert!(partial.full.is_empty() && partial.last.capacity() <= SMALLEST);
        partial.keep(&vec![b'x'; 4 * LARGEST]).unwrap();
        let first = partial.full[0].as_ptr();
        partial.keep(&vec![b'y'; 4 * LARGEST]).unwrap();
        assert_eq!(partial.full[0].as_ptr(), first);
        assert!(partial.last.capacity() <= LARGEST);
    }
}
