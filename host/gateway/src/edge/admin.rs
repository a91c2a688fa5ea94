//! What operators see and change: `GET /admin/snapshot`, and the API below `/admin/api`.
//!
//! Reading order: [`api`] is the table of paths; [`snapshot`], [`providers`], [`models`], [`live`], [`usage`], [`export`] and
//! [`audit`] tell; [`users`] and [`keys`] change accounts, by way of [`accounts`]; [`plugins`] changes what is in the folder
//! (by a [`plugin_change`]), [`operate`] the process, and [`playground`] sends a request. [`page`] is what shows all that.
//! [`shapes`] lists what is sent, for the description.

mod accounts;
pub(super) mod api;
mod audit;
mod export;
mod key_terms;
mod keys;
mod live;
mod models;
mod operate;
pub(super) mod page;
mod playground;
mod plugin_change;
mod plugins;
mod providers;
pub(super) mod shapes;
mod targets;
mod usage;
mod users;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::exchange::Entered;
use crate::request::Gateway;
use crate::snapshot::{PluginFile, Rejection, Snapshot};
use jackfield_accounting::clock::unix_seconds;
use jackfield_config::Voucher;

pub(crate) use operate::Controls;

/// `GET /admin/snapshot`: the snapshot in force, how its targets stand, the last rejection, and the older generations still
/// in use.
async fn snapshot(State(gateway): State<Arc<Gateway>>, Extension(entered): Extension<Entered>) -> Response {
    let snapshot = &entered.snapshot;
    let prepared = snapshot.memo.counts();
    let body = json!({
        "generation": snapshot.generation,
        "digest": snapshot.digest,
        "built_at": unix_seconds(snapshot.built_at),
        "plugins": plugins(snapshot),
        "shapers": shapers(snapshot),
        "providers": providers(snapshot),
        "prepared": {
            "kept": prepared.hits,
            "anew": prepared.misses,
        },
        "models": snapshot.models.len(),
        "targets": targets::targets(snapshot),
        "ledger": gateway.sinks.set_aside().map(|(rows, file)| json!({
            "rows_set_aside": rows,
            "file": (rows > 0).then_some(file),
        })),
        "warnings": snapshot.warnings,
        "rejected": gateway.current.rejected().map(|rejection| rejected(&rejection)),
        "older_generations": gateway.current.older(),
        "requests_under_way": gateway.drain.in_flight(),
    });
    Json(body).into_response()
}

fn plugins(snapshot: &Snapshot) -> Vec<Value> {
    let used = |file: &PluginFile| {
        let (config, name) = (&snapshot.config, file.plugin.name());
        let as_adapter = config.providers.values().any(|provider| provider.adapter == name);
        let as_shaper = config
            .shapers
            .values()
            .any(|shaper| shaper.plugin.as_deref() == Some(name));
        match file.plugin.adapter() {
            Some(_) => as_adapter,
            None => as_shaper,
        }
    };
    let one = |file: &PluginFile| {
        let pace = file.plugin.pace().report();
        json!({
            "name": file.plugin.name(),
            "kind": file.plugin.kind(),
            "version": file.plugin.version(),
            "file": file.path,
            "sha256": file.plugin.sha256(),
            "vouched_by": file.voucher.as_ref().map(vouched_by),
            "isolation": format!("{:?}", file.plugin.limits().isolation).to_lowercase(),
            "pace": {
                "slow": pace.slow,
                "call_ms": (pace.mean.as_secs_f64() * 1e6).round() / 1e3,
                "waiting": pace.waiting,
            },
            "calls": pace.calls,
            "faults": file.plugin.strains().faults.into_iter().collect::<BTreeMap<_, _>>(),
            "memory_bytes": file.plugin.strains().memory_bytes,
            "state": if used(file) { "active" } else { "unused" },
        })
    };
    snapshot.plugins.iter().map(one).collect()
}

/// What speaks for a plugin's content: `pin`, `source`, or the public key that signed it.
fn vouched_by(voucher: &Voucher) -> &str {
    match voucher {
        Voucher::Pin => "pin",
        Voucher::Source => "source",
        Voucher::Signature(key) => key,
    }
}

/// The shapers in the order of their names, and why one of them is not in force.
fn shapers(snapshot: &Snapshot) -> Vec<Value> {
    let lost: BTreeMap<&str, &str> = snapshot.shapers.lost().collect();
    let configured = snapshot.config.shapers.iter();
    configured
        .map(|(name, shaper)| {
            let reason = lost.get(name.as_str());
            let state = if reason.is_none() { "on" } else { "off" };
            json!({ "name": name, "plugin": shaper.plugin, "everywhere": shaper.everywhere, "state": state, "reason": reason })
        })
        .collect()
}

fn providers(snapshot: &Snapshot) -> Vec<Value> {
    let providers = snapshot.config.providers.iter();
    providers
        .map(|(name, provider)| {
            let state = if provider.off.is_none() { "on" } else { "off" };
            let keys = targets::keys(snapshot, name);
            json!({ "name": name, "adapter": provider.adapter, "state": state, "reason": provider.off, "keys": keys })
        })
        .collect()
}

fn rejected(rejection: &Rejection) -> Value {
    let faults = rejection.faults.0.iter().map(|fault| {
        json!({
            "file": fault.file, "line": fault.line, "column": fault.column,
            "field": fault.field, "message": fault.problem, "remedy": fault.remedy,
        })
    });
    json!({ "at": unix_seconds(rejection.at), "faults": faults.collect::<Vec<_>>() })
}
