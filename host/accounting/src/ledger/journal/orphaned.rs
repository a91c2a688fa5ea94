//! The journals of processes that have died: who starts next takes them over.

use std::collections::BTreeSet;
use std::io;

use super::{Journal, JournalError};
use crate::ledger::lock::NodeLock;
use crate::ledger::segment::{Segment, names};

/// The journal that a dead process left behind. Its lock is held until this is dropped.
#[derive(Debug)]
pub(in crate::ledger) struct OrphanedJournal {
    /// Oldest first.
    pub(in crate::ledger) segments: Vec<Segment>,
    lock: NodeLock,
}

// === impl Journal ===

impl Journal {
    /// Takes over the journals that dead processes left in the directory. Each is locked, so that only one of several
    /// starting processes gets it.
    ///
    /// # Errors
    /// [`JournalError::Directory`] if the directory cannot be read.
    pub(in crate::ledger) fn take_orphans(&self) -> Result<Vec<OrphanedJournal>, JournalError> {
        let fault = |error| JournalError::Directory(self.dir.clone(), error);
        let mut orphans = Vec::new();
        for node in self.other_nodes().map_err(fault)? {
            let Some(lock) = NodeLock::take_over(&self.dir, node).map_err(fault)? else {
                tracing::info!(
                    journal = %self.dir.display(),
                    "another running process keeps its journal in the same folder, in files of its own"
                );
                continue;
            };
            // Listed under the lock: before, another process may have been removing them.
            let segments = Segment::list(&self.dir, node).map_err(fault)?;
            orphans.push(OrphanedJournal { segments, lock });
        }
        Ok(orphans)
    }

    fn other_nodes(&self) -> io::Result<BTreeSet<u64>> {
        let node_of =
            |name: &String| Segment::parse(name).map_or_else(|| NodeLock::node_of(name), |(node, _)| Some(node));
        let mut nodes: BTreeSet<u64> = names(&self.dir)?.iter().filter_map(node_of).collect();
        nodes.remove(&self.node);
        Ok(nodes)
    }
}

// === impl OrphanedJournal ===

impl OrphanedJournal {
    /// Removes what is left of it once all of it is in the store.
    ///
    /// # Errors
    /// [`JournalError::Write`] if the lock file cannot be removed.
    pub(in crate::ledger) fn remove(self) -> Result<(), JournalError> {
        let path = self.lock.path.clone();
        self.lock.remove().map_err(|error| JournalError::Write(path, error))
    }
}
