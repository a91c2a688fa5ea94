//! `cache:` and each model's `cache`: which answers are kept for equal requests, where, and for how long.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::limits::url;
use crate::{Secret, duration};

/// Where answers are kept for equal requests. Which ones is said by each model's `cache`; without one, nothing is kept.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// Where they lie: in the `memory` of the process, or in `redis`, where all nodes share them. A change takes effect at the
    /// next start. Default `memory`.
    pub store: CacheStore,
    /// The Redis of `store: redis`: `redis://…`, `rediss://…` or `redis+unix://…`. It may contain a password, so it is never
    /// shown. A change takes effect at the next start. Default none.
    #[schemars(schema_with = "url")]
    pub url: Option<Secret>,
    /// The most bytes of answers that are kept in memory; a Redis has a limit of its own. The ones that are asked for least give way. A change takes effect
    /// at the next start. Default 268435456 (256 MiB).
    #[schemars(range(min = 1_048_576, max = 1_099_511_627_776_u64))]
    pub max_bytes: u64,
    /// The largest answer that is kept, in bytes. Default 1048576 (1 MiB).
    #[schemars(range(min = 1024, max = 1_073_741_824_u64))]
    pub max_entry_bytes: usize,
}

/// Whether answers of this model are kept for equal requests, and how they are given again.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelCacheConfig {
    /// How long an answer is given again, such as `10m`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub ttl: Duration,
    /// Which requests use it: `always`, all that do not say `x-jackfield-cache: skip`; or `asked`, only those that say `use`
    /// or `refresh`. Default `always`.
    #[serde(default)]
    pub when: CacheWhen,
    /// Who gets the same answer for the same request: everybody of the same `plan`, or the same `user` alone. Default `plan`.
    #[serde(default)]
    pub scope: CacheScope,
    /// How a stream is given again: `at_once`, or `in_rhythm`, with the pauses that it had. Default `at_once`.
    #[serde(default)]
    pub replay: CacheReplay,
    /// Whether equal requests for embeddings that are in flight at the same time share one call of an upstream. Default true.
    #[serde(default = "yes")]
    pub coalesce: bool,
}

/// Where kept answers lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheStore {
    /// In the process, for itself.
    #[default]
    Memory,
    /// In a Redis, for all nodes.
    Redis,
}

const fn yes() -> bool {
    true
}

/// Which requests use a model's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheWhen {
    /// All that do not decline.
    #[default]
    Always,
    /// Those that ask for it.
    Asked,
}

/// Who shares the answers of a model's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheScope {
    /// The callers of one plan.
    #[default]
    Plan,
    /// Nobody but the user.
    User,
}

/// How a kept stream is given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheReplay {
    /// All of it at once.
    #[default]
    AtOnce,
    /// With the pauses that it had.
    InRhythm,
}

// === impl CacheConfig ===

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            store: CacheStore::Memory,
            url: None,
            max_bytes: 256 << 20,
            max_entry_bytes: 1 << 20,
        }
    }
}
