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

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

pub(crate) use arriving::{Arriving, GATHERED, NewFile};
pub(crate) use desk::{Desk, DeskError};
pub(crate) use engine::{Running, start};
pub(crate) use holder::Holder;
pub(crate) use orders::NewBatch;
pub(crate) use record::{BatchRecord, FileRecord};

use crate::error::{ErrorKind, GatewayError};

/// The files and batches of this gateway, as its endpoints reach them.
#[derive(Debug)]
pub(crate) struct Batches {
    /// Empty until the folder is this process's own.
    desk: OnceLock<Arc<Desk>>,
    /// Counts what clients changed.
    news: watch::Sender<u64>,
}

// === impl Batches ===

impl Batches {
    fn new() -> Self {
        Self {
            desk: OnceLock::new(),
            news: watch::Sender::default(),
        }
    }

    /// The desk.
    ///
    /// # Errors
    /// `OVERLOADED` as long as another process has the folder.
    pub(crate) fn desk(&self) -> Result<&Arc<Desk>, GatewayError> {
        self.desk.get().ok_or_else(|| {
            let message = "Files and batches are not ready yet; try again.";
            GatewayError::new(ErrorKind::Overloaded, message)
        })
    }

    /// Tells the engine that a client ordered or cancelled a batch.
    pub(crate) fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }
}
