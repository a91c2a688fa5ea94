//! A plugin's manifest, which its `describe` returns.

mod about;
mod schema;
mod shaper;

use std::collections::BTreeMap;

use jackfield_config::{base_url_problem, header_name_problem, scope_problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::about::About;
pub(crate) use self::about::Described;
pub use self::shaper::{ReplyMode, ShaperManifest, ShaperNeed};
use crate::worlds::adapter::AdapterWorld;

/// The most characters of a name in telemetry, as for a provider's own in the configuration.
const MAX_TELEMETRY_NAME: usize = 64;

/// Stands for any value of a setting.
const ANY: &str = "*";

/// An adapter's description of itself. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The adapter's name, which `providers.*.adapter` in the configuration refers to.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// The operations it supports: `chat`, `count-tokens`, `embeddings`, `rerank`, `images`, `models`. At least
    /// one. Those that the host does not know are ignored.
    pub operations: Vec<String>,
    /// Operations that it supports for clients alone whose dialect, other than the canonical one, its upstream speaks.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub native_operations: Vec<String>,
    /// The dialects, besides the canonical one, that its upstream speaks and the host need not translate. Default: none.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// The extensions of the canonical dialect that it accepts, such as `cache_control`. Those that the host does not
    /// know are ignored. Default: none.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// Extensions that it accepts where the provider's settings have a value: by the setting's name and the value, which
    /// is a string. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepts_with: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Extensions that it accepts unless the provider's settings have a member of this name, with whatever value.
    /// Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepts_without: BTreeMap<String, Vec<String>>,
    /// Dialects that its upstream speaks where the provider's settings have a value: by the setting's name and the value,
    /// which is a text.
    #[serde(default)]
    pub dialects_with: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Dialects that its upstream speaks unless the provider's settings have a member of this name, with whatever value.
    /// Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dialects_without: BTreeMap<String, Vec<String>>,
    /// How the host authenticates to the upstream. Default: not at all.
    #[serde(default)]
    pub auth: AuthScheme,
    /// The upstream's usual base URL, if it has one. A provider's `base_url` overrides it.
    #[serde(default)]
    pub base_url: Option<String>,
    /// False if the adapter answers requests itself. Default: true.
    #[serde(default = "yes")]
    pub needs_upstream: bool,
    /// The models (by the upstream's names, `*` stands for anything) that go on with a text that the assistant has begun.
    /// A provider's `prefill` overrides it. Default: none.
    #[serde(default)]
    pub prefill: Vec<String>,
    /// Its upstream's name in metrics and traces (`gen_ai.provider.name` of OpenTelemetry's conventions). Default: its own
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry_name: Option<String>,
    /// The same where the provider's settings have a value: by the setting's name and the value, which is a text, or `*` for
    /// any value. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub telemetry_name_with: BTreeMap<String, BTreeMap<String, String>>,
    /// The licence, as an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Where its source or documentation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// The earliest version of the host that it works with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_host: Option<String>,
    /// The JSON Schema of the provider's `settings`. Default: a schema that accepts anything.
    #[serde(default = "anything")]
    pub settings: Value,
}

/// How the provider's credential is attached to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
pub enum AuthScheme {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Basic …`, with a key of the form `user:password` (RFC 7617).
    Basic,
    /// A header that holds the key alone.
    Header {
        /// The header's name.
        name: String,
    },
    /// A query parameter that holds the key.
    Query {
        /// The parameter's name.
        name: String,
    },
    /// A signature over the whole request (AWS Signature Version 4).
    AwsSigv4 {
        /// The service to sign for.
        service: String,
    },
    /// `Authorization: Bearer …`, with a token for which a service account's key is exchanged (RFC 7523).
    GoogleServiceAccount {
        /// What the token is for. Default: all that the account may do on Google Cloud.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

fn yes() -> bool {
    true
}

/// What there is unless a setting is given: that of the settings that are left out or null.
fn without<'a>(
    by_setting: &'a BTreeMap<String, Vec<String>>,
    settings: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a String> {
    let is_left_out = |setting: &str| settings.get(setting).is_none_or(Value::is_null);
    let words = by_setting.iter();
    let words = words.filter_map(move |(setting, words)| is_left_out(setting).then_some(words));
    words.flatten()
}

/// The schema that accepts everything (JSON Schema, section 4.3.2).
fn anything() -> Value {
    Value::Bool(true)
}

// === impl Manifest ===

impl Described for Manifest {
    type World = AdapterWorld;

    fn about(&self) -> About<'_> {
        About {
            name: &self.name,
            version: &self.version,
            licence: self.licence.as_deref(),
            homepage: self.homepage.as_deref(),
            minimum_host: self.minimum_host.as_deref(),
        }
    }

    fn problem(&self) -> Option<String> {
        if self.operations.is_empty() {
            return Some("`operations` is empty; name at least one, such as \"chat\"".to_owned());
        }
        if let Some(problem) = self.base_url.as_deref().and_then(base_url_problem) {
            return Some(format!("`base_url` {problem}"));
        }
        let by_setting = self.telemetry_name_with.values().flat_map(BTreeMap::values);
        let mut names = self.telemetry_name.iter().chain(by_setting);
        if !names.all(|name| (1..=MAX_TELEMETRY_NAME).contains(&name.chars().count())) {
            return Some(format!(
                "`telemetry_name` must have 1 to {MAX_TELEMETRY_NAME} characters"
            ));
        }
        let (member, problem) = match &self.auth {
            AuthScheme::Header { name } => ("name", header_name_problem(name)),
            AuthScheme::Query { name } => ("name", name.is_empty().then_some("is empty")),
            AuthScheme::AwsSigv4 { service } => ("service", scope_problem(service)),
            AuthScheme::None | AuthScheme::Bearer | AuthScheme::Basic | AuthScheme::GoogleServiceAccount { .. } => {
                ("scheme", None)
            }
        };
        if let Some(problem) = problem {
            return Some(format!("`auth.{member}` {problem}"));
        }
        schema::problem(&self.settings).map(|problem| format!("`settings` {problem}"))
    }
}

impl Manifest {
    /// The extensions that it accepts from a provider with these settings.
    pub fn accepts_under<'a>(&'a self, settings: &'a Map<String, Value>) -> impl Iterator<Item = &'a str> {
        let by_setting = self.accepts_with.iter().filter_map(|(setting, values)| {
            let value = settings.get(setting)?.as_str()?;
            values.get(value)
        });
        let without = without(&self.accepts_without, settings);
        let known = self.accepts.iter().chain(by_setting.flatten());
        known.chain(without).map(String::as_str)
    }

    /// The dialects that its upstream speaks for a provider with these settings.
    pub fn dialects_under(&self, settings: &Map<String, Value>) -> Vec<String> {
        let by_setting = self.dialects_with.iter().filter_map(|(setting, values)| {
            let value = settings.get(setting)?.as_str()?;
            values.get(value)
        });
        let without = without(&self.dialects_without, settings);
        let dialects = self.dialects.iter().chain(by_setting.flatten());
        dialects.chain(without).cloned().collect()
    }

    /// The name in metrics and traces of a provider with these settings.
    pub fn telemetry_name_under(&self, settings: &Map<String, Value>) -> &str {
        let mut by_setting = self.telemetry_name_with.iter().filter_map(|(setting, names)| {
            let value = settings.get(setting).filter(|value| !value.is_null())?;
            let named = value.as_str().and_then(|value| names.get(value));
            named.or_else(|| names.get(ANY))
        });
        let name = by_setting.next().or(self.telemetry_name.as_ref());
        name.unwrap_or(&self.name)
    }
}

#[cfg(test)]
mod tests;
