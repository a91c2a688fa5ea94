//! Files and batches: many requests in one order, which the gateway works off itself.
//!
//! Reading order: [`record`] is what is kept of a file and of a batch, [`place`] where, and [`desk`] takes them in and
//! hands them out, each user's to that user alone; [`arriving`] writes uploads as they come. [`engine`] is the thread that works: it gives each batch a [`work`],
//! which reads its `lines` (`opening`, `survey`), begins as many as `seats` and its `pace` allow, has each answered by
//! [`call`] through the same pipeline as a live request, on behalf of its [`holder`], and keeps the reports in `books` until
//! the batch is over (`closing`).
//!
//! What a line was answered is written once it is settled. After a restart, lines with a report are not sent again; what was
//! in flight is.
#![expect(clippy::similar_names, reason = "a shelf is one letter away from oneself")]

mod arriving;
mod books;
mod call;
mod closing;
mod counting;
mod desk;
mod engine;
mod holder;
mod lines;
mod opening;
mod orders;
mod pace;
mod place;
mod progress;
mod record;
mod seats;
mod shared;
mod survey;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

pub(crate) use arriving::{Arriving, GATHERED, NewFile};
pub(crate) use desk::{Desk, DeskError};
pub(crate) use engine::{Running, start};
pub(crate) use holder::Holder;
pub(crate) use orders::NewBatch;
pub(crate) use record::{BatchRecord, FileRecord};

use crate::error::{ErrorKind, GatewayError};

/// How long a request waits for a folder that another process is leaving. That takes a second if no line is in flight there.
const LEAVING: Duration = Duration::from_secs(5);

/// The files and batches of this gateway, as its endpoints reach them.
#[derive(Debug)]
pub(crate) struct Batches {
    folder: watch::Sender<Folder>,
    /// Counts what clients changed.
    news: watch::Sender<u64>,
}

/// Whose the folder is.
#[derive(Debug, Clone)]
enum Folder {
    /// Another process's, which will leave it.
    Awaited,
    /// This process's.
    Ours(Arc<Desk>),
    /// The successor's.
    Left,
}

// === impl Batches ===

impl Batches {
    fn new() -> Self {
        Self {
            folder: watch::Sender::new(Folder::Awaited),
            news: watch::Sender::default(),
        }
    }

    /// The desk. If another process has the folder, that is waited for a moment.
    ///
    /// # Errors
    /// `OVERLOADED` if it goes on having it, or has taken it over.
    pub(crate) async fn desk(&self) -> Result<Arc<Desk>, GatewayError> {
        let mut folder = self.folder.subscribe();
        let known = folder.wait_for(|folder| !matches!(folder, Folder::Awaited));
        if let Ok(Ok(folder)) = timeout(LEAVING, known).await
            && let Folder::Ours(desk) = &*folder
        {
            return Ok(Arc::clone(desk));
        }
        let message = "Another process of this gateway has the files and batches at the moment; try again.";
        Err(GatewayError::new(ErrorKind::Overloaded, message))
    }

    /// Whether another process has the folder, and this one awaits it.
    fn awaits_folder(&self) -> bool {
        matches!(*self.folder.borrow(), Folder::Awaited)
    }

    /// Tells the engine that a client ordered or cancelled a batch.
    pub(crate) fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    /// The desk, if the folder is this process's.
    fn present_desk(&self) -> Option<Arc<Desk>> {
        match &*self.folder.borrow() {
            Folder::Ours(desk) => Some(Arc::clone(desk)),
            Folder::Awaited | Folder::Left => None,
        }
    }

    fn take(&self, desk: Desk) {
        self.folder.send_replace(Folder::Ours(Arc::new(desk)));
    }

    /// Leaves the folder to a successor, once uploads that are on their way have arrived.
    fn leave(&self) {
        self.folder.send_replace(Folder::Left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(dir: &std::path::Path) -> Desk {
        Desk::open(dir).unwrap().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_while_another_process_leaves_the_folder_waits_a_moment() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (Batches::new(), Arc::new(Batches::new()));
        old.take(opened(dir.path()));
        assert!(Desk::open(dir.path()).unwrap().is_none());
        assert!(new.desk().await.is_err() && new.awaits_folder());

        let asked = Arc::clone(&new);
        let waiting = tokio::join!(async move { asked.desk().await }, async {
            old.leave();
            new.take(opened(dir.path()));
        });
        assert!(waiting.0.is_ok() && !new.awaits_folder());
        assert!(old.desk().await.is_err() && !old.awaits_folder());
    }

    #[tokio::test]
    async fn whoever_is_at_the_desk_keeps_the_folder_until_they_are_done() {
        let dir = tempfile::tempdir().unwrap();
        let old = Batches::new();
        old.take(opened(dir.path()));
        let upload = old.desk().await.unwrap();
        old.leave();
        assert!(Desk::open(dir.path()).unwrap().is_none());
        drop(upload);
        assert!(Desk::open(dir.path()).unwrap().is_some());
    }
}
