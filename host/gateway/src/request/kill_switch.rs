//! The switch with which a user kills a running stream.

use std::future::pending;
use std::sync::Arc;

use jackfield_accounting::limits::{StreamGuard, Streams};
use tokio_util::sync::CancellationToken;

/// A stream's registration among its user's streams. Dropping it removes the registration.
#[derive(Debug)]
pub(crate) struct KillSwitch {
    _guard: StreamGuard,
    killed: CancellationToken,
}

// === impl KillSwitch ===

impl KillSwitch {
    /// Registers a stream that `user` can kill.
    pub(super) fn new(streams: &Streams, user: &Arc<str>) -> Self {
        let (guard, killed) = streams.register(user);
        Self { _guard: guard, killed }
    }

    /// Completes when the user kills the stream; never completes without a switch.
    pub(crate) async fn killed(switch: Option<&Self>) {
        match switch {
            Some(switch) => switch.killed.cancelled().await,
            None => pending().await,
        }
    }
}
