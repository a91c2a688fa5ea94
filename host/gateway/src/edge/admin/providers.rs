//! `GET /admin/api/providers`: the providers, how they are doing, and how their targets stand.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jackfield_accounting::clock::unix_seconds;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::super::entered::Entered;
use super::super::status;
use super::snapshot::on_or_off;
use super::targets::{self, KeyStanding, TargetStanding};
use crate::routing::{Health, MinuteReport};

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
    /// How long its answers took in each of the last fifteen minutes, the one that runs last.
    minutes: Vec<MinuteShown>,
    /// Its keys by number; `null` unless it has several.
    keys: Option<Vec<KeyStanding>>,
    targets: Vec<TargetStanding<'a>>,
}

/// How long the answers of one minute took. Of a stream, its first content counts.
#[derive(Debug, JsonSchema, Serialize)]
struct MinuteShown {
    /// When it began, in seconds since 1970.
    at: u64,
    answers: u64,
    /// The median; `null` without answers.
    p50_ms: Option<u64>,
    /// What 95 of 100 answers stayed below.
    p95_ms: Option<u64>,
}

/// The endpoint.
pub(super) async fn list(Extension(entered): Extension<Entered>) -> Response {
    let (snapshot, now) = (&entered.snapshot, Instant::now());
    let health = status::providers(snapshot, now);
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
            minutes: snapshot
                .providers
                .get(name)
                .map(|health| minutes(health, now))
                .unwrap_or_default(),
            keys: targets::keys(snapshot, name),
            targets: standing.remove(name.as_str()).unwrap_or_default(),
        }
    });
    let data = providers.collect();
    Json(ProviderList { data }).into_response()
}

fn minutes(health: &Health, now: Instant) -> Vec<MinuteShown> {
    let wall = SystemTime::now();
    let shown = |minute: MinuteReport| MinuteShown {
        at: unix_seconds(wall.checked_sub(minute.began).unwrap_or(UNIX_EPOCH)),
        answers: minute.answers,
        p50_ms: minute.percentiles.map(|(median, _)| median),
        p95_ms: minute.percentiles.map(|(_, most)| most),
    };
    health.minutes(now).into_iter().map(shown).collect()
}
