//! The switch by which a user ends a running stream.

use std::future::pending;
use std::sync::Arc;

use jackfield_accounting::limits::{StreamGuard, Streams};
use tokio_util::sync::CancellationToken;

/// A stream's place among those of its user. Dropped, it gives the place up.
#[derive(Debug)]
pub(crate) struct KillSwitch {
    _guard: StreamGuard,
    killed: CancellationToken,
}

// === impl KillSwitch ===

impl KillSwitch {
    /// Enters a stream among those that `user` can end.
    pub(super) fn new(streams: &Streams, user: &Arc<str>) -> Self {
        let (guard, killed) = streams.register(user);
        Self { _guard: guard, killed }
    }

    /// Ends when the user ends the stream; never if it has no switch.
    pub(crate) async fn killed(switch: Option<&Self>) {
        match switch {
            Some(switch) => switch.killed.cancelled().await,
            None => pending().await,
        }
    }
}
