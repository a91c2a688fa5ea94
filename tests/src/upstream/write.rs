//! The pieces in which a reply's body leaves the upstream.

use bytes::Bytes;

use super::gate::Gate;

/// One network write, perhaps behind a gate. No bytes: only the gate counts.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) gate: Option<Gate>,
    pub(super) bytes: Bytes,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Cleanly, as HTTP requires.
    Clean,
    /// The connection is dropped without the body's end.
    Cut,
    /// Nothing more is sent, and the connection stays open.
    Stall,
}

// === impl Write ===

impl Write {
    pub(super) fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            gate: None,
            bytes: bytes.into(),
        }
    }
}

/// The same bytes, cut at every offset of `cuts` (ascending). Gates are lost: where they stood is no longer a border.
pub(super) fn split_at(writes: &[Write], cuts: &[usize]) -> Vec<Write> {
    let mut rest = joined(writes);
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    let mut taken = 0;
    for cut in cuts {
        pieces.push(Write::new(rest.split_to(cut - taken)));
        taken = *cut;
    }
    pieces.push(Write::new(rest));
    pieces
}

/// All bytes in one piece.
pub(super) fn joined(writes: &[Write]) -> Bytes {
    writes.iter().flat_map(|write| write.bytes.iter().copied()).collect()
}
