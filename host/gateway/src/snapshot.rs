//! Configuration and plugins as one unit: built off to the side, swapped in atomically, freed with the last request.
//!
//! Reading order: [`Snapshot`], [`build`] (files in, snapshot or faults out), [`current`] (the snapshot
//! in force), [`rebuild`] (one reading of the files), [`report`] (what the log says about it), [`watch`] (when to read
//! them), [`turn`] (how long that may take). [`trial`] says what a plugin would do that is not in the folder yet. `definition` tells whether a model is still what it was. [`checks`] watches the upstreams that want it, [`probe`] calls the providers of a configuration for a check, and [`listing`] asks one what it offers, which `offers` keeps for patterns.

mod accepts;
mod build;
mod carry_over;
mod checks;
mod current;
mod definition;
mod keys;
mod listing;
mod named;
mod offers;
mod plugins;
pub(crate) mod price;
mod probe;
mod provider_builder;
mod rebuild;
pub(crate) mod report;
mod shaper_builder;
mod stamps;
mod trial;
mod turn;
mod watch;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub use build::{Builder, Rehearsal};
pub(crate) use checks::keep_checking;
pub(crate) use current::{Current, Rejection};
use definition::Definition;
pub(crate) use keys::Keys;
pub use listing::{Listing, ListingError};
pub(crate) use named::Named;
pub(crate) use offers::Offers;
pub(crate) use plugins::PluginFile;
pub use probe::Probe;
pub(crate) use trial::{Candidate, Fit};
pub use watch::Reload;
pub(crate) use watch::watch;

use crate::attempt::{Adapter, Ready};
use crate::memo::Memo;
use crate::routing::{Chain, Health};
use crate::shaping::Shapers;
use crate::tls::Tls;
use jackfield_accounting::callers::token::Tokens;
use jackfield_accounting::credits::Price;
use jackfield_config::escaped::is_unsafe;
use jackfield_config::{Config, Fault, ModelConfig, catalogue, is_pattern, matched};

/// The most bytes of a name that a model with a `*` in its id takes.
const MAX_NAME: usize = 256;

/// Everything that a request depends on, at one moment. Immutable. A request takes one and keeps it until it ends.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The number of the snapshot, counted from 1.
    pub(crate) generation: u64,
    /// SHA-256 of the contents of all files that it was built from, in hexadecimal.
    pub(crate) digest: String,
    /// The same of the files of its configuration alone.
    pub(crate) config_digest: String,
    /// The files of its configuration.
    pub(crate) files: Vec<PathBuf>,
    /// When it was built.
    pub(crate) built_at: SystemTime,
    /// The configuration.
    pub(crate) config: Config,
    /// The models by id, those whose id is a pattern included.
    pub(crate) models: BTreeMap<String, Arc<Model>>,
    /// The models whose id is a pattern, the longest first.
    pub(crate) patterns: Vec<Arc<Model>>,
    /// What those stand for, of late.
    pub(crate) named: Named<Model>,
    /// The plugins, ordered by file name.
    pub(crate) plugins: Vec<PluginFile>,
    /// The health of each provider, by name.
    pub(crate) providers: BTreeMap<String, Arc<Health>>,
    /// What its adapters have prepared for one request and keep for others.
    pub(crate) memo: Arc<Memo<Ready>>,
    /// What looks at requests and replies.
    pub(crate) shapers: Shapers,
    /// The static keys of the configuration.
    pub(crate) keys: Keys,
    /// The TLS of the listeners.
    pub(crate) tls: Tls,
    /// Verifies access tokens.
    pub(crate) tokens: Tokens,
    /// Warnings for the operator, such as providers that are off.
    pub(crate) warnings: Vec<String>,
    /// One fault per plugin file that did not load. Its last good content is in force if there is one, or else providers
    /// that need it are off.
    pub(crate) broken: Vec<Fault>,
}

/// A model with its chain.
#[derive(Debug)]
pub(crate) struct Model {
    /// The id that clients ask for, or a pattern of such ids.
    pub(crate) id: Arc<str>,
    /// What the configuration calls it: its id, or the pattern that stands for it.
    pub(crate) listed_as: Arc<str>,
    /// Its configuration.
    pub(crate) config: Arc<ModelConfig>,
    /// Its targets.
    pub(crate) chain: Chain<Adapter>,
    /// What it is made of, once somebody has asked.
    definition: Definition,
}

