//! What an operator may set under this shaper's `settings`.

use schemars::JsonSchema;
use serde::Deserialize;

/// The text to add, and where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The text. `{{plan}}` stands for the caller's plan, `{{model}}` for the model that was asked for, `{{user}}` for the
    /// caller's pseudonym.
    #[schemars(regex(pattern = r"^([^{]|\{[^{]|\{\{ *(plan|model|user) *\}\})*\{?$"))]
    pub text: String,
    /// Where the text goes. Default: `first`.
    #[serde(default)]
    pub place: Place,
}

/// Where the text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before the client's own system prompt.
    #[default]
    First,
    /// After the client's own system prompt.
    Last,
    /// Instead of the client's own system prompt.
    Only,
}

// === impl Place ===

impl From<Place> for jackfield_plugin_sdk::Place {
    fn from(place: Place) -> Self {
        match place {
            Place::First => Self::First,
            Place::Last => Self::Last,
            Place::Only => Self::Only,
        }
    }
}
