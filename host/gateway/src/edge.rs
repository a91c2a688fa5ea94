//! The public HTTP API: one file per endpoint, and what all endpoints share.
//!
//! Reading order: [`public`], [`admin`] and [`metrics()`] (the tables of paths), [`exchange`] (around every request), [`entered`], [`path`], [`operators`], [`site`],
//! [`absent`], [`error_form`], [`panic`] (if one ends badly),
//! [`auth`], [`body`], the inference [`endpoints`] ([`inference`], [`reply`], [`whole`], [`stream`], [`ahead`], both
//! through an [`outlet`], which writes in their [`framing`]), [`files`] and [`batches`] at their [`desks`], then the other endpoints.

mod absent;
mod admin;
mod ahead;
mod auth;
mod batches;
mod body;
mod cors;
mod desks;
mod docs;
mod endpoints;
mod entered;
mod error_form;
mod exchange;
mod files;
mod framing;
mod health;
mod inference;
mod keys;
mod metrics;
mod models;
mod openapi;
mod operators;
mod outlet;
mod panic;
mod path;
mod pricing;
mod query;
mod readiness;
mod reply;
mod requests;
mod shaped;
mod site;
mod status;
mod stream;
mod user;
mod whole;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::routing::{any, delete, get, post};
use axum::{Extension, Router};
use tokio_util::sync::CancellationToken;

use crate::batches::Batches;
use crate::request::Gateway;
use crate::snapshot::{Builder, Reload};

use admin::Controls;
pub(crate) use exchange::Edge;
pub(crate) use operators::{AdminAccess, OwnListener};

/// What a listener for operators has of its own: whom it lets in, and what they have hold of.
pub(crate) type Admin = (AdminAccess, Controls);

/// What operators have hold of: they send requests as clients do, have the files read again,
/// put plugins among them, and stop the process.
pub(crate) fn controls(
    gateway: &Arc<Gateway>,
    batches: Option<Arc<Batches>>,
    files: (Reload, Arc<Builder>),
    stop: CancellationToken,
) -> Controls {
    Controls::new(public(gateway, batches, Operators::Unserved), files, stop)
}

/// Where the operators' paths are, as the listener for clients knows it.
pub(crate) enum Operators {
    /// On that listener, too.
    Here(Admin),
    /// On a listener of their own, which is at this address.
    At(SocketAddr),
    /// Nowhere.
    Unserved,
}

/// The paths of the listener for clients.
pub(crate) fn public(gateway: &Arc<Gateway>, batches: Option<Arc<Batches>>, operators: Operators) -> Edge {
    let (admin, elsewhere) = match operators {
        Operators::Here(admin) => (Some(admin), None),
        Operators::At(address) => (None, Some(address)),
        Operators::Unserved => (None, None),
    };
    let orders = files::routes().merge(batches::routes());
    let router = endpoints::routes()
        .merge(orders.layer(Extension(desks::Desks::new(batches))))
        .route("/", any(health::root))
        .route("/api/hello", get(health::hello))
        .route("/v1/model/info", get(models::info))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*id}", get(models::detail))
        .route("/v1beta/models", get(models::list))
        .route("/v1beta/models/{*id}", get(models::detail))
        .route(
            "/openapi.json",
            get(openapi::description).layer(Extension(openapi::OperatorsAt(elsewhere))),
        )
        .route("/docs", get(docs::page))
        .route(docs::READER, get(docs::reader))
        .route("/v1/pricing", get(pricing::prices))
        .route("/v1/settings", get(pricing::settings))
        .route("/v1/status", get(status::status))
        .route("/v1/user/requests", get(user::requests))
        .route("/v1/user/requests/hourly", get(user::hourly))
        .route("/v1/user/streams/kill", post(user::kill_streams))
        .route("/v1/user/key", get(keys::list).post(keys::create))
        .route("/v1/user/key/{id}", delete(keys::revoke));
    let router = match admin {
        Some(admin) => router.merge(admin_paths(admin)),
        None => router,
    };
    finished(router, gateway, None).with_inference()
}

/// The paths of the listener for operators.
pub(crate) fn admin(gateway: &Arc<Gateway>, (access, controls): Admin) -> Edge {
    let home = admin::page::home().layer(Extension(access));
    finished(admin_paths((access, controls)).merge(home), gateway, None)
}

/// The paths of the listener for scrapes.
pub(crate) fn metrics(gateway: &Arc<Gateway>, own: OwnListener) -> Edge {
    finished(metrics::routes(), gateway, Some(own))
}

fn admin_paths((access, controls): Admin) -> Router<Arc<Gateway>> {
    admin::api::routes()
        .merge(admin::page::routes())
        .route("/admin/requests", get(requests::list))
        .route("/admin/api/requests", get(requests::list))
        .route(operators::METRICS, get(metrics::for_operators))
        .layer(Extension(access))
        .layer(Extension(controls))
}

fn finished(router: Router<Arc<Gateway>>, gateway: &Arc<Gateway>, own: Option<OwnListener>) -> Edge {
    let router = router
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .fallback(absent::not_found)
        .method_not_allowed_fallback(absent::method_not_allowed)
        .with_state(Arc::clone(gateway));
    Edge::new(gateway, router, own)
}
