//! `GET /admin/api/providers`: the providers, how they are doing, and how their targets stand.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::super::exchange::Entered;
use super::super::status;
use super::snapshot::on_or_off;
use super::targets::{self, KeyStanding, TargetStanding};

/// The providers of the configuration, in the order of their names.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct ProviderList<'a> {
    data: Vec<ProviderShown<'a>>,
}

/// A provider.
#[derive(Debug, JsonSchema, Serialize)]
struct ProviderShown<'a> {
    name: &'a str,
    adapter: &'a str,
    /// `on` or `off`.
    state: &'static str,
    /// Why it is off.
    reason: Option<&'a str>,
    /// Judged by its traffic, as in `/v1/status`; `null` if no model uses it.
    status: Option<&'static str>,
    /// The median of the last ten minutes.
    latency_ms: Option<u64>,
    /// Its keys by number; `null` unless it has several.
    keys: Option<Vec<KeyStanding>>,
    targets: Vec<TargetStanding<'a>>,
}

/// The endpoint.
pub(super) async fn list(Extension(entered): Extension<Entered>) -> Response {
    let snapshot = &entered.snapshot;
    let health = status::providers(snapshot, Instant::now());
    let health: BTreeMap<&str, _> = health.into_iter().map(|health| (health.name, health)).collect();
    let mut standing: BTreeMap<&str, Vec<TargetStanding<'_>>> = BTreeMap::new();
    for target in targets::targets(snapshot) {
        standing.entry(target.provider).or_default().push(target);
    }
    let providers = snapshot.config.providers.iter().map(|(name, provider)| {
        let health = health.get(name.as_str());
        ProviderShown {
            name,
            adapter: &provider.adapter,
            state: on_or_off(provider.off.as_deref()),
            reason: provider.off.as_deref(),
            status: health.map(|health| health.status),
            latency_ms: health.and_then(|health| health.latency_ms),
            keys: targets::keys(snapshot, name),
            targets: standing.remove(name.as_str()).unwrap_or_default(),
        }
    });
    let data = providers.collect();
    Json(ProviderList { data }).into_response()
}
