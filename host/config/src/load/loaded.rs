//! A configuration that loaded: what plugins say of their settings is checked against it, and providers are switched off in it.

use serde_json::{Map, Value};

use super::{
    document::{Document, pointer},
    reader::Inputs,
    validate::findings,
};
use crate::{Config, Fault, Faults, TargetConfig, TargetPlace};

/// A configuration without a fault, and what was learnt while loading it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration. Relative paths in it have been resolved against the configuration's folder.
    pub config: Config,
    /// The place of each value, for faults found later.
    pub(super) document: Document,
    /// The files it was read from.
    pub inputs: Inputs,
    /// What deserves a line in the log: which providers are off, and why.
    pub warnings: Vec<String>,
}

// === impl Loaded ===

impl Loaded {
    /// Validates a provider's settings against `schema`, from its adapter's manifest. Returns every fault; an unknown
    /// provider has none.
    pub fn check_settings(&self, provider: &str, schema: &Value) -> Vec<Fault> {
        let Some(config) = self.config.providers.get(provider) else {
            return Vec::new();
        };
        let path = ["providers", provider, "settings"];
        self.check_against(schema, &config.settings, &path, &["providers", provider, "adapter"])
    }

    /// The same for a target with settings of its own, which stands at this place in the chain of this model.
    pub fn check_target_settings(
        &self,
        model: &str,
        (place, target): (&TargetPlace, &TargetConfig),
        schema: &Value,
    ) -> Vec<Fault> {
        let Some(provider) = self.config.providers.get(&target.provider) else {
            return Vec::new();
        };
        if target.settings.is_empty() {
            return Vec::new();
        }
        let (settings, path) = (target.settings_over(&provider.settings), place.path(model, "settings"));
        self.check_against(schema, &settings, &path, &["providers", &target.provider, "adapter"])
    }

    /// The same for a shaper and the plugin that it names.
    pub fn check_shaper_settings(&self, shaper: &str, schema: &Value) -> Vec<Fault> {
        let Some(config) = self.config.shapers.get(shaper) else {
            return Vec::new();
        };
        let path = ["shapers", shaper, "settings"];
        self.check_against(schema, &config.settings, &path, &["shapers", shaper, "plugin"])
    }

    /// Validates the settings at `path` against the schema of the plugin that is named at `plugin`.
    fn check_against(
        &self,
        schema: &Value,
        settings: &Map<String, Value>,
        path: &[&str],
        plugin: &[&str],
    ) -> Vec<Fault> {
        let settings = Value::Object(settings.clone());
        match findings(&self.document, &pointer(path), schema, &settings) {
            Ok(findings) => Faults::sorted(findings.into_iter().map(|found| found.fault).collect()).0,
            Err(error) => {
                let problem = format!("names a plugin whose settings schema is invalid: {error}");
                vec![self.fault_at(plugin, problem, "fix the plugin")]
            }
        }
    }

    /// Switches a provider off for this reason, with a warning. One that is off already, or unknown, stays as it is.
    pub fn switch_off(&mut self, provider: &str, reason: String) {
        let fault = self.fault_at(&["providers", provider], "", "");
        let Some(config) = self
            .config
            .providers
            .get_mut(provider)
            .filter(|config| config.off.is_none())
        else {
            return;
        };
        let place = format!("{}:{}:{}", fault.file.display(), fault.line, fault.column);
        self.warnings.push(format!("{place}: {} is off: {reason}", fault.field));
        config.off = Some(reason);
    }

    /// Warns if any web page may call without a key.
    pub(super) fn warn_of_pages(&mut self) {
        let Some(problem) = self.config.server.open_to_pages() else {
            return;
        };
        let remedy = "list the pages that may, or write auth: required";
        let fault = self.fault_at(&["server", "cors", "origins"], problem, remedy);
        self.warnings.push(fault.to_string());
    }

    /// A fault at the value with this path, or at its nearest ancestor that the files contain.
    pub fn fault_at(&self, field_path: &[&str], problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        self.document.fault_at(field_path, problem, remedy)
    }
}
