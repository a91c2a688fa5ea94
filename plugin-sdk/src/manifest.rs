//! The manifest: an adapter's description of itself.

mod about;
mod auth;
mod extension;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::about::{About, schema};
pub use self::auth::Auth;
pub use self::extension::Extension;
use crate::{Dialect, Operation};

/// An adapter's description of itself: its name and version, what it can do, and what it needs from the host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    kind: &'static str,
    #[serde(flatten)]
    about: About,
    operations: Vec<Operation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    native_operations: Vec<Operation>,
    dialects: Vec<Dialect>,
    accepts: Vec<Extension>,
    #[serde(skip_serializing_if = "AcceptsWith::is_empty")]
    accepts_with: AcceptsWith,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    accepts_without: BTreeMap<String, Vec<Extension>>,
    #[serde(skip_serializing_if = "DialectsWith::is_empty")]
    dialects_with: DialectsWith,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dialects_without: BTreeMap<String, Vec<Dialect>>,
    auth: Auth,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
    needs_upstream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prefill: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telemetry_name: Option<String>,
    #[serde(skip_serializing_if = "NamesWith::is_empty")]
    telemetry_name_with: NamesWith,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Value>,
}

/// Extensions by the setting and its value with which they are accepted.
type AcceptsWith = BTreeMap<String, BTreeMap<String, Vec<Extension>>>;

/// Dialects by the setting and its value with which the upstream speaks them.
type DialectsWith = BTreeMap<String, BTreeMap<String, Vec<Dialect>>>;

/// Names by the setting and its value with which they hold.
type NamesWith = BTreeMap<String, BTreeMap<String, String>>;

// === impl Manifest ===

