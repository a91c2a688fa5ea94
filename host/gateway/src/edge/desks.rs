//! The way from the endpoints of files and batches to their desk.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, RequestPartsExt};
use http::request::Parts;
use tokio::task::spawn_blocking;

use super::auth;
use super::entered::Entered;
use crate::batches::{Batches, Desk, DeskError};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_accounting::callers::Caller;

/// When to come back if there is no room: it takes a while until something is over or deleted.
const FULL_FOR: Duration = Duration::from_mins(1);

/// The files and batches of this gateway, if it has some; an extension of every request.
#[derive(Debug, Clone)]
pub(super) struct Desks(Option<Arc<Batches>>);

/// A caller at the desk: what the handlers get that need no body.
pub(super) struct AtDesk {
    desks: Desks,
    user: String,
}

// === impl Desks ===

impl Desks {
    pub(super) fn new(batches: Option<Arc<Batches>>) -> Self {
        Self(batches)
    }

    /// Checks that there is a desk, before a body is read for it.
    ///
    /// # Errors
    /// `NOT_FOUND` if there are no files and batches here, `OVERLOADED` if they are not ready yet.
    pub(super) async fn check(&self) -> Result<(), GatewayError> {
        self.batches()?.desk().await.map(|_| ())
    }

    /// Does `work` at the desk, away from the worker.
    ///
    /// # Errors
    /// As [`Self::check`], and what the work fails with.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Desk>) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, GatewayError> {
        let desk = self.batches()?.desk().await?;
        let done = spawn_blocking(move || Ok(work(&desk)?));
        done.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()))
    }

    /// Tells the engine that there is something new.
    pub(super) fn tell(&self) {
        if let Some(batches) = &self.0 {
            batches.tell();
        }
    }

    fn batches(&self) -> Result<&Arc<Batches>, GatewayError> {
        self.0.as_ref().ok_or_else(|| {
            let message = "This gateway has no files and no batches: batches.dir is not set.";
            GatewayError::new(ErrorKind::NotFound, message)
        })
    }
}

// === impl AtDesk ===

impl AtDesk {
    /// Does `work` at the desk for this user, away from the worker.
    ///
    /// # Errors
    /// As [`Desks::work`].
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk, &str) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, GatewayError> {
        let user = self.user.clone();
        self.desks.work(move |desk| work(desk, &user)).await
    }

    /// As [`Desks::tell`].
    pub(super) fn tell(&self) {
        self.desks.tell();
    }
}

impl FromRequestParts<Arc<Gateway>> for AtDesk {
    type Rejection = Response;

    /// # Errors
    /// The answer to callers without a credential.
    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, Response> {
        let lacking = IntoResponse::into_response;
        let Extension(entered) = parts.extract::<Extension<Entered>>().await.map_err(lacking)?;
        let Extension(desks) = parts.extract::<Extension<Desks>>().await.map_err(lacking)?;
        let caller = auth::required(gateway, &entered.snapshot, &parts.headers).await;
        let user = user_of(caller.map_err(IntoResponse::into_response)?.as_deref());
        Ok(Self { desks, user })
    }
}

/// The name under which files and batches are kept for a caller: empty where nobody has one.
pub(super) fn user_of(caller: Option<&Caller>) -> String {
    caller.map_or_else(String::new, |caller| caller.user.to_string())
}

// === impl GatewayError ===

impl From<DeskError> for GatewayError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Order(fault) => fault.into(),
            DeskError::Unknown(what) => {
                let message =
                    format!("There is no such {what} here. What one node has taken, other nodes do not have.");
                Self::new(ErrorKind::NotFound, message)
            }
            DeskError::Invalid(..) => Self::new(ErrorKind::InvalidRequest, error.to_string()),
            DeskError::Full(message) => Self::new(ErrorKind::StoreLimit, message).retry_after(Some(FULL_FOR)),
            DeskError::NoSpace(_) => {
                let message = "The disk of files and batches is full. Nothing was kept; tell the operator.";
                Self::new(ErrorKind::StorageFull, message).because(error)
            }
            DeskError::Io(_) => {
                let message = "Files and batches cannot be read or written at the moment; try again.";
                Self::new(ErrorKind::Overloaded, message).because(error)
            }
        }
    }
}
