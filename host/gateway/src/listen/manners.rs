//! Whether a client waits for the answers to what it asks.

/// How many requests a client may give up before more of them than not must have been answered.
const MOST_ABANDONED: u32 = 100;

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Manners {
    abandoned: u32,
    answered: u32,
}

// === impl Manners ===

impl Manners {
    /// A request is answered.
    pub(super) fn answer(&mut self) {
        self.answered = self.answered.saturating_add(1);
    }

    /// A request is given up before it was answered. True if the client does little else: each of its requests costs
    /// work, and none counts as a request at a time (CVE-2023-44487).
    pub(super) fn abandon(&mut self) -> bool {
        self.abandoned = self.abandoned.saturating_add(1);
        self.abandoned >= MOST_ABANDONED && self.abandoned > self.answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_give_up_requests_as_long_as_it_also_takes_answers() {
        let mut manners = Manners::default();
        for _ in 0..MOST_ABANDONED {
            manners.answer();
            assert!(!manners.abandon());
        }
        assert!(manners.abandon());
    }

    #[test]
    fn a_few_are_forgiven() {
        let mut manners = Manners::default();
        assert!((1..MOST_ABANDONED).all(|_| !manners.abandon()));
        assert!(manners.abandon());
    }
}
