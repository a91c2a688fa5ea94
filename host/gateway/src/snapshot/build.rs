//! Builds a whole snapshot off to the side: parses, compiles, checks. Any fault rejects all of it.

mod chains;
mod check;
mod read;
mod sourcing;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub(super) use self::read::{Read, Sources};

use super::carry_over::CarryOver;
use super::plugins::{Folder, Plugins};
use super::provider_builder::ProviderBuilder;
use super::shaper_builder::{pseudonyms, shapers};
use super::{Definition, Keys, Model, Named, Snapshot};
use crate::attempt::{Adapter, Ready};
use crate::memo::Memo;
use crate::routing::{Backoff, Chain, Health, Policy, StreamPolicy, Threshold};
use crate::shaping::Shapers;
use crate::sources::{Store, Supply};
use crate::tls::Tls;
use jackfield_accounting::callers::token::Tokens;
use jackfield_config::{BrokenEvent, ModelRoutingConfig, PluginsConfig, RoutingConfig, StreamMode};
use jackfield_config::{Config, Environment, Fault, Faults, Loaded, ModelConfig, Secret, TokensConfig};
use jackfield_sandbox::{CodeCache, Engine};

/// Builds snapshots, and outlives them.
pub struct Builder {
    /// Compiles plugins.
    pub(crate) engine: Engine,
    /// Caches compiled code.
    pub(crate) cache: CodeCache,
    /// Fetches plugins from their sources, and keeps what was in force.
    pub(crate) supply: Arc<Supply>,
    /// The folder or file of the configuration.
    pub(crate) config_path: PathBuf,
    /// Overrides `plugins.dir` of the configuration.
    pub(crate) plugins_dir: Option<PathBuf>,
    /// Overrides `server.listen` of the configuration.
    pub(crate) listen: Option<SocketAddr>,
    /// Where what must outlive the process is kept without a database.
    pub(crate) state_dir: Option<PathBuf>,
    /// Resolves `${env:…}`.
    pub(crate) environment: Box<dyn Environment + Send + Sync>,
    /// Changes each configuration that was read, for rehearsals.
    pub(crate) rehearsal: Option<Rehearsal>,
}

/// What changes each configuration that was read.
pub type Rehearsal = Box<dyn Fn(&mut Config) + Send + Sync>;

type Adapters = BTreeMap<String, Option<Arc<Adapter>>>;

type Models = BTreeMap<String, Arc<Model>>;

/// The parts of a snapshot that are built from its configuration.
pub(super) struct Parts {
    pub(super) plugins: Plugins,
    models: Models,
    providers: BTreeMap<String, Arc<Health>>,
    shapers: Shapers,
    tls: Tls,
    memo: Arc<Memo<Ready>>,
    /// The providers whose plugin did not load, and why.
    off: BTreeMap<String, String>,
}

// === impl Builder ===

impl Builder {
    /// Reads, compiles and checks everything. May take seconds of CPU time, so keep it off the async threads.
    /// Unchanged plugins, breakers and health are reused from `previous`.
    ///
    /// # Errors
    /// All faults found.
    pub(crate) fn build(&self, previous: Option<&Snapshot>) -> Result<Snapshot, Faults> {
        self.assemble(self.read().sources?, previous)
    }

    pub(super) fn plugins_dir(&self, config: &PluginsConfig) -> PathBuf {
        self.plugins_dir.clone().unwrap_or_else(|| config.dir.clone())
    }

    /// The plugins folder of this configuration as the system has it, without links.
    pub(crate) fn folder_of(&self, config: &PluginsConfig) -> PathBuf {
        let dir = self.plugins_dir(config);
        fs::canonicalize(&dir).unwrap_or(dir)
    }

    /// The contents that are kept.
    pub(crate) fn kept(&self) -> &Store {
        self.supply.store()
    }

    /// Builds a snapshot from what was read.
    pub(super) fn assemble(&self, sources: Sources, previous: Option<&Snapshot>) -> Result<Snapshot, Faults> {
        let Sources {
            mut loaded,
            digest,
            folder,
        } = sources;
        let parts = self.parts(&loaded, &folder, previous)?;
        let pseudonyms = pseudonyms(&loaded, self.state_dir.as_deref()).map_err(|fault| Faults(vec![fault]))?;
        for (name, reason) in parts.off {
            loaded.switch_off(&name, reason);
        }
        let Loaded {
            config,
            inputs,
            mut warnings,
            ..
        } = loaded;
        let lost = parts.shapers.lost();
        warnings.extend(lost.map(|(name, reason)| format!("shapers.{name} is not in force: {reason}")));
        warnings.extend_from_slice(parts.tls.warnings());
        let used = parts.plugins.files.iter().map(|file| file.plugin.sha256());
        self.cache.purge(&self.engine, used, SystemTime::now());
        folder.note_versions(&parts.plugins, self.supply.store());
        let in_force = parts.plugins.files.iter().map(|file| file.plugin.sha256().to_owned());
        self.supply.purge(&config.plugins, in_force, SystemTime::now());
        Ok(Snapshot {
            generation: previous.map_or(1, |previous| previous.generation + 1),
            digest,
            config_digest: inputs.digest,
            files: inputs.files,
            built_at: SystemTime::now(),
            shapers: parts.shapers.naming_by(pseudonyms),
            keys: Keys::new(&config.keys),
            tls: parts.tls,
            tokens: tokens(&config.tokens),
            patterns: super::patterns(&parts.models),
            named: Named::default(),
            models: parts.models,
            providers: parts.providers,
            memo: parts.memo,
            broken: parts.plugins.broken.into_iter().map(|broken| broken.fault).collect(),
            plugins: parts.plugins.files,
            warnings,
            config,
        })
    }

