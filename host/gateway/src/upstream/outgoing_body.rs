//! A request's body in pieces, so that what a client sent goes on to the upstream without being copied.

use std::vec::IntoIter;

use bytes::{Bytes, BytesMut};

/// A body in pieces that follow each other. It is cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct OutgoingBody {
    first: Bytes,
    rest: IntoIter<Bytes>,
}

/// From how many bytes on a piece stays where it is: a shorter one is copied sooner than it is sent apart.
const LARGE: usize = 16 << 10;

// === impl OutgoingBody ===

impl OutgoingBody {
    /// A body of these parts, of which the large ones that are within `source` are not copied.
    pub(crate) fn sharing(parts: &[&str], source: &Bytes) -> Self {
        let mut pieces = Vec::new();
        let mut done = 0;
        for (place, part) in parts.iter().enumerate() {
            if part.len() < LARGE {
                continue;
            }
            if let Some(shared) = part_of(source, part.as_bytes()) {
                pieces.push(parts[done..place].concat().into());
                pieces.push(shared);
                done = place + 1;
            }
        }
        let rest = Bytes::from(parts[done..].concat());
        if pieces.is_empty() {
            return rest.into();
        }
        pieces.push(rest);
        pieces.into()
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.iter().map(Bytes::len).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.first).chain(self.rest.as_slice())
    }

    /// Its bytes in one piece.
    pub(crate) fn whole(&self) -> Bytes {
        if self.rest.as_slice().is_empty() {
            return self.first.clone();
        }
        let mut whole = BytesMut::with_capacity(self.len());
        self.iter().for_each(|piece| whole.extend_from_slice(piece));
        whole.freeze()
    }

    /// Takes the next bytes, at most so many; none if none are left.
    pub(crate) fn take(&mut self, most: usize) -> Bytes {
        let taken = self.first.split_to(most.min(self.first.len()));
        if self.first.is_empty() {
            self.first = self.rest.next().unwrap_or_default();
        }
        taken
    }
}

impl From<Bytes> for OutgoingBody {
    fn from(first: Bytes) -> Self {
        Self {
            first,
            rest: IntoIter::default(),
        }
    }
}

impl From<Vec<Bytes>> for OutgoingBody {
    fn from(mut pieces: Vec<Bytes>) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        let mut rest = pieces.into_iter();
        Self {
            first: rest.next().unwrap_or_default(),
            rest,
        }
    }
}

/// The same bytes as a part of `source`, if they are within it.
fn part_of(source: &Bytes, part: &[u8]) -> Option<Bytes> {
    let start = part.as_ptr().addr().checked_sub(source.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= source.len()).then(|| source.slice(start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(pieces: &OutgoingBody) -> Vec<usize> {
        pieces.iter().map(Bytes::len).collect()
    }

    #[test]
    fn large_parts_are_shared_and_small_ones_gathered() {
        let body = Bytes::from("s".repeat(3 * LARGE));
        let (source, other) = (std::str::from_utf8(&body).unwrap(), "o".repeat(LARGE));
        let parts = [
            "a",
            "bc",
            &source[1..=LARGE],
            "d",
            &source[..9],
            &other,
            &source[LARGE..],
        ];
        let pieces = OutgoingBody::sharing(&parts, &body);
        assert_eq!(lengths(&pieces), [3, LARGE, 1 + 9 + LARGE, 2 * LARGE]);
        assert_eq!(pieces.whole(), parts.concat());
        let shared: Vec<&Bytes> = pieces.iter().collect();
        assert_eq!(shared[1].as_ptr(), body[1..].as_ptr());
        assert_eq!(pieces.len(), parts.concat().len());
    }

    #[test]
    fn nothing_is_an_empty_body() {
        for pieces in [
            OutgoingBody::default(),
            Bytes::new().into(),
            Vec::new().into(),
            vec![Bytes::new()].into(),
            OutgoingBody::sharing(&[], &Bytes::new()),
        ] {
            assert!(pieces.is_empty() && pieces.whole().is_empty());
        }
    }

    #[test]
    fn bytes_are_taken_across_pieces() {
        let mut pieces = OutgoingBody::from(vec!["abc".into(), Bytes::new(), "de".into()]);
        let taken = [2, 9, 9, 9].map(|most| pieces.take(most));
        assert_eq!(taken, ["ab", "c", "de", ""]);
        assert!(pieces.is_empty());
    }
}
