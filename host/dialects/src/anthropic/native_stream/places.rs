//! The places of a stream's blocks: contiguous from 0, each begun once and closed once.
//!
//! The vendor's SDKs put what a delta says into the block of its index. Upstreams that only look like the vendor may
//! number every block 0, leave numbers out, or go on with a block that is closed: its text would land in another one.

use std::collections::BTreeMap;

use crate::bounds::{OPEN_BLOCKS, check};
use crate::fault::StreamFault;

/// The blocks so far.
#[derive(Debug, Default)]
pub(super) struct Places {
    begun: u64,
    /// The open blocks: the upstream's index of each, and ours.
    open: BTreeMap<u64, u64>,
}

// === impl Places ===

impl Places {
    /// The index of a block that begins. If the upstream has not closed the one of the same index, that one is
    /// returned too.
    ///
    /// # Errors
    /// If too many are open.
    pub(super) fn begin(&mut self, index: Option<u64>) -> Result<(u64, Option<u64>), StreamFault> {
        let place = self.begun;
        self.begun += 1;
        let unclosed = self.open.insert(index.unwrap_or(place), place);
        check(self.open.len(), OPEN_BLOCKS, "open blocks")?;
        Ok((place, unclosed))
    }

    /// Counts blocks that the message began with.
    pub(super) fn skip(&mut self, blocks: usize) {
        self.begun += blocks as u64;
    }

    /// The index of an open block: of this one, else of the last.
    ///
    /// # Errors
    /// If there is none of this index.
    pub(super) fn of(&self, index: Option<u64>) -> Result<u64, StreamFault> {
        let place = match index {
            Some(index) => self.open.get(&index),
            None => self.open.values().max(),
        };
        place.copied().ok_or_else(no_block)
    }

    /// The index of a block that ends.
    ///
    /// # Errors
    /// If there is none of this index, or it has ended.
    pub(super) fn close(&mut self, index: Option<u64>) -> Result<u64, StreamFault> {
        let place = self.of(index)?;
        self.open.retain(|_, open| *open != place);
        Ok(place)
    }

    /// The indexes of the blocks that are still open at the end of the message.
    pub(super) fn close_all(&mut self) -> Vec<u64> {
        let mut places: Vec<u64> = std::mem::take(&mut self.open).into_values().collect();
        places.sort_unstable();
        places
    }
}

fn no_block() -> StreamFault {
    StreamFault::malformed("an event belongs to a block that is not open")
}

#[cfg(test)]
mod tests {
    use super::{OPEN_BLOCKS, Places};

    #[test]
    fn blocks_get_contiguous_places() {
        let mut places = Places::default();
        assert_eq!(places.begin(Some(0)), Ok((0, None)));
        assert_eq!(places.begin(Some(5)), Ok((1, None)));
        assert_eq!(
            (places.of(Some(5)), places.of(Some(0)), places.of(None)),
            (Ok(1), Ok(0), Ok(1))
        );
        assert_eq!(places.close(Some(0)), Ok(0));
        assert!(places.of(Some(0)).is_err() && places.close(Some(0)).is_err());
        assert_eq!(places.begin(Some(0)), Ok((2, None)));
        assert_eq!(places.begin(Some(0)), Ok((3, Some(2))), "the one before was not closed");
        assert_eq!(places.begin(None), Ok((4, None)));
        assert_eq!(places.close(None), Ok(4));
        assert_eq!(places.close_all(), [1, 3]);
        assert!(places.close_all().is_empty() && places.of(None).is_err());
    }

    #[test]
    fn not_every_block_can_stay_open() {
        let mut places = Places::default();
        for index in 0..OPEN_BLOCKS as u64 {
            assert!(places.begin(Some(index)).is_ok());
        }
        assert!(places.begin(Some(OPEN_BLOCKS as u64)).is_err());
    }
}
