//! The wait before another pass: exponential, with full jitter.

use std::time::Duration;

/// Exponential back-off with full jitter: a random time between zero and the exponential bound
/// (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    /// The bound of the first wait. It doubles with each pass.
    pub(crate) base: Duration,
    /// The bound of all waits.
    pub(crate) max: Duration,
}

// === impl Backoff ===

impl Backoff {
    /// The wait before pass `pass` (1 is the first retry). `dice` is in `0.0..1.0`.
    #[must_use]
    pub(crate) fn wait(&self, pass: u32, dice: f64) -> Duration {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(pass.saturating_sub(1)));
        doubled.min(self.max).mul_f64(dice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        base: Duration::from_millis(250),
        max: Duration::from_secs(5),
    };

    #[test]
    fn the_bound_doubles_with_each_pass_up_to_the_maximum() {
        let bounds: Vec<u128> = [1, 2, 3, 9, 100]
            .iter()
            .map(|&pass| BACKOFF.wait(pass, 1.0).as_millis())
            .collect();
        assert_eq!(bounds, [250, 500, 1000, 5000, 5000]);
    }

    #[test]
    fn the_jitter_is_full() {
        assert_eq!(BACKOFF.wait(3, 0.0), Duration::ZERO);
        assert_eq!(BACKOFF.wait(3, 0.5).as_millis(), 500);
    }
}
