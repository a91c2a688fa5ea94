//! `POST /admin/api/reload` and `POST /admin/api/drain`: what signals do as well.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::super::exchange::Edge;
use super::super::operators::Operator;
use super::audit::note;
use super::rejected::Rejected;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::{Builder, Reload};
use jackfield_accounting::deed::Deed;

/// How long an answer waits for a reload. The reload itself goes on.
const PATIENCE: Duration = Duration::from_mins(1);

/// What operators have hold of; an extension of their requests.
#[derive(Clone)]
pub(crate) struct Controls {
    /// The paths of clients.
    clients: Edge,
    /// Has the files read again.
    reload: Reload,
    /// Stops the process as a signal does.
    stop: CancellationToken,
    /// Tries plugins.
    builder: Arc<Builder>,
    /// One plugin is tried and put into the folder at a time.
    turn: Arc<Semaphore>,
}

/// What is in force after a reload.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct Reloaded {
    /// The generation in force.
    generation: u64,
    /// Whether the reload has come to an end in time.
    done: bool,
    /// What was rejected and why, as in the snapshot; `null` if nothing was.
    rejected: Option<Rejected>,
}

/// What a drain waits for.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct Draining {
    /// The requests in flight, which may finish within `server.drain_timeout`.
    in_flight: usize,
}

// === impl Controls ===

impl Controls {
    /// These, with what serves clients.
    pub(in crate::edge) fn new(
        clients: Edge,
        (reload, builder): (Reload, Arc<Builder>),
        stop: CancellationToken,
    ) -> Self {
        Self {
            clients,
            reload,
            stop,
            builder,
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// What tries plugins.
    pub(super) fn builder(&self) -> &Arc<Builder> {
        &self.builder
    }

    /// Has the files looked at.
    pub(super) fn look(&self) {
        self.reload.look();
    }

    /// The right to put a plugin into the folder.
    ///
    /// # Errors
    /// `OVERLOADED` while another is being tried.
    pub(super) fn turn(&self) -> Result<OwnedSemaphorePermit, GatewayError> {
        Arc::clone(&self.turn).try_acquire_owned().map_err(|busy| {
            let message = "Another plugin is being tried; try again.";
            GatewayError::new(ErrorKind::Overloaded, message).because(busy)
        })
    }

    /// What serves clients.
    pub(super) fn clients(&self) -> &Edge {
        &self.clients
    }
}

/// `POST /admin/api/reload`: reads all files again, and answers when they are in force or rejected.
pub(super) async fn reload(
    State(gateway): State<Arc<Gateway>>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
) -> Json<Reloaded> {
    let before = gateway.current.load().generation;
    let mut changes = gateway.current.changes();
    changes.mark_unchanged();
    controls.reload.now();
    let done = timeout(PATIENCE, changes.changed())
        .await
        .is_ok_and(|changed| changed.is_ok());
    let reloaded = Reloaded {
        generation: gateway.current.load().generation,
        done,
        rejected: gateway.current.rejected().map(Rejected::from),
    };
    let deed = Deed {
        action: "reload",
        subject: "configuration",
        before: Some(json!({ "generation": before })),
        after: Some(json!({ "generation": reloaded.generation, "rejected": reloaded.rejected.is_some() })),
    };
    note(&gateway, &operator, deed).await;
    Json(reloaded)
}

/// `POST /admin/api/drain`: stops the process as SIGTERM does.
pub(super) async fn drain(
    State(gateway): State<Arc<Gateway>>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
) -> Response {
    let in_flight = gateway.drain.in_flight();
    let deed = Deed {
        action: "drain",
        subject: "process",
        before: Some(json!({ "in_flight": in_flight })),
        after: None,
    };
    // Before the database is closed.
    note(&gateway, &operator, deed).await;
    controls.stop.cancel();
    (StatusCode::ACCEPTED, Json(Draining { in_flight })).into_response()
}
