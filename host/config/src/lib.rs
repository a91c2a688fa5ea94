//! The configuration: YAML files in, one checked [`Config`] out, or every [`Fault`] in them.
//!
//! In reading order: `areas` holds one file per section of the configuration, and `load` the way from files to it.

mod areas;
mod duration;
mod environment;
mod fault;
mod load;
mod secret;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    areas::*,
    environment::{Environment, ProcessEnvironment},
    fault::{Fault, Faults},
    load::{Document, Loaded, load},
    secret::Secret,
};

/// All that an operator may say, merged from every file of the configuration.
///
/// Any string may hold `${env:NAME}` or `${file:PATH}` (relative to the configuration's folder); `$${` is a literal
/// `${`. Each area may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Configuration of Jackfield")]
pub struct Config {
    /// The public listener, its limits, and the listener for operators.
    pub server: ServerConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Where plugins lie and what a call may cost.
    pub plugins: PluginsConfig,
    /// The upstreams, by the name that targets use.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// The models, by the id that clients ask for.
    pub models: BTreeMap<String, ModelConfig>,
    /// Retries, back-off and circuit breakers.
    pub routing: RoutingConfig,
    /// The clients' keys, by a name for the operator's eyes.
    pub keys: BTreeMap<String, KeyConfig>,
    /// The plans, by the name that keys, users and tokens use.
    pub plans: BTreeMap<String, PlanConfig>,
    /// The access tokens that are accepted besides keys.
    pub tokens: TokensConfig,
    /// What of a model's price its callers are charged.
    pub credits: CreditsConfig,
    /// Where the requests of users are counted.
    pub limits: LimitsConfig,
    /// Where users, keys and the ledger of requests are kept.
    pub storage: StorageConfig,
}

/// The JSON Schema of the configuration, for editors and for the check of every file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
