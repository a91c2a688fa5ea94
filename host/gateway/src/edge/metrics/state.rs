//! What is read at the moment of a scrape: the snapshot in force, its targets and plugins, the ledger, what is in flight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::Relaxed;

use jackfield_accounting::clock::unix_seconds;

use crate::cache;
use crate::request::Gateway;
use crate::shaping::Counts;
use crate::snapshot::Snapshot;
use crate::telemetry::metrics::{Exposition, Names, families};

/// The states of a breaker.
const STATES: [&str; 3] = ["closed", "open", "half-open"];

/// The names that the configuration has.
pub(super) fn names(snapshot: &Snapshot) -> Names<'_> {
    let targets = snapshot.models.values().flat_map(|model| &model.chain.targets);
    Names {
        models: snapshot.models.keys().map(String::as_str).collect(),
        providers: snapshot.config.providers.keys().map(String::as_str).collect(),
        upstream_models: targets.map(|target| &*target.listed_model).collect(),
    }
}

pub(super) fn show(gateway: &Gateway, snapshot: &Snapshot, page: &mut Exposition) {
    show_requests(gateway, snapshot, page);
    show_targets(snapshot, page);
    show_plugins(snapshot, page);
    show_shapers(snapshot, page);
    show_cache(gateway, page);
    show_configuration(gateway, snapshot, page);
    show_ledger(gateway, page);
    show_traces(gateway, page);
    if let Some(file) = gateway.sinks.request_log() {
        page.one(families::LOG_DROPPED, file.dropped() as f64);
    }
}

fn show_requests(gateway: &Gateway, snapshot: &Snapshot, page: &mut Exposition) {
    let limit = snapshot.config.server.max_concurrent_requests;
    page.one(families::IN_FLIGHT, gateway.drain.in_flight() as f64);
    page.one(families::STREAMS_IN_FLIGHT, gateway.drain.streams() as f64);
    page.one(families::IN_FLIGHT_LIMIT, limit as f64);
    page.one(families::DRAINING, flag(gateway.drain.is_draining()));
}

fn show_targets(snapshot: &Snapshot, page: &mut Exposition) {
    let targets = snapshot.models.values().flat_map(|model| &model.chain.targets);
    let live = targets.filter(|target| target.provider.is_some());
    // Models share their targets.
    let states: BTreeMap<_, _> = live
        .map(|target| ((&*target.name, &*target.listed_model), target.breaker.state().as_str()))
        .collect();
    let samples = states.iter().flat_map(|((provider, model), current)| {
        STATES.map(|state| {
            let labels = [provider, model, state].map(str::to_owned);
            (labels, flag(state == *current))
        })
    });
    page.numbers(families::BREAKER, samples);
    let providers = snapshot.config.providers.iter();
    let on = providers.map(|(name, provider)| ([name.clone()], flag(provider.off.is_none())));
    page.numbers(families::PROVIDER_UP, on);
}

fn show_plugins(snapshot: &Snapshot, page: &mut Exposition) {
    let plugins = || snapshot.plugins.iter().map(|file| &file.plugin);
    let about = plugins().map(|plugin| {
        let labels = [plugin.name(), plugin.version(), plugin.kind()].map(str::to_owned);
        (labels, 1.0)
    });
    page.numbers(families::PLUGIN_INFO, about);
    let named: Vec<_> = plugins()
        .map(|plugin| ([plugin.name().to_owned()], plugin.pace().report()))
        .collect();
    let slow = named.iter().map(|(name, pace)| (name.clone(), flag(pace.slow)));
    page.numbers(families::PLUGIN_SLOW, slow);
    let calls = named.iter().map(|(name, pace)| (name.clone(), pace.calls as f64));
    page.numbers(families::PLUGIN_CALLS, calls);
    let time = named.iter().map(|(name, pace)| (name.clone(), pace.took.as_secs_f64()));
    page.numbers(families::PLUGIN_TIME, time);
    let faults = plugins().flat_map(|plugin| {
        let faults = plugin.strains().faults.into_iter();
        faults.map(|(fault, count)| ([plugin.name(), fault].map(str::to_owned), count as f64))
    });
    page.numbers(families::PLUGIN_FAULTS, faults);
    let memory = plugins().map(|plugin| ([plugin.name().to_owned()], plugin.strains().memory_bytes as f64));
    page.numbers(families::PLUGIN_MEMORY, memory);
    let calls = named.iter().map(|(name, pace)| (name.clone(), pace.mean.as_secs_f64()));
    page.numbers(families::PLUGIN_CALL, calls);
    let queue = named.iter().map(|(name, pace)| (name.clone(), pace.waiting as f64));
    page.numbers(families::PLUGIN_QUEUE, queue);
    let prepared = snapshot.memo.counts();
    let counts = [("kept", prepared.hits), ("anew", prepared.misses)];
    page.numbers(
        families::PREPARED,
        counts.map(|(how, count)| ([how.to_owned()], count as f64)),
    );
}

