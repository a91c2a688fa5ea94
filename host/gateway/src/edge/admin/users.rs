//! `/admin/api/users`: lists, adds, changes and removes users; `/admin/api/plans`: what they may have.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Path, Request, State};
use axum::{Extension, Json};
use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::entered::Entered;
use super::account_change::AccountChange;
use super::accounts::{check_plan, directory, of_store};
use super::listing::Asked;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::as_credits;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::ledger::utc;
use jackfield_accounting::store::{Store, StoreError, User};

/// A credit has so many micro-credits.
const MICRO: f64 = 1e6;

/// A user.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct UserShown {
    id: String,
    plan: String,
    /// What they may still spend; negative if they owe.
    credits: f64,
    created_at: String,
    /// Since when their requests are refused, if they are.
    disabled_at: Option<String>,
}

/// Users, by id.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct UserList {
    data: Vec<UserShown>,
    /// Whether there are more than were asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// A plan of the configuration.
#[derive(Debug, JsonSchema, Serialize)]
struct PlanShown {
    name: String,
    tiers: Vec<String>,
    per_day: Option<u64>,
    per_hour: Option<u64>,
    per_minute: Option<u64>,
    concurrent_streams: Option<u64>,
    overdraft: bool,
}

/// The plans of the configuration.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct PlanList {
    data: Vec<PlanShown>,
}

/// The user to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct NewUser {
    /// Any name you like, or the `sub` of their access tokens.
    id: String,
    /// A plan of the configuration.
    plan: String,
    /// What they have at the beginning. Default 0.
    #[serde(default)]
    credits: f64,
}

/// What is to be changed of a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct UserChange {
    /// Their plan from now on.
    plan: Option<String>,
    /// Whether their requests are refused from now on.
    disabled: Option<bool>,
}

/// What is added to a balance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct Addition {
    /// In credits; negative to take some away.
    amount: f64,
}

/// What became of a removed user.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct RemovedUser {
    revoked_keys: u64,
}

/// `GET /admin/api/plans`.
pub(super) async fn plans(Extension(entered): Extension<Entered>) -> Json<PlanList> {
    let plans = entered.snapshot.config.plans.iter();
    let shown = plans.map(|(name, plan)| PlanShown {
        name: name.clone(),
        tiers: plan.tiers.clone(),
        per_day: plan.limits.per_day,
        per_hour: plan.limits.per_hour,
        per_minute: plan.limits.per_minute,
        concurrent_streams: plan.limits.concurrent_streams,
        overdraft: plan.overdraft,
    });
    Json(PlanList { data: shown.collect() })
}

/// `GET /admin/api/users`.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Json<UserList>, GatewayError> {
    let asked = Asked::of(&uri, &["search", "limit"])?;
    let mut users = directory(&gateway)?.store().users().await.map_err(of_store)?;
    users.retain(|user| asked.finds(&[&user.id, &user.plan]));
    let more = asked.cut(&mut users);
    let data = users.into_iter().map(UserShown::from).collect();
    Ok(Json(UserList { data, more }))
}

/// `POST /admin/api/users`.
pub(super) async fn add(change: AccountChange, request: Request) -> Result<Json<UserShown>, GatewayError> {
    let example = r#"{"id": "ada", "plan": "free", "credits": 10}"#;
    let (store, new) = change.asked::<NewUser>(request, example).await?;
    check_plan(change.snapshot(), &new.plan)?;
    let credits = micro_credits(new.credits)?;
    let added = store
        .add_user(&new.id, &new.plan, credits, now())
        .await
        .map_err(of_store)?;
    change.note(Deed::user_added(&added)).await;
    Ok(Json(added.into()))
}

/// `PATCH /admin/api/users/{id}`.
pub(super) async fn change(
    change: AccountChange,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<UserShown>, GatewayError> {
    let example = r#"{"plan": "max", "disabled": false}"#;
    let (store, wanted) = change.asked::<UserChange>(request, example).await?;
    let before = existing(store, &id).await?;
    if let Some(plan) = &wanted.plan {
        check_plan(change.snapshot(), plan)?;
        store.set_plan(&id, plan).await.map_err(of_store)?;
    }
    if let Some(disabled) = wanted.disabled {
        store.set_disabled(&id, disabled, now()).await.map_err(of_store)?;
    }
    change.directory()?.learn().await;
    let after = existing(store, &id).await?;
    change.note(Deed::user_changed(&before, &after)).await;
    Ok(Json(after.into()))
}

/// `POST /admin/api/users/{id}/credits`.
pub(super) async fn add_credits(
    change: AccountChange,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<UserShown>, GatewayError> {
    let (store, Addition { amount }) = change.asked(request, r#"{"amount": 12.5}"#).await?;
    let amount = micro_credits(amount)?;
    let balance = store.add_credits(&id, amount).await.map_err(of_store)?;
    change.note(Deed::credits_added(&id, amount, balance)).await;
    Ok(Json(existing(store, &id).await?.into()))
}

/// `DELETE /admin/api/users/{id}`.
pub(super) async fn remove(change: AccountChange, Path(id): Path<String>) -> Result<Json<RemovedUser>, GatewayError> {
    let store = change.directory()?.store();
    let before = existing(store, &id).await?;
    let revoked_keys = store.remove_user(&id, now()).await.map_err(of_store)?;
    change.directory()?.learn().await;
    change.note(Deed::user_removed(&before, revoked_keys)).await;
    Ok(Json(RemovedUser { revoked_keys }))
}

async fn existing(store: &Store, id: &str) -> Result<User, GatewayError> {
    let user = store.user(id).await.map_err(of_store)?;
    user.ok_or_else(|| {
        let (what, id) = ("user", id.to_owned());
        of_store(StoreError::NotFound { what, id })
    })
}

/// The amount in micro-credits; the database refuses one that is too large.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is far within the range, by the check"
)]
pub(super) fn micro_credits(credits: f64) -> Result<i64, GatewayError> {
    let amount = (credits * MICRO).round();
    if amount.abs() < 1e18 {
        return Ok(amount as i64);
    }
    let message = "credits: use an amount of at most 1000000000 credits";
    Err(GatewayError::new(ErrorKind::InvalidRequest, message))
}

fn now() -> i64 {
    unix_millis(SystemTime::now())
}

// === impl UserShown ===

impl From<User> for UserShown {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            plan: user.plan,
            credits: as_credits(user.balance),
            created_at: utc(user.created_at),
            disabled_at: user.disabled_at.map(utc),
        }
    }
}
