//! How the targets stand: their breakers, and the pauses that their upstreams asked for.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jackfield_accounting::clock::{millis, unix_seconds};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use crate::routing::{BreakerState, Load, Target};
use crate::snapshot::Snapshot;

/// How a target stands.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TargetStanding<'a> {
    pub(super) provider: &'a str,
    /// The upstream's name for it.
    model: &'a str,
    /// Of its breaker: `closed`, `open`, or `half-open` while one request probes it.
    state: &'static str,
    /// While the breaker is closed.
    consecutive_failures: Option<f64>,
    /// When the next request may pass, in seconds since 1970, unless the breaker is closed.
    until: Option<u64>,
    /// How many seconds the upstream wants to be left alone.
    retry_after: Option<f64>,
    /// Only of targets of steps that choose by load.
    in_flight: Option<usize>,
    /// Only of targets of steps that choose by load.
    latency_ms: Option<Latencies>,
}

/// How long replies take of late, in milliseconds; `null` if there were none.
#[derive(Debug, JsonSchema, Serialize)]
struct Latencies {
    /// Until the first content of a stream.
    stream: Option<u64>,
    whole: Option<u64>,
}

/// How one of several keys of a provider stands.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct KeyStanding {
    /// Its place in the list, from 1.
    key: usize,
    /// `in use` or `left out`.
    state: &'static str,
    /// Until when it is left out, in seconds since 1970.
    until: Option<u64>,
}

/// One entry per target of a provider that is on, ordered by provider and model. Models share their targets.
pub(super) fn targets(snapshot: &Snapshot) -> Vec<TargetStanding<'_>> {
    let now = Instant::now();
    let models = snapshot.models.values();
    let targets = models.flat_map(|model| &model.chain.targets);
    let live = targets.filter(|target| target.provider.is_some());
    let named: BTreeMap<_, _> = live.map(|target| ((&*target.name, &*target.model), target)).collect();
    named.into_values().map(|target| standing(target, now)).collect()
}

/// How the keys of a provider with several stand, each by its number; `None` for other providers.
pub(super) fn keys(snapshot: &Snapshot, provider: &str) -> Option<Vec<KeyStanding>> {
    let models = snapshot.models.values();
    let mut targets = models.flat_map(|model| &model.chain.targets);
    let target = targets.find(|target| &*target.name == provider)?;
    let credentials = &target.provider.as_ref()?.credentials;
    if credentials.single().is_some() {
        return None;
    }
    let rests = credentials.rests(Instant::now()).zip(1..);
    let standing = |(rest, key): (Option<Duration>, usize)| KeyStanding {
        key,
        state: if rest.is_none() { "in use" } else { "left out" },
        until: rest.map(|rest| unix_seconds(SystemTime::now() + rest)),
    };
    Some(rests.map(standing).collect())
}

fn standing<P>(target: &Target<P>, now: Instant) -> TargetStanding<'_> {
    let state = target.breaker.state();
    let (failures, until) = match state {
        BreakerState::Closed { failures } => (Some(failures.failures()), None),
        BreakerState::Open { until } | BreakerState::HalfOpen { until } => (None, Some(until)),
    };
    let seconds = |until: Instant| until.saturating_duration_since(now).as_secs_f64().ceil();
    TargetStanding {
        provider: &target.name,
        model: &target.model,
        state: state.as_str(),
        consecutive_failures: failures,
        until: until.map(|until| unix_seconds(SystemTime::now() + until.saturating_duration_since(now))),
        retry_after: target.pause.until(now).map(seconds),
        in_flight: target.load.as_ref().map(|load| load.in_flight()),
        latency_ms: target.load.as_ref().map(|load| latencies(load)),
    }
}

fn latencies(load: &Load) -> Latencies {
    let of = |stream| load.latency(stream).map(millis);
    Latencies {
        stream: of(true),
        whole: of(false),
    }
}
