//! The numbers by which requests take turns.

use std::sync::atomic::{AtomicU64, Ordering};

/// The golden ratio's fraction of 2⁶⁴.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Gives each request a number from 0 up to 1, such that any run of requests covers that range evenly: the multiples of
/// the golden ratio (Weyl's theorem, and Knuth, "The Art of Computer Programming", volume 3, section 6.4). So whoever
/// gets a part of the range gets that part of the requests, without streaks, and unlike a random choice, a few requests
/// are enough to see it. It takes one atomic addition and no lock.
#[derive(Debug)]
pub(super) struct Turns(AtomicU64);

// === impl Turns ===

impl Turns {
    /// The number of the next request.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept, and as many are wanted")]
    pub(super) fn next(&self) -> f64 {
        let turn = self.0.fetch_add(STEP, Ordering::Relaxed);
        (turn >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Default for Turns {
    /// They begin anywhere, so that nodes and reloads do not all begin with the same target.
    fn default() -> Self {
        Self(AtomicU64::new(fastrand::u64(..)))
    }
}

/// The places, by their number, in the order of the request with this turn: each is first for its weight's share of the
/// turns, and when it is left out, the others share its turns by their weights.
pub(super) fn drawn(weights: &[u32], turn: f64) -> Vec<usize> {
    let (mut left, mut turn): (Vec<usize>, f64) = ((0..weights.len()).collect(), turn);
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let weight = |number: &usize| f64::from(weights[*number]);
        let mut at = turn * left.iter().map(weight).sum::<f64>();
        let mut begins_after = |number: &usize| {
            let within = at < weight(number);
            at -= if within { 0.0 } else { weight(number) };
            within
        };
        let found = left.iter().position(&mut begins_after).unwrap_or(left.len() - 1);
        let number = left.remove(found);
        turn = (at / f64::from(weights[number])).clamp(0.0, 1.0 - f64::EPSILON);
        order.push(number);
    }
    order
}
