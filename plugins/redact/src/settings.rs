//! What an operator may set under a redacting shaper's `settings`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::Kind;

/// What is taken out of requests, and whether it comes back in the reply. All settings are optional.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The kinds of data to take out. Default: all of them (`key`, `email`, `iban`, `card` and `phone`).
    pub kinds: Vec<Kind>,
    /// Words and names to take out, such as a project's code name. They are found in letters of either case, but not
    /// within longer words. Default: none.
    #[schemars(length(max = 1000), inner(length(min = 1, max = 200)))]
    pub words: Vec<String>,
    /// Further kinds of data by their form: a regular expression, by the label that takes its place, such as
    /// `TICKET: "TCK-[0-9]{6}"`. Look-around and back references are not known, and neither are classes of Unicode.
    /// Default: none.
    #[schemars(extend("maxProperties" = 50, "propertyNames" = {"pattern": "^[A-Z][A-Z0-9_]{0,31}$"}, "additionalProperties" = {"type": "string", "format": "regex"}))]
    pub patterns: BTreeMap<String, String>,
    /// Whether the model's reply gets the data back. If true, each value has a number (`<EMAIL_1>`), and where the
    /// reply repeats it, the value takes its place again. If false, only the kind is left (`[EMAIL]`), for good. Default:
    /// false.
    pub reversible: bool,
}

// === impl Settings ===

impl Default for Settings {
    fn default() -> Self {
        Self {
            kinds: Kind::ALL.to_vec(),
            words: Vec::new(),
            patterns: BTreeMap::new(),
            reversible: false,
        }
    }
}
