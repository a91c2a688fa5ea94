//! How the targets stand: their breakers, and the pauses that their upstreams asked for.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jackfield_accounting::clock::{millis, unix_seconds};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::routing::{BreakerState, Load, Target};
use crate::snapshot::Snapshot;

/// One entry per target of a provider that is on, ordered by provider and model. Models share their targets.
pub(super) fn targets(snapshot: &Snapshot) -> Vec<Value> {
    let now = Instant::now();
    let models = snapshot.models.values();
    let targets = models.flat_map(|model| &model.chain.targets);
    let live = targets.filter(|target| target.provider.is_some());
    let named: BTreeMap<_, _> = live.map(|target| ((&*target.name, &*target.model), target)).collect();
    named.into_values().map(|target| entry(target, now)).collect()
}

/// How the keys of a provider with several stand, each by its number; `None` for other providers.
pub(super) fn keys(snapshot: &Snapshot, provider: &str) -> Option<Vec<Value>> {
    let models = snapshot.models.values();
    let mut targets = models.flat_map(|model| &model.chain.targets);
    let target = targets.find(|target| &*target.name == provider)?;
    let credentials = &target.provider.as_ref()?.credentials;
    if credentials.single().is_some() {
        return None;
    }
    let rests = credentials.rests(Instant::now()).zip(1..);
    let entry = |(rest, number): (Option<Duration>, usize)| {
        json!({
            "key": number,
            "state": if rest.is_none() { "in use" } else { "left out" },
            "until": rest.map(|rest| unix_seconds(SystemTime::now() + rest)),
        })
    };
    Some(rests.map(entry).collect())
}

/// How long its replies take of late; `None` for those of which there were none.
fn latencies(load: &Load) -> Value {
    let of = |stream| load.latency(stream).map(millis);
    json!({ "stream": of(true), "whole": of(false) })
}

fn entry<P>(target: &Target<P>, now: Instant) -> Value {
    let state = target.breaker.state();
    let (failures, until) = match state {
        BreakerState::Closed { failures } => (Some(failures.failures()), None),
        BreakerState::Open { until } | BreakerState::HalfOpen { until } => (None, Some(until)),
    };
    let seconds = |until: Instant| until.saturating_duration_since(now).as_secs_f64().ceil();
    json!({
        "provider": &*target.name,
        "model": &*target.model,
        "state": state.as_str(),
        "consecutive_failures": failures,
        "until": until.map(|until| unix_seconds(SystemTime::now() + until.saturating_duration_since(now))),
        "retry_after": target.pause.until(now).map(seconds),
        "in_flight": target.load.as_ref().map(|load| load.in_flight()),
        "latency_ms": target.load.as_ref().map(|load| latencies(load)),
    })
}
