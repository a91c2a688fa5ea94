//! Builds the shapers of a configuration, and reports every fault.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Snapshot;
use super::plugins::{Plugins, Refusal, granted};
use crate::memo::Memo;
use crate::shaping::Shapers;
use crate::shaping::guard::Guard;
use crate::shaping::plugin::PluginCalls;
use crate::shaping::pseudonym::Pseudonyms;
use crate::shaping::shaper::{Hold, Runner, Shaper};
use crate::shaping::verdict::Verdict;
use crate::upstream::client::Client;
use crate::upstream::proxy::Proxies;
use crate::upstream::route::Route;
use jackfield_config::{Fault, Faults, Grant, GuardConfig, Loaded, PluginLimits, ShaperConfig};
use jackfield_sandbox::{ReplyMode, ShaperNeed};

/// How long a guard may take to answer, by default.
const GUARD_DEADLINE: Duration = Duration::from_secs(5);

/// Builds shapers from the configuration and the plugins.
struct ShaperBuilder<'a> {
    loaded: &'a Loaded,
    plugins: &'a Plugins,
    at_start: bool,
    /// Shared by all of them.
    memo: Arc<Memo<Verdict>>,
}

/// The shapers of a configuration.
///
/// # Errors
/// All faults found.
pub(super) fn shapers(loaded: &Loaded, plugins: &Plugins, previous: Option<&Snapshot>) -> Result<Shapers, Faults> {
    let config = &loaded.config;
    let builder = ShaperBuilder {
        loaded,
        plugins,
        at_start: previous.is_none(),
        memo: Arc::new(Memo::new(
            config.plugins.keep_prepared && !config.shapers.is_empty(),
            None,
        )),
    };
    // A reload begins no new count.
    let known = |name: &str| {
        let mut tallies = previous?.shapers.tallies();
        tallies
            .find(|(known, _)| *known == name)
            .map(|(_, tally)| Arc::clone(tally))
    };
    let (mut built, mut faults) = (Vec::new(), Vec::new());
    for (name, config) in &config.shapers {
        match builder.build(name, config) {
            Ok(shaper) => {
                let tally = known(name).unwrap_or_default();
                built.push(Arc::new(Shaper { tally, ..shaper }));
            }
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() {
        Ok(Shapers::new(built, config))
    } else {
        Err(Faults(faults))
    }
}

/// How callers are named: by the key of the configuration, or one that is kept. Nobody needs names without shapers.
///
/// # Errors
/// If a key cannot be kept.
pub(super) fn pseudonyms(loaded: &Loaded, state_dir: Option<&Path>) -> Result<Pseudonyms, Fault> {
    let config = &loaded.config;
    if config.shapers.is_empty() {
        return Ok(Pseudonyms::default());
    }
    if let Some(key) = &config.plugins.pseudonym_key {
        return Ok(Pseudonyms::of(key.expose().as_bytes()));
    }
    let kept = match config.storage.journal.as_deref().or(state_dir) {
        Some(folder) => Pseudonyms::kept_in(folder),
        None => Pseudonyms::new(),
    };
    kept.map_err(|error: io::Error| {
        let problem = format!("is missing, and a key cannot be kept: {error}");
        let remedy = "write one, made with: openssl rand -hex 32";
        loaded.fault_at(&["plugins", "pseudonym_key"], problem, remedy)
    })
}

// === impl ShaperBuilder ===

impl ShaperBuilder<'_> {
    fn build(&self, name: &str, config: &ShaperConfig) -> Result<Shaper, Vec<Fault>> {
        match (&config.plugin, &config.http) {
            (Some(plugin), _) => self.plugin(name, plugin, config),
            (None, Some(guard)) => self.guard(name, guard, config).map_err(|fault| vec![fault]),
            (None, None) => {
                let remedy = "add `plugin` or `http`";
                Err(vec![self.loaded.fault_at(
                    &["shapers", name],
                    "is neither a plugin nor a guard",
                    remedy,
                )])
            }
        }
    }

    fn plugin(&self, name: &str, plugin: &str, config: &ShaperConfig) -> Result<Shaper, Vec<Fault>> {
        let known = || self.plugins.files.iter().filter_map(|file| file.plugin.shaper());
        let Some(found) = known().find(|shaper| shaper.manifest.name == plugin) else {
            if let Some(reason) = self.plugins.shaper_lost(plugin, self.at_start) {
                return Ok(shaper(name, config, Runner::Nobody(reason)));
            }
            let names: Vec<&str> = known().map(|shaper| shaper.manifest.name.as_str()).collect();
            let remedy = if names.is_empty() {
                "add the plugin to plugins.dir, which has no shaper".to_owned()
            } else {
                format!("add the plugin to plugins.dir, or use one of: {}", names.join(", "))
            };
            let problem = format!("no shaper is named `{plugin}`");
            return Err(vec![self.loaded.fault_at(
                &["shapers", name, "plugin"],
                problem,
                remedy,
            )]);
        };
        let mut faults = self.loaded.check_shaper_settings(name, &found.manifest.settings);
        let sees = granted(config, &found.manifest).map_err(|Refusal { problem, remedy }| {
            // Its own words are about the grant, whether or not there is one.
            faults.push(self.loaded.fault_at(&["shapers", name, "grant"], problem, remedy));
        });
        let (Ok(sees), true) = (sees, faults.is_empty()) else {
            return Err(faults);
        };
        let limits = found.limits;
        let deadline = config.deadline.unwrap_or(limits.deadline);
        let plugin = if deadline > limits.deadline {
            Arc::new(found.with_limits(PluginLimits { deadline, ..limits }))
        } else {
            Arc::clone(found)
        };
        let manifest = &found.manifest;
        // Texts hardly ever come again.
        let memo = (!sees.contains(&Grant::Texts)).then(|| Arc::clone(&self.memo));
        let calls = PluginCalls {
            plugin,
            within: deadline,
        };
        Ok(Shaper {
            sees,
            sees_parameters: manifest.needs(ShaperNeed::Parameters),
            memo,
            operations: manifest.operations.clone(),
            hold: match manifest.reply_mode {
                ReplyMode::Window => Hold::Window(manifest.window),
                ReplyMode::Whole => Hold::Whole,
            },
            ..shaper(name, config, Runner::Plugin(Arc::new(calls)))
        })
    }

    fn guard(&self, name: &str, guard: &GuardConfig, config: &ShaperConfig) -> Result<Shaper, Fault> {
        let path = ["shapers", name, "http"];
        let fault = |member: &str, problem: String, remedy: &str| {
            self.loaded.fault_at(&[&path[..], &[member]].concat(), problem, remedy)
        };
        let mut headers = HeaderMap::new();
        if let Some(key) = &guard.api_key {
            let credential = Guard::credential(key.expose());
            let Some((header, value)) = credential else {
                let problem = "contains characters that are not allowed in a header".to_owned();
                return Err(fault("api_key", problem, "remove line breaks and control characters"));
            };
            headers.insert(header, value);
        }
        for (header, value) in &guard.headers {
            let (Ok(header), Ok(mut value)) = (
                HeaderName::try_from(header.as_str()),
                HeaderValue::try_from(value.expose()),
            ) else {
                return Err(fault("headers", "hold one that is not valid".to_owned(), "correct it"));
            };
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        let deadline = config.deadline.unwrap_or(GUARD_DEADLINE);
        let added = guard.tls.ca.as_deref().unwrap_or_default();
        let route = Route::direct(deadline)
            .keeping(self.loaded.config.connections.elsewhere())
            .trusting(added)
            .through(Proxies::new(&guard.proxies));
        let client = Client::new(route).map_err(|error| {
            let remedy = "check the CA certificates of this machine, and that tls.ca is PEM text";
            fault("tls", error.to_string(), remedy)
        })?;
        let guard = Guard::new(&guard.url, headers, client, deadline);
        Ok(Shaper {
            sees: config.grant.clone(),
            ..shaper(name, config, Runner::Guard(guard))
        })
    }
}

/// A shaper that sees nothing yet, and gets streamed texts in one piece.
fn shaper(name: &str, config: &ShaperConfig, runner: Runner) -> Shaper {
    Shaper {
        name: name.into(),
        runner,
        settings: Bytes::from(serde_json::Value::Object(config.settings.clone()).to_string()),
        sees: Vec::new(),
        sees_parameters: false,
        operations: Vec::new(),
        hold: Hold::Whole,
        on_failure: config.on_failure,
        memo: None,
        tally: Arc::default(),
    }
}