// === impl Snapshot ===

impl Snapshot {
    /// The model that clients request as `id`: the one of that id, or else what the longest matching pattern stands
    /// for. That one shares the pattern's breakers, and is kept only for a while: clients may invent names.
    #[must_use]
    pub(crate) fn model(&self, id: &str) -> Option<Arc<Model>> {
        if let Some(model) = self.models.get(id).filter(|_| !is_pattern(id)) {
            return Some(Arc::clone(model));
        }
        if self.patterns.is_empty() {
            return None;
        }
        self.named.get_or_make(id, || {
            let (model, name) = self.pattern_of(id)?;
            Some(self.stands_for(model, (id, name)))
        })
    }

    /// The pattern that stands for this id, and what its `*` is in it; `None` if none does, or a model has this id.
    fn pattern_of<'i>(&self, id: &'i str) -> Option<(&Arc<Model>, &'i str)> {
        // Such a name goes to logs, rows, upstreams and back, so it has to be one.
        if id.len() > MAX_NAME || id.contains(is_unsafe) || self.models.contains_key(id) {
            return None;
        }
        let mut patterns = self.patterns.iter();
        patterns.find_map(|model| Some((model, matched(&model.id, id)?)))
    }

    /// The model of this id for which a pattern stands, with a name in place of its `*`.
    fn stands_for(&self, pattern: &Model, (id, name): (&str, &str)) -> Model {
        let config = catalogue::named(&pattern.config, name, &self.config.providers);
        let mut chain = pattern.chain.named(name);
        let prices = price::prices(&config, self.config.credits.cost_multiplier);
        for (target, price) in chain.targets.iter_mut().zip(prices) {
            target.price = price;
        }
        Model {
            id: id.into(),
            listed_as: Arc::clone(&pattern.id),
            config: Arc::new(config),
            chain,
            definition: Definition::default(),
        }
    }

    /// The models that have an id of their own.
    pub(crate) fn named_models(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.models.values().filter(|model| !is_pattern(&model.id))
    }

    /// Whether there is such a plan; any will do if the configuration has none.
    #[must_use]
    pub(crate) fn has_plan(&self, plan: &str) -> bool {
        let plans = &self.config.plans;
        plans.is_empty() || plans.contains_key(plan)
    }

    /// Whether a model that `plan` includes costs nothing.
    #[must_use]
    pub(crate) fn has_free_model(&self, plan: Option<&str>) -> bool {
        let mut models = self.models.values();
        models.any(|model| model.is_free() && self.allows(plan, model))
    }

    /// Whether requests are served as by `other`: under the same configuration, by the same plugins.
    #[must_use]
    pub(crate) fn serves_like(&self, other: &Self) -> bool {
        let plugins = |snapshot: &Self| -> Vec<_> {
            let files = snapshot.plugins.iter();
            files
                .map(|file| (file.path.clone(), file.plugin.sha256().to_owned()))
                .collect()
        };
        self.config_digest == other.config_digest && plugins(self) == plugins(other)
    }

    /// True if `plan` includes the model. If the configuration has no plans, or the client has none because
    /// authentication is off, every model is allowed.
    #[must_use]
    pub(crate) fn allows(&self, plan: Option<&str>, model: &Model) -> bool {
        match plan {
            None => true,
            Some(_) if self.config.plans.is_empty() => true,
            Some(plan) => {
                let (id, config) = (&model.id, &model.config);
                let plan = self.config.plans.get(plan);
                plan.is_some_and(|plan| plan.may_call(id, &config.tier, config.capability))
            }
        }
    }
}

// === impl Model ===

impl Model {
    /// What it costs at each of its targets; `None` where that is unknown.
    pub(crate) fn prices(&self) -> impl Iterator<Item = Option<&Price>> {
        self.chain.targets.iter().map(|target| target.price.as_ref())
    }

    /// Whether it costs nothing, whichever target answers.
    fn is_free(&self) -> bool {
        self.prices().all(|price| price.is_some_and(Price::is_free))
    }
}

/// The models whose id is a pattern, the longest first.
fn patterns(models: &BTreeMap<String, Arc<Model>>) -> Vec<Arc<Model>> {
    let patterns = models.values().filter(|model| is_pattern(&model.id));
    let mut patterns: Vec<Arc<Model>> = patterns.cloned().collect();
    patterns.sort_by_key(|model| Reverse(model.id.len()));
    patterns
}
