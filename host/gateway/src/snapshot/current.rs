//! The snapshot in force, what was last rejected, and which older ones still serve.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Snapshot;
use jackfield_config::Faults;

/// The one pointer through which requests find their snapshot.
#[derive(Debug)]
pub(crate) struct Current {
    snapshot: ArcSwap<Snapshot>,
    history: Mutex<History>,
    changes: watch::Sender<u64>,
}

/// A change that did not come into force.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    /// When it was rejected.
    pub(crate) at: SystemTime,
    /// Why.
    pub(crate) faults: Faults,
}

#[derive(Debug, Default)]
struct History {
    older: Vec<Weak<Snapshot>>,
    rejected: Option<Rejection>,
}

// === impl Current ===

impl Current {
    /// Puts the first snapshot in force.
    #[must_use]
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(first),
            history: Mutex::default(),
            changes: watch::Sender::default(),
        }
    }

    /// The snapshot in force.
    #[must_use]
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Puts `next` in force. Requests under way keep theirs.
    pub(crate) fn swap(&self, next: Snapshot) {
        let previous = self.snapshot.swap(Arc::new(next));
        let mut history = self.history();
        history.older.retain(|older| older.strong_count() > 0);
        history.older.push(Arc::downgrade(&previous));
        history.rejected = None;
        drop(history);
        self.announce();
    }

    /// Notes that a change was rejected; the snapshot in force stays.
    pub(crate) fn reject(&self, faults: Faults) {
        let at = SystemTime::now();
        self.history().rejected = Some(Rejection { at, faults });
        self.announce();
    }

    /// Notes that the files say again what is in force.
    pub(crate) fn settle(&self) {
        self.history().rejected = None;
    }

    /// The change rejected last, unless a later one was accepted.
    #[must_use]
    pub(crate) fn rejected(&self) -> Option<Rejection> {
        self.history().rejected.clone()
    }

    /// The generations before the one in force that still serve a request.
    #[must_use]
    pub(crate) fn older(&self) -> Vec<u64> {
        let mut history = self.history();
        history.older.retain(|older| older.strong_count() > 0);
        history
            .older
            .iter()
            .filter_map(Weak::upgrade)
            .map(|older| older.generation)
            .collect()
    }

    /// Counts up with each change that was accepted or rejected.
    #[must_use]
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn announce(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn history(&self) -> MutexGuard<'_, History> {
        // Each change of the history is a single step: it is whole even if a thread died with the lock.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
