//! Seats: how many lines may be in flight, of all batches and of each user's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jackfield_config::BatchesConfig;
use tokio::sync::Notify;

/// The seats of all lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_user: HashMap<String, usize>,
}

/// A seat. Dropping it frees it.
#[derive(Debug)]
pub(super) struct Seat {
    shared: Arc<Shared>,
    user: String,
}

// === impl Seats ===

impl Seats {
    /// A seat for a line of this user's, if there is one.
    pub(super) fn take(&self, user: &str, config: &BatchesConfig) -> Option<Seat> {
        let mut taken = self.shared.lock();
        let own = taken.by_user.get(user).copied().unwrap_or_default();
        if taken.all >= config.concurrency || own >= config.concurrency_per_user {
            return None;
        }
        taken.all += 1;
        taken.by_user.insert(user.to_owned(), own + 1);
        Some(Seat {
            shared: Arc::clone(&self.shared),
            user: user.to_owned(),
        })
    }

    /// Completes when a seat is freed after this is first polled.
    pub(super) async fn freed(&self) {
        self.shared.freed.notified().await;
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Each change is complete before the next one begins.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.shared.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_user.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.by_user.remove(&self.user);
            }
        }
        drop(taken);
        self.shared.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_seats_than_they_may_and_each_comes_back() {
        let config = BatchesConfig {
            concurrency: 3,
            concurrency_per_user: 2,
            ..BatchesConfig::default()
        };
        let seats = Seats::default();
        let first = [seats.take("ann", &config), seats.take("ann", &config)];
        assert!(first.iter().all(Option::is_some));
        assert!(seats.take("ann", &config).is_none());
        let other = seats.take("bob", &config);
        assert!(other.is_some() && seats.take("bob", &config).is_none());
        drop(first);
        assert!(seats.take("ann", &config).is_some());
        assert!(seats.shared.lock().by_user.len() == 1);
    }
}
