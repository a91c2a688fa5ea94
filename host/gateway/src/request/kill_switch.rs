//! The switch with which a user kills a running stream, and an operator any request.

use std::future::pending;
use std::sync::Arc;

use jackfield_accounting::limits::{StreamGuard, Streams};
use tokio_util::sync::CancellationToken;

use super::live::LivePlace;

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

    /// Completes when the user kills the stream, or an operator ends the request; never completes without either.
    pub(crate) async fn killed(switch: Option<&Self>, live: Option<&LivePlace>) {
        let by_user = async {
            match switch {
                Some(switch) => switch.killed.cancelled().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = by_user => {}
            () = LivePlace::ended(live) => {}
        }
    }
}
