//! `/v1/user/key`: creates, lists and revokes the keys of a user, who sends an access token.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auth;
use super::body::Reading;
use super::entered::Entered;
use super::user::tier;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::heavy::Passage;
use jackfield_accounting::callers::{Directory, IssueError, Order, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger::utc;
use jackfield_accounting::store::{Key, StoreError};

/// The most bytes of a body that names a key.
const MAX_BODY: usize = 64 << 10;

/// The key to create.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The name to list it under.
    name: String,
}

/// A key, without its secret.
#[derive(Debug, JsonSchema, Serialize)]
struct Listed {
    id: String,
    key_prefix: String,
    name: String,
    plan_tier: String,
    created_at: String,
    last_used_at: Option<String>,
}

/// A new key. This is the only time that its secret is shown.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Created {
    key: String,
    #[serde(flatten)]
    listed: Listed,
}

/// The user's keys that are not revoked.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct List {
    data: Vec<Listed>,
}

/// The confirmation that a key is revoked.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Revoked {
    message: &'static str,
}

/// `POST /v1/user/key`.
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    let caller = auth::required_token(&gateway, snapshot, request.headers()).await?;
    let directory = directory(&gateway)?;
    let (head, body) = request.into_parts();
    let server = &snapshot.config.server;
    let reading = Reading {
        max_bytes: MAX_BODY.min(server.max_body_bytes),
        patience: server.body_timeout,
        passage: &Passage::new(&gateway.turns),
        room: gateway.bodies.room(Some(&caller.user), server),
    };
    let (body, _room) = reading.json(&head.headers, body).await?;
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
        let message = "body: must be an object with the name of the new key, such as {\"name\": \"ci\"}";
        GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
    })?;
    // A later token may bring another plan than the database has; the key is to have the plan that it was made with.
    let adopted = directory.adopt_plan(&caller, SystemTime::now()).await;
    adopted.map_err(of_store)?;
    let now = unix_millis(SystemTime::now());
    let most = Some(snapshot.config.tokens.max_keys);
    let order = Order {
        user: &caller.user,
        name: &wanted.name,
        ..Order::default()
    };
    let issued = issue(directory.store(), order, most, now).await;
    let issued = issued.map_err(|error| match error {
        IssueError::Store(error) => of_store(error),
        IssueError::Randomness(error) => {
            let message = "Keys cannot be created at the moment; try again.";
            GatewayError::new(ErrorKind::Overloaded, message).because(error)
        }
    })?;
    let created = Created {
        key: issued.secret.expose().to_owned(),
        listed: listed(issued.key, &caller.plan),
    };
    Ok(Json(created).into_response())
}

/// `GET /v1/user/key`: lists the keys that are not revoked.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let caller = auth::required_token(&gateway, &entered.snapshot, &headers).await?;
    let store = directory(&gateway)?.store();
    let keys = store.keys_of(&caller.user).await.map_err(of_store)?;
    let alive = keys.into_iter().filter(|key| key.revoked_at.is_none());
    let data = alive.map(|key| listed(key, &caller.plan)).collect();
    Ok(Json(List { data }).into_response())
}

/// `DELETE /v1/user/key/{id}`.
pub(super) async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let caller = auth::required_token(&gateway, &entered.snapshot, &headers).await?;
    let revoked = directory(&gateway)?
        .revoke_key(&id, Some(&caller.user), SystemTime::now())
        .await;
    revoked.map_err(of_store)?;
    let message = "API key revoked";
    Ok(Json(Revoked { message }).into_response())
}

fn directory(gateway: &Gateway) -> Result<&Directory, GatewayError> {
    gateway.directory.as_deref().ok_or_else(|| {
        let message = "This gateway has no database for keys: storage.url is none.";
        GatewayError::new(ErrorKind::NotFound, message)
    })
}

fn listed(key: Key, plan: &str) -> Listed {
    Listed {
        id: key.id,
        key_prefix: key.prefix,
        name: key.name,
        plan_tier: tier(plan),
        created_at: utc(key.created_at),
        last_used_at: key.last_used_at.map(utc),
    }
}

fn of_store(error: StoreError) -> GatewayError {
    let (kind, message) = match &error {
        StoreError::NotFound { .. } => (ErrorKind::NotFound, "There is no such key.".to_owned()),
        StoreError::Invalid { .. } | StoreError::TooManyKeys { .. } => (ErrorKind::InvalidRequest, error.to_string()),
        _ => {
            let message = "Keys cannot be read or changed at the moment; try again.";
            (ErrorKind::Overloaded, message.to_owned())
        }
    };
    GatewayError::new(kind, message).because(error)
}
