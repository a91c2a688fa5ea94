//! `GET /readyz?deep=1`: what this process depends on, part by part.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use tokio::time::Instant;

use super::error_form::ERROR_CODE;
use super::query::parameters;
use super::status;
use crate::cache;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_config::{Auth, OnUnavailable, OnUnwritable};

/// The whole, and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// All is well.
    Ready,
    /// Requests are served, but with something missing.
    Degraded,
    /// Requests are refused.
    Unready,
}

/// The answer. A part is `ok`, or says what is wrong.
#[derive(Debug, Serialize)]
struct Readiness<'a> {
    status: State,
    generation: u64,
    draining: bool,
    journal: &'static str,
    database: &'static str,
    limits: &'static str,
    cache: &'static str,
    batches: &'static str,
    /// Files that were changed and not accepted.
    rejected: bool,
    providers_off: Vec<&'a str>,
    providers_down: Vec<&'a str>,
}

/// Whether the query asks for the parts.
///
/// # Errors
/// If it cannot be decoded.
pub(super) fn is_deep(query: &str) -> Result<bool, GatewayError> {
    let deep = |(name, value): &(String, String)| name == "deep" && matches!(value.as_str(), "" | "1" | "true");
    Ok(parameters(query)?.iter().any(deep))
}

/// 200 if requests are served, even if something is missing; 503 if they are refused.
pub(super) fn report(gateway: &Arc<Gateway>, snapshot: &Snapshot) -> Response {
    let parts = [
        if gateway.drain.is_draining() {
            State::Unready
        } else {
            State::Ready
        },
        journal(gateway, snapshot),
        database(gateway),
        limits(gateway, snapshot),
        cache(gateway.cache.state()),
        batches(gateway),
    ];
    let providers = snapshot.config.providers.iter();
    let off = providers.filter(|(_, provider)| provider.off.is_some());
    let down = status::providers_down(snapshot, Instant::now());
    let rejected = gateway.current.rejected().is_some();
    let missing = if rejected || !down.is_empty() {
        State::Degraded
    } else {
        State::Ready
    };
    let status = parts.into_iter().fold(missing, Ord::max);
    let body = Readiness {
        status,
        generation: snapshot.generation,
        draining: gateway.drain.is_draining(),
        journal: word(parts[1], "full: rows wait in memory"),
        database: word(
            parts[2],
            "unreachable: known callers are served for a while, rows wait in the journal",
        ),
        limits: word(parts[3], "unreachable"),
        cache: word(parts[4], "unreachable: requests are served without it"),
        batches: word(
            parts[5],
            "another process has their folder: /v1/files and /v1/batches wait for it",
        ),
        rejected,
        providers_off: off.map(|(name, _)| name.as_str()).collect(),
        providers_down: down,
    };
    if status == State::Unready {
        // With a code of its own, the body stays what it is.
        let code = [(ERROR_CODE, ErrorKind::Overloaded.code())];
        return (StatusCode::SERVICE_UNAVAILABLE, code, Json(body)).into_response();
    }
    Json(body).into_response()
}

fn word(part: State, wrong: &'static str) -> &'static str {
    if part == State::Ready { "ok" } else { wrong }
}

/// The journal has no room: that refuses requests unless the configuration says otherwise.
fn journal(gateway: &Gateway, snapshot: &Snapshot) -> State {
    match snapshot.config.storage.on_unavailable {
        _ if gateway.sinks.are_durable() => State::Ready,
        OnUnwritable::Deny => State::Unready,
        OnUnwritable::Allow => State::Degraded,
    }
}

fn database(gateway: &Gateway) -> State {
    let directory = gateway.directory.as_ref();
    if directory.is_none_or(|directory| directory.is_reachable()) {
        State::Ready
    } else {
        State::Degraded
    }
}

/// Another process is leaving the folder of files and batches, or shares it by mistake.
fn batches(gateway: &Gateway) -> State {
    if gateway.awaits_batches.load(Ordering::Relaxed) {
        State::Degraded
    } else {
        State::Ready
    }
}

/// The shared counters are away: that refuses requests unless the configuration says otherwise, or counts for nobody.
fn limits(gateway: &Gateway, snapshot: &Snapshot) -> State {
    let counts = snapshot.config.server.auth != Auth::Off;
    match snapshot.config.limits.on_unavailable {
        _ if gateway.metering.limits.are_reachable() => State::Ready,
        OnUnavailable::Deny if counts => State::Unready,
        OnUnavailable::Deny | OnUnavailable::Allow => State::Degraded,
    }
}

/// The Redis of the response cache is away: then nothing is kept, and every request is served by an upstream.
fn cache(state: cache::State) -> State {
    match state {
        cache::State::Redis(false, _) => State::Degraded,
        cache::State::Redis(true, _) | cache::State::Memory(_) => State::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_cache_that_is_away_refuses_nothing() {
        assert_eq!(cache(cache::State::Redis(false, 7)), State::Degraded);
        assert_eq!(cache(cache::State::Redis(true, 7)), State::Ready);
    }

    #[test]
    fn the_parts_are_asked_for_in_the_query() {
        for (query, deep) in [("", false), ("deep=1", true), ("a=b&deep", true), ("deep=0", false)] {
            assert_eq!(is_deep(query).unwrap(), deep, "{query}");
        }
        assert!(is_deep("deep=%zz").is_err());
    }

    #[test]
    fn the_worst_part_decides() {
        assert_eq!(State::Degraded.max(State::Unready), State::Unready);
        assert_eq!(word(State::Degraded, "gone"), "gone");
    }
}
