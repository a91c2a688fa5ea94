//! The replies that a test has scripted, and what answers once they have run out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::reply::{Reply, text};
use super::request::Request;

/// Decides on a reply by the request.
type Answer = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A queue of replies with an optional fallback.
#[derive(Default)]
pub(super) struct Script(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    queue: VecDeque<Reply>,
    answer: Option<Answer>,
}

// === impl Script ===

impl Script {
    pub(super) fn push(&self, reply: Reply) {
        self.lock().queue.push_back(reply);
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.lock().answer = Some(answer);
    }

    pub(super) fn left(&self) -> usize {
        self.lock().queue.len()
    }

    /// The reply to `request`. Status 501 tells a test that it forgot to script one.
    pub(super) fn reply_to(&self, request: &Request) -> Reply {
        let answer = {
            let mut lines = self.lock();
            if let Some(reply) = lines.queue.pop_front() {
                return reply;
            }
            lines.answer.clone()
        };
        match answer {
            // Called without the lock, so that a panic in a test's closure harms one connection only.
            Some(answer) => answer(request),
            None => text(501, "the test has scripted no reply to this request"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
