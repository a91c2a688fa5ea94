//! How the targets of a chain stand in one walk.

use tokio::time::Instant;

use super::target::Target;
use crate::error::Class;

/// The state of one target in one walk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// The class of its last failure.
    pub(super) failed: Option<Class>,
    /// It is not retried.
    pub(super) given_up: bool,
    /// When it may be retried, as far as this request waits for what its upstream asked for.
    pub(super) not_before: Option<Instant>,
    /// When its upstream asked to be retried.
    pub(super) asked: Option<Instant>,
}

/// The standings of all targets. A target that stands in the chain twice has one standing.
#[derive(Debug)]
pub(super) struct Standings {
    /// For each place in the chain, the first place of the same target.
    places: Vec<usize>,
    /// By first place.
    standings: Vec<Standing>,
}

// === impl Standings ===

impl Standings {
    pub(super) fn new<P>(targets: &[Target<P>]) -> Self {
        let first = |target: &Target<P>| targets.iter().position(|other| other.is_same(target));
        let places = targets.iter().enumerate();
        Self {
            places: places.map(|(index, target)| first(target).unwrap_or(index)).collect(),
            standings: vec![Standing::default(); targets.len()],
        }
    }

    /// The standing of the target at this place.
    pub(super) fn at(&self, index: usize) -> &Standing {
        &self.standings[self.places[index]]
    }

    /// Replaces the standing of the target at this place.
    pub(super) fn set(&mut self, index: usize, standing: Standing) {
        self.standings[self.places[index]] = standing;
    }

    /// True if both places hold the same target.
    pub(super) fn same(&self, index: usize, other: usize) -> bool {
        self.places[index] == self.places[other]
    }

    /// The first places of the targets that failed, with their standings.
    pub(super) fn failed(&self) -> impl Iterator<Item = (usize, Class, &Standing)> {
        let standings = self.standings.iter().enumerate();
        standings.filter_map(|(index, standing)| Some((index, standing.failed?, standing)))
    }
}