    fn parts(&self, loaded: &Loaded, folder: &Folder, previous: Option<&Snapshot>) -> Result<Parts, Faults> {
        self.parts_with(self.load_plugins(loaded, folder, previous), loaded, previous)
    }

    pub(super) fn load_plugins(&self, loaded: &Loaded, folder: &Folder, previous: Option<&Snapshot>) -> Plugins {
        folder.load(&self.engine, &self.cache, &loaded.config, previous)
    }

    pub(super) fn parts_with(
        &self,
        plugins: Plugins,
        loaded: &Loaded,
        previous: Option<&Snapshot>,
    ) -> Result<Parts, Faults> {
        self.check_exposure(loaded)?;
        let tls = Tls::new(loaded).map_err(Faults)?;
        let off = plugins.providers_off(&loaded.config, previous.is_none());
        let shapers = shapers(loaded, &plugins, previous);
        let keeps = loaded.config.plugins.keep_prepared;
        let memo = Arc::new(Memo::new(keeps, previous.map(|previous| &*previous.memo)));
        let builder = ProviderBuilder {
            loaded,
            plugins: &plugins.files,
            memo: Arc::clone(&memo),
        };
        let (adapters, shapers) = match (Self::adapters(&builder, &off), shapers) {
            (Ok(adapters), Ok(shapers)) => (adapters, shapers),
            (adapters, shapers) => {
                let faults = [adapters.err(), shapers.err()].into_iter().flatten();
                return Err(Faults(faults.flat_map(|faults| faults.0).collect()));
            }
        };
        let carry_over = CarryOver::from(previous);
        let models = models(loaded, &adapters, &carry_over)?;
        let names = loaded.config.providers.keys();
        let providers = names.map(|name| (name.clone(), carry_over.provider(name)));
        Ok(Parts {
            providers: providers.collect(),
            plugins,
            models,
            shapers,
            tls,
            memo,
            off,
        })
    }

    /// Checks that an address from the command line is loopback if authentication is off.
    fn check_exposure(&self, loaded: &Loaded) -> Result<(), Faults> {
        let server = &loaded.config.server;
        let Some(Err(error)) = self.listen.map(|listen| server.may_listen(listen)) else {
            return Ok(());
        };
        let fault = loaded.fault_at(&["server", "auth"], error.problem(), error.remedy());
        Err(Faults(vec![fault]))
    }

    fn adapters(builder: &ProviderBuilder<'_>, off: &BTreeMap<String, String>) -> Result<Adapters, Faults> {
        let (mut adapters, mut faults) = (Adapters::new(), Vec::new());
        for (name, config) in &builder.loaded.config.providers {
            if off.contains_key(name) {
                adapters.insert(name.clone(), None);
                continue;
            }
            match builder.build(name, config) {
                Ok(adapter) => drop(adapters.insert(name.clone(), adapter)),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() {
            Ok(adapters)
        } else {
            Err(Faults(faults))
        }
    }
}

fn tokens(config: &TokensConfig) -> Tokens {
    Tokens::new(config.secrets.iter().map(Secret::expose))
        .meant_for(config.audience.iter().map(String::as_str))
        .issued_by(config.issuer.iter().map(String::as_str))
}

fn models(loaded: &Loaded, adapters: &Adapters, carry_over: &CarryOver) -> Result<Models, Faults> {
    let faults: Vec<Fault> = loaded
        .config
        .models
        .iter()
        .flat_map(|(id, config)| chains::faults(loaded, adapters, id, config))
        .collect();
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let routing = &loaded.config.routing;
    let policy = Policy {
        retry_count: routing.retry_count,
        deadline: routing.deadline,
        max_wait: routing.max_wait,
        tool_conversations: routing.tool_conversations,
        backoff: Backoff {
            base: routing.backoff.base,
            max: routing.backoff.max,
        },
        jitter: fastrand::f64,
        breaker: Threshold {
            failures: routing.breaker.failures,
            open_for: routing.breaker.open_for,
        },
        fallback_on: routing.fallback_on,
        stream: StreamPolicy::default(),
    };
    let counted = chains::counted(loaded);
    let model = |(id, config): (&String, &ModelConfig)| {
        let chain = Chain {
            targets: chains::targets(config, (loaded, adapters, carry_over), &counted),
            balance: chains::balance(config),
            policy: Policy {
                fallback_on: config.routing.fallback_on.unwrap_or(routing.fallback_on),
                stream: stream_policy(routing, config.routing),
                ..policy
            },
        };
        (
            id.clone(),
            Arc::new(Model {
                id: id.as_str().into(),
                listed_as: id.as_str().into(),
                config: Arc::new(config.clone()),
                chain,
                definition: Definition::default(),
            }),
        )
    };
    Ok(loaded.config.models.iter().map(model).collect())
}

/// How a model's streams are given out.
fn stream_policy(all: &RoutingConfig, own: ModelRoutingConfig) -> StreamPolicy {
    let whole = own.stream.unwrap_or(all.stream) == StreamMode::Whole;
    StreamPolicy {
        whole,
        // What is given out whole is restarted, not continued.
        continues: !whole && own.continuation.unwrap_or(all.continuation),
        skips_broken_events: own.on_broken_event.unwrap_or(all.on_broken_event) == BrokenEvent::Skip,
    }
}
