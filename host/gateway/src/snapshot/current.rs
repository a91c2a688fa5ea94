//! The snapshot in force, the last rejection, and the older snapshots that still serve requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Snapshot;
use jackfield_config::{Config, Faults};

/// The pointer from which each request takes its snapshot.
#[derive(Debug)]
pub(crate) struct Current {
    snapshot: ArcSwap<Snapshot>,
    /// The configuration that the process started with.
    started: Config,
    history: Mutex<History>,
    changes: watch::Sender<u64>,
}

/// A change, or a part of one, that did not come into force.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    /// When it was rejected.
    pub(crate) at: SystemTime,
    /// Every fault that the change had.
    pub(crate) faults: Faults,
}

#[derive(Debug, Default)]
struct History {
    older: Vec<Weak<Snapshot>>,
    rejected: Option<Rejection>,
}

// === impl Rejection ===

impl Rejection {
    /// The plugin files that did not load; `None` if all did.
    fn of(snapshot: &Snapshot) -> Option<Self> {
        let faults = Faults(snapshot.broken.clone());
        let at = snapshot.built_at;
        (!faults.0.is_empty()).then_some(Self { at, faults })
    }
}

// === impl Current ===

impl Current {
    /// Puts the first snapshot in force.
    #[must_use]
    pub(crate) fn new(first: Snapshot) -> Self {
        let history = History {
            older: Vec::new(),
            rejected: Rejection::of(&first),
        };
        Self {
            started: first.config.clone(),
            snapshot: ArcSwap::from_pointee(first),
            history: Mutex::new(history),
            changes: watch::Sender::default(),
        }
    }

    /// The snapshot in force.
    #[must_use]
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// One warning per key of `config` that only another start puts in force.
    pub(crate) fn restart_warnings(&self, config: &Config) -> impl Iterator<Item = String> {
        let keys = config.waiting_for_restart(&self.started);
        keys.into_iter()
            .map(|key| format!("{key} has changed and needs a restart; the value from the start is still in force"))
    }

    /// Puts `next` in force. In-flight requests keep theirs.
    pub(crate) fn swap(&self, next: Snapshot) {
        let rejected = Rejection::of(&next);
        let previous = self.snapshot.swap(Arc::new(next));
        let mut history = self.history();
        history.older.retain(|older| older.strong_count() > 0);
        history.older.push(Arc::downgrade(&previous));
        history.rejected = rejected;
        drop(history);
        self.announce();
    }

    /// Records that a change was rejected. The snapshot in force stays.
    pub(crate) fn reject(&self, faults: Faults) {
        let at = SystemTime::now();
        self.history().rejected = Some(Rejection { at, faults });
        self.announce();
    }

    /// Forgets the last rejection, because the files match the snapshot in force again. Returns false if there was none.
    pub(crate) fn settle(&self) -> bool {
        let own = Rejection::of(&self.load());
        let mut history = self.history();
        let faults = |rejection: &Option<Rejection>| rejection.as_ref().map(|rejection| rejection.faults.clone());
        let forgets = faults(&history.rejected) != faults(&own);
        if forgets {
            history.rejected = own;
        }
        forgets
    }

    /// The last rejection, unless a later change was accepted: a whole change, or the plugin files that a change which
    /// was accepted left out.
    #[must_use]
    pub(crate) fn rejected(&self) -> Option<Rejection> {
        self.history().rejected.clone()
    }

    /// The older generations that still serve requests.
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

    /// Counts the changes that were accepted or rejected.
    #[must_use]
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn announce(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn history(&self) -> MutexGuard<'_, History> {
        // Each change to the history is a single step, so it is valid even if a thread panicked while it held the lock.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
