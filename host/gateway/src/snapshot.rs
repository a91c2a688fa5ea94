//! Config and plugins in force together: built off to the side, swapped in one step, freed with their last request.
//!
//! Reading order: [`Snapshot`], [`build`] (files in, snapshot or faults out), [`current`] (what is in force),
//! [`rebuild`] (one reading of the files), [`watch`] (when to read them).

mod build;
mod carry_over;
mod current;
mod keys;
mod plugins;
mod provider_builder;
mod rebuild;
mod stamps;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

pub use build::Builder;
pub(crate) use current::{Current, Rejection};
pub(crate) use keys::Keys;
pub(crate) use plugins::PluginFile;
pub use watch::Reload;
pub(crate) use watch::watch;

use crate::attempt::Adapter;
use crate::routing::{Chain, Health};
use jackfield_accounting::callers::token::Tokens;
use jackfield_config::{Config, ModelConfig};

/// Everything a request needs to know, as of one moment. Immutable. A request takes it once and keeps it to its end.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Counts up from 1 with each snapshot that came into force.
    pub(crate) generation: u64,
    /// SHA-256 over the contents of all files it was built from, in hexadecimal.
    pub(crate) digest: String,
    /// When it was built.
    pub(crate) built_at: SystemTime,
    /// The configuration.
    pub(crate) config: Config,
    /// The models by id.
    pub(crate) models: BTreeMap<String, Arc<Model>>,
    /// The plugins, in the order of their files.
    pub(crate) plugins: Vec<PluginFile>,
    /// How the providers are doing, by name.
    pub(crate) providers: BTreeMap<String, Arc<Health>>,
    /// The static keys.
    pub(crate) keys: Keys,
    /// Checks access tokens.
    pub(crate) tokens: Tokens,
    /// What the operator should know though nothing is wrong, such as providers that are off.
    pub(crate) warnings: Vec<String>,
}

/// A model with its chain.
#[derive(Debug)]
pub(crate) struct Model {
    /// The id that clients ask for.
    pub(crate) id: Arc<str>,
    /// What the configuration says of it.
    pub(crate) config: ModelConfig,
    /// Its targets.
    pub(crate) chain: Chain<Adapter>,
}

// === impl Snapshot ===

impl Snapshot {
    /// The model that clients know by `id`.
    #[must_use]
    pub(crate) fn model(&self, id: &str) -> Option<&Arc<Model>> {
        self.models.get(id)
    }

    /// True if `plan` may call the model. Without any plans in the configuration every model is open, and a client
    /// without a plan (authentication is off) may call everything.
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