impl Manifest {
    /// Starts a manifest without operations or dialects.
    ///
    /// The usual arguments are `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")`. By default, the adapter needs
    /// an upstream but no credential, and has no `base_url`.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            kind: "adapter",
            about: About::new(name, version),
            operations: Vec::new(),
            native_operations: Vec::new(),
            dialects: Vec::new(),
            accepts: Vec::new(),
            accepts_with: AcceptsWith::new(),
            accepts_without: BTreeMap::new(),
            dialects_with: DialectsWith::new(),
            dialects_without: BTreeMap::new(),
            auth: Auth::None,
            base_url: None,
            needs_upstream: true,
            prefill: Vec::new(),
            telemetry_name: None,
            telemetry_name_with: NamesWith::new(),
            settings: None,
        }
    }

    /// Adds a supported operation. Default: [`Operation::Chat`] alone.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Adds an operation that is supported for clients alone whose dialect, other than the canonical one, the upstream
    /// speaks: what only that dialect has. Default: none.
    #[must_use]
    pub fn native_operation(mut self, operation: Operation) -> Self {
        self.native_operations.push(operation);
        self
    }

    /// Adds a dialect the upstream speaks natively: requests in it arrive untranslated.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Into<Dialect>) -> Self {
        self.dialects.push(dialect.into());
        self
    }

    /// Adds a dialect that the upstream speaks natively only where the provider's settings have this value in this member,
    /// for an adapter whose upstreams differ. Default: none.
    #[must_use]
    pub fn dialect_with(
        mut self,
        setting: impl Into<String>,
        value: impl Into<String>,
        dialect: impl Into<Dialect>,
    ) -> Self {
        let values = self.dialects_with.entry(setting.into()).or_default();
        values.entry(value.into()).or_default().push(dialect.into());
        self
    }

    /// Adds a dialect that the upstream speaks natively unless the provider's settings have this member, with whatever
    /// value. Default: none.
    #[must_use]
    pub fn dialect_without(mut self, setting: impl Into<String>, dialect: impl Into<Dialect>) -> Self {
        let dialects = self.dialects_without.entry(setting.into()).or_default();
        dialects.push(dialect.into());
        self
    }

    /// Adds extensions of the canonical dialect that the adapter translates or its upstream has. All others arrive in
    /// OpenAI's standard form. Default: none.
    #[must_use]
    pub fn accepts(mut self, extensions: impl IntoIterator<Item = Extension>) -> Self {
        self.accepts.extend(extensions);
        self
    }

    /// Adds extensions that are accepted only where the provider's settings have this value in this member, for an adapter
    /// whose upstreams differ. A provider's `accepts` in the configuration overrides it. Default: none.
    #[must_use]
    pub fn accepts_with(
        mut self,
        setting: impl Into<String>,
        value: impl Into<String>,
        extensions: impl IntoIterator<Item = Extension>,
    ) -> Self {
        let values = self.accepts_with.entry(setting.into()).or_default();
        values.entry(value.into()).or_default().extend(extensions);
        self
    }

    /// Adds extensions that are accepted unless the provider's settings have this member, with whatever value. Default:
    /// none.
    #[must_use]
    pub fn accepts_without(
        mut self,
        setting: impl Into<String>,
        extensions: impl IntoIterator<Item = Extension>,
    ) -> Self {
        let accepted = self.accepts_without.entry(setting.into()).or_default();
        accepted.extend(extensions);
        self
    }

    /// Sets how the host attaches the provider's credential. Default: [`Auth::None`].
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Sets the base URL for providers whose configuration has none.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Declares that the adapter answers by itself, without an upstream.
    #[must_use]
    pub fn without_upstream(mut self) -> Self {
        self.needs_upstream = false;
        self
    }

    /// Adds models that go on with a text that the assistant has begun: the upstream's names, in which `*` stands for
    /// anything. The host continues streams with them that broke off elsewhere.
    #[must_use]
    pub fn prefill(mut self, models: impl Into<String>) -> Self {
        self.prefill.push(models.into());
        self
    }

    /// Sets the upstream's name in metrics and traces: that of OpenTelemetry's conventions (`gen_ai.provider.name`), such as
    /// `aws.bedrock`, if they have one. Default: the adapter's own name.
    #[must_use]
    pub fn telemetry_name(mut self, name: impl Into<String>) -> Self {
        self.telemetry_name = Some(name.into());
        self
    }

    /// Sets the name where the provider's settings have this value in this member, for an adapter whose upstreams differ;
    /// with the value `*`, wherever they have the member.
    #[must_use]
    pub fn telemetry_name_with(
        mut self,
        setting: impl Into<String>,
        value: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        let names = self.telemetry_name_with.entry(setting.into()).or_default();
        names.insert(value.into(), name.into());
        self
    }

    /// Sets the licence, as an SPDX expression. Default: none.
    #[must_use]
    pub fn licence(mut self, expression: impl Into<String>) -> Self {
        self.about.licence = Some(expression.into());
        self
    }

    /// Sets where the plugin's source or documentation is. Default: nowhere.
    #[must_use]
    pub fn homepage(mut self, url: impl Into<String>) -> Self {
        self.about.homepage = Some(url.into());
        self
    }

    /// Sets the oldest version of Jackfield that the plugin works with. Default: any.
    #[must_use]
    pub fn minimum_host(mut self, version: impl Into<String>) -> Self {
        self.about.minimum_host = Some(version.into());
        self
    }

    /// Completes the manifest with the JSON Schema of the settings.
    pub(crate) fn complete<S: JsonSchema>(mut self) -> Self {
        if self.operations.is_empty() {
            self.operations.push(Operation::Chat);
        }
        self.settings = Some(schema::<S>());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Settings {
        /// Which one.
        #[serde(default)]
        flavour: Option<String>,
    }

    #[test]
    fn a_manifest_carries_the_schema_of_the_settings() {
        let manifest = Manifest::new("a", "1.0.0")
            .auth(Auth::Header { name: "x-key".into() })
            .accepts([Extension::TopK]);
        let manifest = serde_json::to_value(manifest.complete::<Settings>()).unwrap();
        assert_eq!(manifest["kind"], json!("adapter"));
        assert_eq!(manifest["operations"], json!(["chat"]));
        assert_eq!(manifest["auth"], json!({"scheme": "header", "name": "x-key"}));
        assert_eq!(manifest["needs_upstream"], json!(true));
        assert_eq!(manifest["accepts"], json!(["top_k"]));
        assert_eq!(manifest.get("accepts_with"), None);
        assert_eq!(manifest["settings"]["additionalProperties"], json!(false));
        let flavour = &manifest["settings"]["properties"]["flavour"];
        assert_eq!(flavour["description"], json!("Which one."));
    }

    #[test]
    fn what_a_setting_adds_or_takes_away_is_told() {
        let manifest = Manifest::new("a", "1.0.0")
            .accepts_with("flavour", "rich", [Extension::TopK])
            .accepts_with("flavour", "rich", [Extension::Thinking])
            .accepts_without("flavour", [Extension::Functions]);
        let manifest = serde_json::to_value(manifest).unwrap();
        assert_eq!(
            manifest["accepts_with"],
            json!({"flavour": {"rich": ["top_k", "thinking"]}})
        );
        assert_eq!(manifest["accepts_without"], json!({"flavour": ["functions"]}));
    }

    #[test]
    fn an_upstream_has_a_name_in_telemetry_that_may_depend_on_a_setting() {
        let manifest = Manifest::new("a", "1.0.0").telemetry_name("x_ai");
        let manifest = manifest.telemetry_name_with("flavour", "rich", "gcp.gemini");
        let manifest = serde_json::to_value(manifest).unwrap();
        assert_eq!(manifest["telemetry_name"], "x_ai");
        assert_eq!(
            manifest["telemetry_name_with"],
            json!({"flavour": {"rich": "gcp.gemini"}})
        );
    }

    #[test]
    fn an_adapter_without_settings_wants_an_empty_object() {
        let manifest = serde_json::to_value(Manifest::new("a", "1").complete::<()>()).unwrap();
        assert_eq!(
            manifest["settings"],
            json!({"type": "object", "additionalProperties": false})
        );
    }

    #[test]
    fn an_adapter_without_upstream_says_so() {
        let manifest = Manifest::new("a", "1.0.0").without_upstream().complete::<()>();
        assert_eq!(serde_json::to_value(manifest).unwrap()["needs_upstream"], json!(false));
    }
}
