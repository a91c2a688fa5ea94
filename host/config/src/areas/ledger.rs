//! `ledger:`: how long the rows of requests are kept.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::duration;

/// How long the rows of requests are kept in the database.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerConfig {
    /// How long rows are kept, such as `400d`. Older ones are taken out in the background, by whole days in UTC; their
    /// sums by day, user, key, model and provider stay. Default none: rows are kept forever.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub keep: Option<Duration>,
}
