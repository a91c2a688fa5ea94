//! What several rounds gave. The median counts, and two rows are compared round by round: in the same round they had the same
//! machine.

use super::median::median;

/// A figure of each round; empty if it was not measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rounds(Vec<f64>);

// === impl Rounds ===

impl Rounds {
    /// The median: the middle value, or the mean of the two middle ones.
    pub(super) fn median(&self) -> Option<f64> {
        median(self.0.iter().copied())
    }

    /// The lowest and the highest; `None` unless there were several.
    pub(super) fn spread(&self) -> Option<(f64, f64)> {
        let lowest = self.0.iter().copied().min_by(f64::total_cmp)?;
        let highest = self.0.iter().copied().max_by(f64::total_cmp)?;
        (self.0.len() > 1).then_some((lowest, highest))
    }

    /// Each round as a share of the same round of `base`.
    pub(super) fn share_of(&self, base: &Self) -> Self {
        self.paired(base, |value, base| value / base)
    }

    /// What each round has more than the same round of `base`.
    pub(super) fn beyond(&self, base: &Self) -> Self {
        self.paired(base, |value, base| value - base)
    }

    /// Each round so many times.
    pub(super) fn times(&self, factor: f64) -> Self {
        self.0.iter().map(|value| value * factor).collect()
    }

    fn paired(&self, base: &Self, of: fn(f64, f64) -> f64) -> Self {
        self.0
            .iter()
            .zip(&base.0)
            .map(|(value, base)| of(*value, *base))
            .collect()
    }
}

impl FromIterator<f64> for Rounds {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds<const N: usize>(values: [f64; N]) -> Rounds {
        values.into_iter().collect()
    }

    #[test]
    fn rounds_are_compared_with_their_own_round() {
        let (quiet, busy) = (rounds([100.0, 10.0, 40.0]), rounds([50.0, 4.0, 20.0]));
        assert_eq!(busy.share_of(&quiet), rounds([0.5, 0.4, 0.5]));
        assert_eq!(busy.share_of(&quiet).median(), Some(0.5));
        assert_eq!(quiet.beyond(&busy), rounds([50.0, 6.0, 20.0]));
        assert_eq!(busy.share_of(&rounds([])).median(), None);
    }

    #[test]
    fn the_spread_is_told_of_several() {
        assert_eq!(rounds([2.0, 1.0, 3.0]).spread(), Some((1.0, 3.0)));
        assert_eq!(rounds([2.0]).spread(), None);
    }
}