fn show_shapers(snapshot: &Snapshot, page: &mut Exposition) {
    let counts: Vec<_> = snapshot
        .shapers
        .tallies()
        .map(|(name, tally)| ([name.to_owned()], tally.counts()))
        .collect();
    let of = |number: fn(&Counts) -> f64| counts.iter().map(move |(name, counts)| (name.clone(), number(counts)));
    page.numbers(families::SHAPER_CALLS, of(|counts| counts.calls as f64));
    page.numbers(families::SHAPER_KEPT, of(|counts| counts.kept as f64));
    page.numbers(families::SHAPER_TIME, of(|counts| counts.took.as_secs_f64()));
    page.numbers(families::SHAPER_REFUSALS, of(|counts| counts.refusals as f64));
    page.numbers(families::SHAPER_FAILURES, of(|counts| counts.failures as f64));
}

fn show_cache(gateway: &Gateway, page: &mut Exposition) {
    match gateway.cache.state() {
        cache::State::Memory(kept) => {
            page.one(families::CACHE_ENTRIES, kept.entries as f64);
            page.one(families::CACHE_BYTES, kept.bytes as f64);
            page.one(families::CACHE_EVICTIONS, kept.evictions as f64);
        }
        cache::State::Redis(up, failures) => {
            page.one(families::CACHE_STORE_UP, flag(up));
            page.one(families::CACHE_FAILURES, failures as f64);
        }
    }
}

fn show_configuration(gateway: &Gateway, snapshot: &Snapshot, page: &mut Exposition) {
    let rejected = gateway.current.rejected();
    page.one(families::GENERATION, snapshot.generation as f64);
    page.one(families::BUILT, unix_seconds(snapshot.built_at) as f64);
    page.one(families::RELOAD_OK, flag(rejected.is_none()));
    if let Some(rejection) = &rejected {
        page.one(families::REJECTED_AT, unix_seconds(rejection.at) as f64);
    }
    let faults = rejected.iter().flat_map(|rejection| &rejection.faults.0);
    let files: BTreeSet<_> = faults.map(|fault| &fault.file).collect();
    page.one(families::REJECTED_FILES, files.len() as f64);
    page.one(families::OLDER, gateway.current.older().len() as f64);
    let ends = snapshot.tls.expiries().iter();
    let ends = ends.map(|end| ([end.listener.to_owned()], end.not_after as f64));
    page.numbers(families::CERTIFICATE_END, ends);
}

fn show_ledger(gateway: &Gateway, page: &mut Exposition) {
    if let Some(up) = gateway.metering.limits.is_up() {
        page.one(families::LIMITS_UP, flag(up));
    }
    if let Some((backlog, lost)) = gateway.sinks.backlog() {
        page.one(families::BACKLOG, backlog as f64);
        page.one(families::LOST, lost as f64);
    }
    if let Some((rows, _)) = gateway.sinks.set_aside() {
        page.one(families::SET_ASIDE, rows as f64);
        page.one(families::DURABLE, flag(gateway.sinks.are_durable()));
    }
}

fn show_traces(gateway: &Gateway, page: &mut Exposition) {
    let counts = gateway.traces.counts();
    let outcomes = [
        ("exported", &counts.exported),
        ("dropped", &counts.dropped),
        ("failed", &counts.failed),
    ];
    let outcomes = outcomes.map(|(outcome, count)| ([outcome.to_owned()], count.load(Relaxed) as f64));
    page.numbers(families::TRACE_SPANS, outcomes);
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
