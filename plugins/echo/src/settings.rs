//! The provider's `settings`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings for the echo adapter. All are optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Replaces every request's last message, directives included: `fail overloaded busy` makes a provider that always
    /// fails.
    pub script: Option<String>,
}
