//! `GET /admin/snapshot`: the snapshot in force, how its targets stand, the last rejection, and the older generations still in use.

mod targets;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::auth;
use super::exchange::Entered;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::{PluginFile, Rejection, Snapshot};
use jackfield_accounting::clock::unix_seconds;
use jackfield_config::{Auth, Secret, Voucher};

/// Who may use the admin endpoints if no admin token is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminAccess {
    /// Anyone, because only this machine can reach the listener.
    Open,
    /// Whoever may call models without a key, which is allowed on loopback only: the listener is that of clients. Web
    /// pages are kept out before (`site`).
    OfClients,
    /// Nobody: a token must be configured first, because other machines can reach the listener.
    Closed,
}

/// The endpoint. If `server.admin.token` is set, it requires `Authorization: Bearer TOKEN`.
pub(super) async fn snapshot(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    authorize(snapshot, access, &headers)?;
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
    Ok(Json(body).into_response())
}

/// Lets operators pass.
///
/// # Errors
/// `AUTHENTICATION_ERROR` without the admin token, if there is one; `NOT_FOUND` if there is none and anybody could call.
pub(super) fn authorize(snapshot: &Snapshot, access: AdminAccess, headers: &HeaderMap) -> Result<(), GatewayError> {
    match (&snapshot.config.server.admin.token, access) {
        (Some(token), _) => check(token, headers),
        (None, AdminAccess::Open) => Ok(()),
        (None, AdminAccess::OfClients) if snapshot.config.server.auth == Auth::Off => Ok(()),
        (None, AdminAccess::OfClients | AdminAccess::Closed) => {
            let message = "The operator can set server.admin.listen (such as 127.0.0.1:9090) or server.admin.token to use this endpoint.";
            Err(GatewayError::new(ErrorKind::NotFound, message))
        }
    }
}

/// Compares hashes, so that the time taken reveals nothing about the token.
pub(super) fn check(token: &Secret, headers: &HeaderMap) -> Result<(), GatewayError> {
    let sent = auth::bearer(headers).unwrap_or_default();
    if Sha256::digest(sent.as_bytes()) == Sha256::digest(token.expose().as_bytes()) {
        return Ok(());
    }
    let message = "Send the token as `Authorization: Bearer TOKEN`.";
    Err(GatewayError::new(ErrorKind::Authentication, message))
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
