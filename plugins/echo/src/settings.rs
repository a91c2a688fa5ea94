//! What a provider's `settings` may say.

use schemars::JsonSchema;
use serde::Deserialize;

/// How the echo is to behave. All of it is optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Read in place of every request's last message, directives and all: `fail overloaded busy` makes a provider
    /// that always fails.
    pub script: Option<String>,
}
