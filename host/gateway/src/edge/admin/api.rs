//! The paths of operators, by the role that each of them needs.

use std::panic::resume_unwind;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Extension, Json, Router};
use jackfield_config::AdminRole;
use schemars::JsonSchema;
use serde::Serialize;

use super::{audit, export, keys, live, models, operate, playground, plugins, providers, snapshot, usage, users};
use crate::edge::entered::Entered;
use crate::edge::operators::{self, AdminAccess, Operator};
use crate::error::{ErrorKind, GatewayError};
use crate::fairness::Fair;
use crate::request::Gateway;

/// Who asks, and what they may do.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct Me {
    name: String,
    roles: Vec<AdminRole>,
    /// The version of the gateway.
    version: &'static str,
}

/// The paths. They find the operator themselves, and need to know whom the listener lets in.
pub(in crate::edge) fn routes() -> Router<Arc<Gateway>> {
    let guarded = |router: Router<Arc<Gateway>>, role: AdminRole| router.route_layer(from_fn_with_state(role, enter));
    guarded(reading(), AdminRole::Read)
        .merge(guarded(accounts(), AdminRole::Accounts))
        .merge(guarded(operating(), AdminRole::Operate))
}

fn reading() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/admin/snapshot", get(snapshot::show))
        .route("/admin/api/me", get(me))
        .route("/admin/api/snapshot", get(snapshot::show))
        .route("/admin/api/providers", get(providers::list))
        .route("/admin/api/models", get(models::list))
        .route("/admin/api/live", get(live::list))
        .route("/admin/api/usage", get(usage::report))
        .route("/admin/api/export/requests", get(export::requests))
        .route("/admin/api/export/days", get(export::sums))
        .route("/admin/api/plans", get(users::plans))
        .route("/admin/api/users", get(users::list))
        .route("/admin/api/keys", get(keys::list))
        .route("/admin/api/plugins/{name}/versions", get(plugins::versions))
        .route("/admin/api/audit", get(audit::list))
        // It may do what the holder of its key may.
        .route("/admin/api/playground", post(playground::send))
}

fn accounts() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/admin/api/users", post(users::add))
        .route("/admin/api/users/{id}", patch(users::change).delete(users::remove))
        .route("/admin/api/users/{id}/credits", post(users::add_credits))
        .route("/admin/api/keys", post(keys::create))
        .route("/admin/api/keys/{id}", patch(keys::change).delete(keys::revoke))
}

fn operating() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/admin/api/live/{number}/end", post(live::end))
        .route("/admin/api/plugins/{name}", put(plugins::upload))
        .route("/admin/api/plugins/{name}/rollback", post(plugins::rollback))
        .route("/admin/api/reload", post(operate::reload))
        .route("/admin/api/drain", post(operate::drain))
}

/// Lets operators pass who have this role, as the extension [`Operator`].
async fn enter(
    State(role): State<AdminRole>,
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
    mut request: Request,
    next: Next,
) -> Result<Response, GatewayError> {
    let operator = operators::authorize(&entered.snapshot.config, access, request.headers())?;
    operator.check(role)?;
    request.extensions_mut().insert(operator);
    let work = next.run(request);
    Ok(if role == AdminRole::Read {
        work.await
    } else {
        carried_out(work).await
    })
}

/// Runs a change to its end and into the audit log, even if whoever asked for it hangs up.
#[expect(
    clippy::disallowed_methods,
    reason = "its body, the database and the trial of a plugin have their deadlines; a drain leaves it the time of its connection"
)]
async fn carried_out(work: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(Fair::within(work)).await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(cut) => GatewayError::new(ErrorKind::Overloaded, "The gateway is shutting down.")
                .because(cut)
                .into_response(),
        },
    }
}

/// `GET /admin/api/me`.
async fn me(Extension(operator): Extension<Operator>) -> Json<Me> {
    Json(Me {
        name: operator.name.to_string(),
        roles: operator.roles,
        version: env!("CARGO_PKG_VERSION"),
    })
}
