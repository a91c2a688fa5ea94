//! The switch with which a user kills a running stream, and an operator any request.

use std::future::pending;
use std::sync::Arc;

use jackfield_accounting::limits::{StreamGuard, Streams};
use tokio_util::sync::CancellationToken;

use super::live::LivePlace;
use crate::error::{ErrorKind, GatewayError};

/// A stream's registration among its user's streams. Dropping it removes the registration.
#[derive(Debug)]
pub(crate) struct KillSwitch {
    _guard: StreamGuard,
    killed: CancellationToken,
}

/// Who ended a request before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Its user, who is told no more than that it is over. Only streams can be ended so.
    User,
    /// An operator: this very request, or everything of its key or its user.
    Operator,
}

/// What a client is told whose request an operator has ended.
pub(crate) fn ended_by_operator() -> GatewayError {
    let error = GatewayError::new(ErrorKind::Refused, "An operator ended this request.");
    error.refused_with(403, "ENDED_BY_OPERATOR".to_owned())
}

// === impl KillSwitch ===

impl KillSwitch {
    /// Registers a stream that `user` can kill.
    pub(super) fn new(streams: &Streams, user: &Arc<str>) -> Self {
        let (guard, killed) = streams.register(user);
        Self { _guard: guard, killed }
    }

    /// Completes when the user kills the stream, or an operator ends the request; never completes without either.
    pub(crate) async fn ended(switch: Option<&Self>, live: Option<&LivePlace>) -> EndedBy {
        let by_user = async {
            match switch {
                Some(switch) => switch.killed.cancelled().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = by_user => EndedBy::User,
            () = LivePlace::ended(live) => EndedBy::Operator,
        }
    }
}
