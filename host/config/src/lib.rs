//! The configuration: reads YAML files into one validated [`Config`], or reports every [`Fault`] in them.
//!
//! In reading order: `areas` has one file per section of the configuration. `load` turns files into a [`Config`]:
//! read, parse, resolve references, validate. `fault` is what it reports instead. `address` has the rules for where a
//! credential may go. [`catalogue`] has the prices and limits of models. `editor` makes the schema for editors. `environment`, `secret`, `duration` and [`escaped`] are the small types these share. `restart`
//! lists the keys that only another start puts in force. `state` says where what the gateway writes is kept.
//!
//! Doc comments of the types in `areas` are the descriptions in the JSON Schema. Each type says since which release it
//! exists; a key without such a line is as old as its type.

mod address;
mod areas;
pub mod catalogue;
mod duration;
mod editor;
mod environment;
pub mod escaped;
mod fault;
mod load;
mod restart;
mod secret;
pub mod state;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    address::{base_url_problem, header_name_problem, is_local_address, is_local_url, scope_problem},
    areas::*,
    editor::editor_schema,
    environment::{Environment, ProcessEnvironment},
    fault::{Fault, Faults},
    load::{Inputs, Loaded, load, load_with_inputs},
    secret::Secret,
};

/// The configuration of Jackfield, merged from all its files.
///
/// In any string, `${env:NAME}` is the value of an environment variable, `${file:PATH}` the content of a file (relative
/// to the configuration's folder), and `$${` a literal `${`. An empty variable counts as unset. Every section can be
/// left out.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Configuration of Jackfield")]
pub struct Config {
    /// The listeners and their limits.
    pub server: ServerConfig,
    /// The format and the level of the log.
    pub log: LogConfig,
    /// What is counted for Prometheus, and who may read it.
    pub metrics: MetricsConfig,
    /// What other programs are told of each request.
    pub telemetry: TelemetryConfig,
    /// Where plugins are loaded from, and the limits on a call into one.
    pub plugins: PluginsConfig,
    /// The upstreams, by the name targets refer to.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// How connections to upstreams are kept, and how those that are gone are found. A provider's own `connections`
    /// overrides it.
    pub connections: ConnectionsConfig,
    /// The models clients may request, by id.
    pub models: BTreeMap<String, ModelConfig>,
    /// What looks at requests and replies, by the name that plans and models refer to.
    pub shapers: BTreeMap<String, ShaperConfig>,
    /// How a model's chain is walked: retries, back-off and circuit breakers.
    pub routing: RoutingConfig,
    /// Which models a user may call, and how often; by the name that keys, users and tokens refer to.
    pub plans: BTreeMap<String, PlanConfig>,
    /// Keys defined here instead of in the database, by a name that is only a label.
    pub keys: BTreeMap<String, KeyConfig>,
    /// The access tokens that are accepted besides keys.
    pub tokens: TokensConfig,
    /// How prices become credits.
    pub credits: CreditsConfig,
    /// Where requests are counted against the limits of plans.
    pub limits: LimitsConfig,
    /// Where answers are kept for equal requests, if models say so.
    pub cache: CacheConfig,
    /// The database of users, keys and the request ledger.
    pub storage: StorageConfig,
    /// How long the rows of requests are kept.
    pub ledger: LedgerConfig,
    /// The folder of what the gateway writes: a database of `SQLite`, the journal, compiled code and fetched plugins. Then the
    /// configuration's folder may be read-only. Default: `$STATE_DIRECTORY`, which systemd sets; or else the
    /// configuration's folder, and the user's cache folder for code and plugins. A change takes effect at the next start.
    pub state_dir: Option<PathBuf>,
    /// Files and batches: many requests in one order, worked off by the gateway itself.
    pub batches: BatchesConfig,
}

/// The JSON Schema of the configuration: every loaded configuration is validated against it. That for editors is
/// [`editor_schema`].
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
