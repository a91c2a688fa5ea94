//! The order in which one request tries the targets of a chain.

use std::ops::Range;

/// The places of a chain in the order of one request. Nothing is kept for a chain that is walked as it is listed.
#[derive(Debug, Default)]
pub(in crate::routing) struct Order(Vec<usize>);

// === impl Order ===

impl Order {
    /// That of the list, which may be rearranged.
    pub(super) fn listed(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// Rearranges these places: `numbers` are their places among themselves.
    pub(super) fn rearrange(&mut self, places: Range<usize>, numbers: &[usize]) {
        let first = places.start;
        for (place, number) in self.0[places].iter_mut().zip(numbers) {
            *place = first + number;
        }
    }

    /// The place that is tried as the `nth`, counted from 0.
    pub(in crate::routing) fn at(&self, nth: usize) -> usize {
        self.0.get(nth).copied().unwrap_or(nth)
    }

    /// All other places of a chain of `count`, from the one after this on and around.
    pub(in crate::routing) fn after(&self, place: usize, count: usize) -> impl Iterator<Item = usize> {
        let nth = self.0.iter().position(|other| *other == place).unwrap_or(place);
        (1..count).map(move |step| self.at((nth + step) % count))
    }
}
