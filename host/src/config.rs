//! The configuration: YAML files in, one checked [`Config`] out, or every [`Fault`] in them.
//!
//! In reading order: [`load`](mod@load) tells the way from a path to a [`Loaded`]; `reader` reads files, `yaml` keeps
//! the places of values, `interpolation` and `tree` resolve `${…}`, `validate` and `wording` hold the tree against
//! the schema, `rules` holds what a schema cannot say. The other files are the areas of the configuration itself.

mod account;
mod cors;
mod credits;
mod document;
mod duration;
mod environment;
mod fault;
mod interpolation;
mod limits;
mod load;
mod log;
mod model;
mod nearest;
mod plan;
mod plugins;
mod provider;
mod reader;
mod routing;
mod rules;
mod salvage;
mod secret;
mod server;
mod storage;
mod tree;
mod validate;
mod wording;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    account::{KeyConfig, TokensConfig},
    cors::CorsConfig,
    credits::CreditsConfig,
    document::Document,
    environment::{Environment, ProcessEnvironment},
    fault::{Fault, Faults},
    limits::{LimitsConfig, OnUnavailable},
    load::{Loaded, load},
    log::{LogConfig, LogFormat},
    model::{Capability, Modalities, ModelConfig, Pricing, TargetConfig},
    plan::{PlanConfig, QuotaConfig},
    plugins::{Isolation, PluginLimits, PluginOverrides, PluginsConfig},
    provider::{AuthConfig, AuthScheme, ProviderConfig, TimeoutsConfig},
    routing::{BackoffConfig, BreakerConfig, RoutingConfig},
    secret::Secret,
    server::{AdminConfig, Auth, ErrorFormat, Exposure, ServerConfig},
    storage::StorageConfig,
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
