//! `GET /admin/api/providers`: the providers, how they are doing, and how their targets stand.

use std::collections::BTreeMap;

use axum::{Extension, Json};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::exchange::Entered;
use super::super::status;
use super::targets;

/// The endpoint.
pub(super) async fn list(Extension(entered): Extension<Entered>) -> Json<Value> {
    let snapshot = &entered.snapshot;
    let health = status::providers(snapshot, Instant::now());
    let health: BTreeMap<&str, _> = health.into_iter().map(|health| (health.name, health)).collect();
    let mut targets: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for target in targets::targets(snapshot) {
        let provider = target["provider"].as_str().unwrap_or_default().to_owned();
        targets.entry(provider).or_default().push(target);
    }
    let providers = snapshot.config.providers.iter().map(|(name, provider)| {
        let health = health.get(name.as_str());
        json!({
            "name": name,
            "adapter": provider.adapter,
            "state": if provider.off.is_none() { "on" } else { "off" },
            "reason": provider.off,
            "status": health.map(|health| health.status),
            "latency_ms": health.and_then(|health| health.latency_ms),
            "keys": targets::keys(snapshot, name),
            "targets": targets.remove(name).unwrap_or_default(),
        })
    });
    Json(json!({ "data": providers.collect::<Vec<_>>() }))
}
