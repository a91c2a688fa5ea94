//! The signals of `serve`: SIGTERM and SIGINT stop, SIGHUP reloads; all of them from the first moment on.

use std::io;
use std::time::Duration;

use jackfield_gateway::Reload;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::notice;

/// How long the service manager waits for a reload.
const LONGEST: Duration = Duration::from_mins(1);

/// The signals, caught and not yet acted on.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    /// Notified by each SIGHUP. One that arrives before anyone listens is kept.
    reloads: watch::Sender<()>,
}

// === impl Signals ===

impl Signals {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// If the system refuses a handler.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            reloads: watch::Sender::new(()),
        })
    }

    /// Is notified of each SIGHUP from now on.
    pub(super) fn reloads(&self) -> watch::Receiver<()> {
        self.reloads.subscribe()
    }

    /// Cancels `stop` at SIGTERM or SIGINT, and ends.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return stop.cancel(),
                _ = self.interrupt.recv() => return stop.cancel(),
                _ = self.hang_up.recv() => self.reloads.send_replace(()),
            }
        }
    }
}

/// Reloads once per notification, until there can be no more, and tells the service manager when that begins and ends.
pub(super) async fn reload(mut reloads: watch::Receiver<()>, reload: Reload, mut done: watch::Receiver<u64>) {
    while reloads.changed().await.is_ok() {
        done.mark_unchanged();
        notice::reloading();
        reload.now();
        // Accepted or rejected. A build that takes longer is given up, or goes on without the service manager.
        let _ = timeout(LONGEST, done.changed()).await;
        notice::reloaded();
    }
}
