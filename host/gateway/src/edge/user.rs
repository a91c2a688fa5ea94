//! `/v1/user/requests`, `/v1/user/requests/hourly` and `/v1/user/streams/kill`: a user's quota and streams.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::auth;
use super::entered::Entered;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::admission;
use jackfield_accounting::callers::Caller;
use jackfield_accounting::limits::{Quota, Usage};

/// What the user has used and has left. Without a limit, both the limit and the remainder are 0.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Used {
    requests_used_today: u64,
    requests_limit_today: u64,
    requests_remaining_today: u64,
    requests_used_this_hour: u64,
    requests_limit_this_hour: u64,
    requests_remaining_this_hour: u64,
    requests_used_this_minute: u64,
    requests_limit_per_minute: u64,
    requests_remaining_this_minute: u64,
    plan_tier: String,
}

/// The quota of the current hour.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Hourly {
    limit: u64,
    used: u64,
    remaining: u64,
    plan_tier: String,
}

/// How many streams were killed.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Killed {
    killed_streams: u64,
}

/// `GET /v1/user/requests`.
pub(super) async fn requests(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let (caller, quota, usage) = used(&gateway, &entered, &headers).await?;
    let (today, hour, minute) = (quota.per_day, quota.per_hour, quota.per_minute);
    let used = Used {
        requests_used_today: usage.day,
        requests_limit_today: today.unwrap_or(0),
        requests_remaining_today: remaining(today, usage.day),
        requests_used_this_hour: usage.hour,
        requests_limit_this_hour: hour.unwrap_or(0),
        requests_remaining_this_hour: remaining(hour, usage.hour),
        requests_used_this_minute: usage.minute,
        requests_limit_per_minute: minute.unwrap_or(0),
        requests_remaining_this_minute: remaining(minute, usage.minute),
        plan_tier: tier(&caller.plan),
    };
    Ok(Json(used).into_response())
}

/// `GET /v1/user/requests/hourly`.
pub(super) async fn hourly(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let (caller, quota, usage) = used(&gateway, &entered, &headers).await?;
    let hourly = Hourly {
        limit: quota.per_hour.unwrap_or(0),
        used: usage.hour,
        remaining: remaining(quota.per_hour, usage.hour),
        plan_tier: tier(&caller.plan),
    };
    Ok(Json(hourly).into_response())
}

/// `POST /v1/user/streams/kill`: kills every running stream of the user, on this node at once and on others within a
/// second.
pub(super) async fn kill_streams(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let (caller, _, usage) = used(&gateway, &entered, &headers).await?;
    let here = gateway.metering.streams.kill(&caller.user) as u64;
    if let Some(directory) = &gateway.directory {
        let told = directory.kill_streams(&caller.user, SystemTime::now()).await;
        told.map_err(|error| {
            let message = "Streams on other nodes could not be killed; try again.";
            GatewayError::new(ErrorKind::Overloaded, message).because(error)
        })?;
    }
    // Counters shared by all nodes include streams that run elsewhere.
    let killed_streams = here.max(usage.streams);
    Ok(Json(Killed { killed_streams }).into_response())
}

async fn used(
    gateway: &Gateway,
    entered: &Entered,
    headers: &HeaderMap,
) -> Result<(Arc<Caller>, Quota, Usage), GatewayError> {
    let caller = user(gateway, entered, headers).await?;
    let quota = admission::quota(entered.snapshot.config.plans.get(&*caller.plan));
    let usage = gateway.metering.limits.usage(&caller.user, SystemTime::now()).await;
    let usage = usage.map_err(|unavailable| {
        let message = "The counters cannot be reached at the moment; try again.";
        GatewayError::new(ErrorKind::Overloaded, message).because(unavailable)
    })?;
    Ok((caller, quota, usage))
}

/// The caller. An error if authentication is off, because then nothing is counted per user.
async fn user(gateway: &Gateway, entered: &Entered, headers: &HeaderMap) -> Result<Arc<Caller>, GatewayError> {
    let caller = auth::required(gateway, &entered.snapshot, headers).await?;
    caller.ok_or_else(|| {
        let message = "Authentication is off, so there are no users.";
        GatewayError::new(ErrorKind::Authentication, message)
    })
}

fn remaining(limit: Option<u64>, used: u64) -> u64 {
    limit.unwrap_or(0).saturating_sub(used)
}

/// A plan's display name: `Premium` for `premium`.
pub(super) fn tier(plan: &str) -> String {
    let mut letters = plan.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
