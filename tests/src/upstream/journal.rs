//! What happened at the upstream, for the test to ask about and to wait for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::request::Request;

/// Requests, hang-ups and connections, counted as they happen.
pub(super) struct Journal {
    requests: Mutex<Vec<Request>>,
    // A permit is an event that nobody has waited for yet.
    unseen_requests: Semaphore,
    seen_requests: AtomicUsize,
    hang_ups: Semaphore,
    connections: AtomicUsize,
    ends: Semaphore,
}

// === impl Journal ===

impl Journal {
    pub(super) fn record(&self, request: Request) {
        self.lock().push(request);
        self.unseen_requests.add_permits(1);
    }

    pub(super) fn record_hang_up(&self) {
        self.hang_ups.add_permits(1);
    }

    pub(super) fn record_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn record_end(&self) {
        self.ends.add_permits(1);
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.lock().clone()
    }

    pub(super) async fn next_request(&self) -> Request {
        take(&self.unseen_requests).await;
        let index = self.seen_requests.fetch_add(1, Ordering::Relaxed);
        self.lock()[index].clone()
    }

    pub(super) async fn hung_up(&self) {
        take(&self.hang_ups).await;
    }

    pub(super) fn hang_ups(&self) -> usize {
        self.hang_ups.available_permits()
    }

    pub(super) async fn ended(&self) {
        take(&self.ends).await;
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Request>> {
        // No code that holds the lock can panic in the middle of a change.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            requests: Mutex::default(),
            unseen_requests: Semaphore::new(0),
            seen_requests: AtomicUsize::new(0),
            hang_ups: Semaphore::new(0),
            connections: AtomicUsize::new(0),
            ends: Semaphore::new(0),
        }
    }
}

/// Wait for an event, and count it as seen.
async fn take(events: &Semaphore) {
    events
        .acquire()
        .await
        .expect("the journal never closes its semaphores")
        .forget();
}
