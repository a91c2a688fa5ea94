//! What changes of accounts have in common: the database, the body, and what is told of a failure.

use axum::extract::Request;
use serde::de::DeserializeOwned;

use super::super::body::Reading;
use super::super::entered::Entered;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::heavy::Passage;
use crate::snapshot::Snapshot;
use jackfield_accounting::callers::Directory;
use jackfield_accounting::store::StoreError;

/// The most bytes of a body.
const MAX_BODY: usize = 64 << 10;

/// The body of a request, and how it is to look, for a refusal.
pub(super) async fn body<T: DeserializeOwned>(
    gateway: &Gateway,
    entered: &Entered,
    request: Request,
    example: &str,
) -> Result<T, GatewayError> {
    let (head, body) = request.into_parts();
    let server = &entered.snapshot.config.server;
    let reading = Reading {
        max_bytes: MAX_BODY.min(server.max_body_bytes),
        patience: server.body_timeout,
        passage: &Passage::new(&gateway.turns),
        room: gateway.bodies.room(None, server),
    };
    let (body, _room) = reading.json(&head.headers, body).await?;
    serde_json::from_slice(&body).map_err(|error| {
        let message = format!("body: {error}; send an object such as {example}");
        GatewayError::new(ErrorKind::InvalidRequest, message)
    })
}

/// Where users and keys are.
///
/// # Errors
/// `NOT_FOUND` without a database.
pub(super) fn directory(gateway: &Gateway) -> Result<&Directory, GatewayError> {
    gateway.directory.as_deref().ok_or_else(|| {
        let message = "This gateway has no database for accounts: storage.url is none.";
        GatewayError::new(ErrorKind::NotFound, message)
    })
}

/// Checks that the configuration has this plan.
///
/// # Errors
/// `INVALID_REQUEST` that names those that it has.
pub(super) fn check_plan(snapshot: &Snapshot, plan: &str) -> Result<(), GatewayError> {
    if snapshot.has_plan(plan) {
        return Ok(());
    }
    let plans: Vec<&str> = snapshot.config.plans.keys().map(String::as_str).collect();
    let message = format!(
        "plan: the configuration has no plan {plan:?}; use one of {}",
        plans.join(", ")
    );
    Err(GatewayError::new(ErrorKind::InvalidRequest, message))
}

/// What an operator is told of it: all but what the driver says, which is for the log.
pub(super) fn of_store(error: StoreError) -> GatewayError {
    let told = error.to_string();
    match &error {
        StoreError::NotFound { .. } => GatewayError::new(ErrorKind::NotFound, told),
        StoreError::AlreadyExists { .. } => GatewayError::new(ErrorKind::InvalidRequest, told).with_status(409),
        StoreError::Invalid { .. } | StoreError::TooManyKeys { .. } => {
            GatewayError::new(ErrorKind::InvalidRequest, told)
        }
        StoreError::Unavailable(_) => {
            let message = "The database cannot be reached at the moment; try again.";
            GatewayError::new(ErrorKind::Overloaded, message).because(error)
        }
    }
}
