//! `GET /admin/snapshot`: the snapshot in force, how its targets stand, the last rejection, and the older generations still in
//! use.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jackfield_accounting::clock::unix_seconds;
use jackfield_config::{Isolation, Voucher};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::entered::Entered;
use super::rejected::Rejected;
use super::targets::{KeyStanding, TargetStanding, keys, targets};
use crate::request::Gateway;
use crate::snapshot::{PluginFile, Snapshot};

/// What is in force, and what was rejected and why.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct SnapshotShown<'a> {
    /// The number of this snapshot: the first one is 1.
    generation: u64,
    /// The SHA-256 of all files that it was read from.
    digest: &'a str,
    /// When it was built, in seconds since 1970.
    built_at: u64,
    /// The files of its configuration, those that values refer to included. Those of plugins stand with these.
    files: Vec<String>,
    plugins: Vec<PluginShown<'a>>,
    /// In the order of their names.
    shapers: Vec<ShaperShown<'a>>,
    /// In the order of their names.
    providers: Vec<ProviderInForce<'a>>,
    prepared: Prepared,
    /// How many there are.
    models: usize,
    /// Those of providers that are on, by provider and model. Models share their targets.
    targets: Vec<TargetStanding<'a>>,
    /// `null` without a database.
    ledger: Option<LedgerShown>,
    warnings: &'a [String],
    /// The last change that was rejected; `null` once the files match what is in force again.
    rejected: Option<Rejected>,
    /// The older generations that still serve requests.
    older_generations: Vec<u64>,
    /// How many requests are in flight.
    requests_under_way: usize,
}

/// A plugin in force.
#[derive(Debug, JsonSchema, Serialize)]
struct PluginShown<'a> {
    name: &'a str,
    /// `adapter` or `shaper`.
    kind: &'static str,
    version: &'a str,
    /// The file or the source that it came from.
    file: String,
    sha256: &'a str,
    /// What speaks for its content: `pin`, `source`, or the public key that signed it; `null` if nothing that is trusted does.
    vouched_by: Option<&'a str>,
    isolation: Isolation,
    pace: PluginPace,
    /// How many calls there were since it was loaded.
    calls: u64,
    /// How many of them the sandbox ended, by the kind of error.
    faults: BTreeMap<&'static str, u64>,
    /// The most memory that one instance had.
    memory_bytes: usize,
    /// `active`, or `unused` if nothing names it.
    state: &'static str,
}

/// How long a plugin's calls take.
#[derive(Debug, JsonSchema, Serialize)]
struct PluginPace {
    /// Whether its calls run on threads of their own.
    slow: bool,
    /// The mean of a call, in milliseconds.
    call_ms: f64,
    /// How many calls wait for a thread.
    waiting: usize,
}

/// A shaper of the configuration.
#[derive(Debug, JsonSchema, Serialize)]
struct ShaperShown<'a> {
    name: &'a str,
    /// `null` for an HTTP guard.
    plugin: Option<&'a str>,
    everywhere: bool,
    /// `on` or `off`.
    state: &'static str,
    /// Why it is off.
    reason: Option<&'a str>,
}

/// A provider of the configuration.
#[derive(Debug, JsonSchema, Serialize)]
struct ProviderInForce<'a> {
    name: &'a str,
    adapter: &'a str,
    /// `on` or `off`.
    state: &'static str,
    /// Why it is off.
    reason: Option<&'a str>,
    /// Its keys by number; `null` unless it has several.
    keys: Option<Vec<KeyStanding>>,
}

/// The upstream requests that adapters prepared.
#[derive(Debug, JsonSchema, Serialize)]
struct Prepared {
    /// Those that were prepared before, for a request with the same parameters.
    kept: u64,
    /// All others that might have been.
    anew: u64,
}

/// The rows that the database refused.
#[derive(Debug, JsonSchema, Serialize)]
struct LedgerShown {
    rows_set_aside: u64,
    /// Where they are, if there are some.
    file: Option<PathBuf>,
}

/// The endpoint.
pub(super) async fn show(State(gateway): State<Arc<Gateway>>, Extension(entered): Extension<Entered>) -> Response {
    let snapshot = &entered.snapshot;
    let prepared = snapshot.memo.counts();
    let shown = SnapshotShown {
        generation: snapshot.generation,
        digest: &snapshot.digest,
        built_at: unix_seconds(snapshot.built_at),
        files: snapshot.files.iter().map(|file| file.display().to_string()).collect(),
        plugins: snapshot.plugins.iter().map(|file| plugin(snapshot, file)).collect(),
        shapers: shapers(snapshot),
        providers: providers(snapshot),
        prepared: Prepared {
            kept: prepared.hits,
            anew: prepared.misses,
        },
        models: snapshot.models.len(),
        targets: targets(snapshot),
        ledger: gateway.sinks.set_aside().map(|(rows_set_aside, file)| LedgerShown {
            rows_set_aside,
            file: (rows_set_aside > 0).then_some(file),
        }),
        warnings: &snapshot.warnings,
        rejected: gateway.current.rejected().map(Rejected::from),
        older_generations: gateway.current.older(),
        requests_under_way: gateway.drain.in_flight(),
    };
    Json(shown).into_response()
}

fn plugin<'a>(snapshot: &Snapshot, file: &'a PluginFile) -> PluginShown<'a> {
    let pace = file.plugin.pace().report();
    let strains = file.plugin.strains();
    PluginShown {
        name: file.plugin.name(),
        kind: file.plugin.kind(),
        version: file.plugin.version(),
        file: file.path.display().to_string(),
        sha256: file.plugin.sha256(),
        vouched_by: file.voucher.as_ref().map(vouched_by),
        isolation: file.plugin.limits().isolation,
        pace: PluginPace {
            slow: pace.slow,
            call_ms: (pace.mean.as_secs_f64() * 1e6).round() / 1e3,
            waiting: pace.waiting,
        },
        calls: pace.calls,
        faults: strains.faults.into_iter().collect(),
        memory_bytes: strains.memory_bytes,
        state: if file.plugin.is_named_by(&snapshot.config) {
            "active"
        } else {
            "unused"
        },
    }
}

fn vouched_by(voucher: &Voucher) -> &str {
    match voucher {
        Voucher::Pin => "pin",
        Voucher::Source => "source",
        Voucher::Signature(key) => key,
    }
}

fn shapers(snapshot: &Snapshot) -> Vec<ShaperShown<'_>> {
    let lost: BTreeMap<&str, &str> = snapshot.shapers.lost().collect();
    let shown = snapshot.config.shapers.iter().map(|(name, shaper)| {
        let reason = lost.get(name.as_str()).copied();
        ShaperShown {
            name,
            plugin: shaper.plugin.as_deref(),
            everywhere: shaper.everywhere,
            state: on_or_off(reason),
            reason,
        }
    });
    shown.collect()
}

fn providers(snapshot: &Snapshot) -> Vec<ProviderInForce<'_>> {
    let shown = snapshot
        .config
        .providers
        .iter()
        .map(|(name, provider)| ProviderInForce {
            name,
            adapter: &provider.adapter,
            state: on_or_off(provider.off.as_deref()),
            reason: provider.off.as_deref(),
            keys: keys(snapshot, name),
        });
    shown.collect()
}

/// The state of what may have a reason to be off.
pub(super) fn on_or_off(reason: Option<&str>) -> &'static str {
    if reason.is_none() { "on" } else { "off" }
}
