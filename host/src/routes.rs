//! The public HTTP API: one file an endpoint, and what every endpoint shares.
//!
//! Reading order: [`public`] and [`admin`] (the tables of paths), [`exchange`] (in and out of every request),
//! [`auth`], [`body`], then the endpoints.

mod admin;
mod auth;
mod body;
mod chat;
mod exchange;
mod health;
mod models;
mod stream;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::server::Gateway;

pub use admin::AdminAccess;

/// The listener for clients. With `admin`, the operators' paths are there too.
pub fn public(gateway: &Arc<Gateway>, admin: Option<AdminAccess>) -> Router {
    let router = Router::new()
        .route("/v1/chat/completions", post(chat::completions))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*id}", get(models::detail));
    let router = match admin {
        Some(access) => router.merge(admin_paths(access)),
        None => router,
    };
    finished(router, gateway)
}

/// The listener for operators.
pub fn admin(gateway: &Arc<Gateway>, access: AdminAccess) -> Router {
    finished(admin_paths(access), gateway)
}

fn admin_paths(access: AdminAccess) -> Router<Arc<Gateway>> {
    Router::new()
        .route("/admin/snapshot", get(admin::snapshot))
        .layer(Extension(access))
}

fn finished(router: Router<Arc<Gateway>>, gateway: &Arc<Gateway>) -> Router {
    router
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .fallback(exchange::not_found)
        .method_not_allowed_fallback(exchange::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(gateway), exchange::enter))
        .with_state(Arc::clone(gateway))
}
