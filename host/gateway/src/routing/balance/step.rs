//! A step of a chain with several targets, and what decides on their order.

use std::ops::Range;
use std::sync::Arc;

use jackfield_config::{Sticky, Strategy};

use super::Wanted;
use super::turns::{Turns, drawn};
use crate::affinity::{Affinities, Affinity, Place};
use crate::routing::load::Load;

/// The share of requests that a step by latency sends elsewhere, to see whether another target has become quicker.
const EXPLORED: f64 = 1.0 / 16.0;

/// Several targets that stand in a row and share the requests that come to them.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    first: usize,
    strategy: Strategy,
    sticky: Sticky,
    shares: Arc<[Share]>,
    turns: Arc<Turns>,
}

/// What a target of a step gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// Its part of the requests, next to the others'.
    pub(crate) weight: u32,
    /// Where what is sticky finds it again.
    pub(crate) place: Place,
}

// === impl Step ===

impl Step {
    /// The step of these targets, the first of which stands at this place of the chain.
    #[must_use]
    pub(crate) fn new(first: usize, strategy: Strategy, sticky: Sticky, shares: Vec<Share>) -> Self {
        Self {
            first,
            strategy,
            sticky,
            shares: shares.into(),
            turns: Arc::default(),
        }
    }

    /// The same step of a chain that has only those of its targets for which `kept` is true.
    pub(super) fn keeping(&self, kept: &[bool]) -> Self {
        let is_kept = |place: &usize| kept.get(*place).copied().unwrap_or_default();
        let shares = self
            .places()
            .zip(self.shares.iter())
            .filter(|(place, _)| is_kept(place));
        Self {
            first: (0..self.first).filter(is_kept).count(),
            shares: shares.map(|(_, share)| *share).collect(),
            ..self.clone()
        }
    }

    /// Where its targets stand in the chain.
    pub(super) fn places(&self) -> Range<usize> {
        self.first..self.first + self.shares.len()
    }

    /// What each of them gets.
    #[cfg(test)]
    pub(super) fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// What it wants to know about requests, besides what others want.
    pub(super) fn wants(&self, others: Wanted) -> Wanted {
        Wanted {
            conversation: others.conversation || self.sticky == Sticky::Conversation,
            user: others.user || self.sticky == Sticky::User,
        }
    }

    /// What a request has in common with others that go to the same target.
    pub(super) fn affinity(&self, affinities: Affinities) -> Option<Affinity> {
        match self.sticky {
            Sticky::None => None,
            Sticky::Conversation => affinities.conversation,
            Sticky::User => affinities.user,
        }
    }

    /// Its targets, by their number in the step, in the order of one request. Targets that are down are not left out
    /// here: the walk passes over them, and then the next one has their share.
    pub(super) fn order(&self, loads: &[Option<&Load>], affinities: Affinities, stream: bool) -> Vec<usize> {
        if let Some(affinity) = self.affinity(affinities) {
            return self.stuck(affinity);
        }
        match self.strategy {
            Strategy::Order => (0..self.shares.len()).collect(),
            Strategy::Weighted => self.drawn(),
            Strategy::LeastBusy => self.idlest(loads),
            Strategy::LeastLatency => self.quickest(loads, stream),
        }
    }

    fn stuck(&self, affinity: Affinity) -> Vec<usize> {
        let time = |number: usize| affinity.time(self.shares[number].place, self.shares[number].weight);
        sorted((0..self.shares.len()).collect(), time)
    }

    fn drawn(&self) -> Vec<usize> {
        let weights: Vec<u32> = self.shares.iter().map(|share| share.weight).collect();
        drawn(&weights, self.turns.next())
    }

    /// By the requests in flight for each unit of weight. Those that are equally busy take turns.
    #[expect(clippy::cast_precision_loss, reason = "no target has that many requests in flight")]
    fn idlest(&self, loads: &[Option<&Load>]) -> Vec<usize> {
        let busy = |number: usize| {
            let in_flight = loads[number].map_or(0, Load::in_flight);
            in_flight as f64 / f64::from(self.shares[number].weight)
        };
        sorted(self.drawn(), busy)
    }

    /// By the latency. A target that nothing is known of gets one request at a time, until it has answered one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the step"
    )]
    #[expect(clippy::cast_precision_loss, reason = "no step has that many targets")]
    fn quickest(&self, loads: &[Option<&Load>], stream: bool) -> Vec<usize> {
        let latency = |number: usize| match loads[number] {
            Some(load) => match load.latency(stream) {
                Some(latency) => latency.as_secs_f64(),
                None if load.in_flight() == 0 => 0.0,
                None => f64::INFINITY,
            },
            None => f64::INFINITY,
        };
        let mut order = sorted((0..self.shares.len()).collect(), latency);
        let explored = self.turns.next() / EXPLORED;
        if explored < 1.0 && order.len() > 1 {
            let other = 1 + (explored * (order.len() - 1) as f64) as usize;
            order[..=other].rotate_right(1);
        }
        order
    }
}

/// The numbers, that with the lowest value first.
fn sorted(numbers: Vec<usize>, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut valued: Vec<(f64, usize)> = numbers.into_iter().map(|number| (value(number), number)).collect();
    valued.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    valued.into_iter().map(|(_, number)| number).collect()
}
