//! `GET /v1/status`: the status of providers and models, judged by the traffic through this gateway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::entered::Entered;
use crate::routing::{BreakerState, Health, Status, Target};
use crate::snapshot::{Model, Snapshot};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger::utc;

/// The status of all providers and models. `incidents` is always empty: nobody reports them here.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Report<'a> {
    providers: Vec<ProviderStatus<'a>>,
    models: Vec<ModelStatus<'a>>,
    incidents: [String; 0],
    last_updated: String,
}

/// The status of one provider.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ProviderStatus<'a> {
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    /// The median of the last ten minutes.
    pub(super) latency_ms: Option<u64>,
}

/// The status of one model: that of the best of its targets.
#[derive(Debug, JsonSchema, Serialize)]
struct ModelStatus<'a> {
    id: &'a str,
    name: &'a str,
    tier: &'a str,
    status: &'static str,
}

/// `GET /v1/status`. Needs no credential.
pub(super) async fn status(Extension(entered): Extension<Entered>) -> Response {
    let (snapshot, now) = (&entered.snapshot, Instant::now());
    let models = snapshot.models.values().map(|model| ModelStatus {
        id: &model.id,
        name: model.config.name.as_deref().unwrap_or(&model.id),
        tier: &model.config.tier,
        status: of_model(model, now).as_str(),
    });
    let report = Report {
        providers: providers(snapshot, now),
        models: models.collect(),
        incidents: [],
        last_updated: utc(unix_millis(SystemTime::now())),
    };
    Json(report).into_response()
}

/// How the providers are doing, in the order of their names.
pub(super) fn providers(snapshot: &Snapshot, now: Instant) -> Vec<ProviderStatus<'_>> {
    let all_open = breakers(snapshot, now);
    let status = |(name, health): (&'_ String, &Arc<Health>)| {
        let open = all_open.get(name.as_str()).copied().unwrap_or(false);
        health.report(now, open)
    };
    let each = snapshot.providers.iter();
    each.map(|entry| {
        let report = status(entry);
        ProviderStatus {
            name: entry.0,
            status: report.status.as_str(),
            latency_ms: report.latency_ms,
        }
    })
    .collect()
}

/// Maps each provider to whether the breakers of all its targets are open.
fn breakers(snapshot: &Snapshot, now: Instant) -> BTreeMap<&str, bool> {
    let mut all_open = BTreeMap::new();
    let models = snapshot.models.values();
    for target in models.flat_map(|model| &model.chain.targets) {
        *all_open.entry(&*target.name).or_insert(true) &= is_open(target, now);
    }
    all_open
}

/// The providers that are down, by real requests and by health checks.
pub(super) fn providers_down(snapshot: &Snapshot, now: Instant) -> Vec<&str> {
    let all_open = breakers(snapshot, now);
    let is_down = |(name, health): &(&String, &Arc<Health>)| {
        let open = all_open.get(name.as_str()).copied().unwrap_or(false);
        health.report(now, open).status == Status::Down
    };
    let down = snapshot.providers.iter().filter(is_down);
    down.map(|(name, _)| name.as_str()).collect()
}

/// How a model is doing: as the best of its targets.
pub(super) fn of_model(model: &Model, now: Instant) -> Status {
    let targets = model.chain.targets.iter();
    // A target that is off serves nobody.
    let live = targets.filter(|target| target.provider.is_some());
    let reports = live.map(|target| target.health.report(now, is_open(target, now)).status);
    reports.max().unwrap_or(Status::Down)
}

fn is_open<P>(target: &Target<P>, now: Instant) -> bool {
    matches!(target.breaker.state(), BreakerState::Open { until } if now < until)
}
