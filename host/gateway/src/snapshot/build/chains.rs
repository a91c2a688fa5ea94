//! The targets of a chain against the adapters behind them: what they can do, and the settings they are given.

use std::sync::Arc;

use jackfield_config::{Fault, Loaded, ModelConfig, TargetConfig};
use serde_json::Value;

use super::Adapters;
use crate::attempt::Adapter;
use crate::snapshot::accepts::accepted;

/// The adapter behind a target, with the target's own settings if it has any; `None` if its provider is off.
pub(super) fn adapter(loaded: &Loaded, adapters: &Adapters, target: &TargetConfig) -> Option<Arc<Adapter>> {
    let adapter = adapters.get(&target.provider)?.as_ref()?;
    if target.settings.is_empty() {
        return Some(Arc::clone(adapter));
    }
    let provider = loaded.config.providers.get(&target.provider)?;
    let settings = target.settings_over(&provider.settings);
    Some(Arc::new(Adapter {
        accepts: accepted(&adapter.plugin.manifest, &settings, &provider.accepts),
        settings: Value::Object(settings).to_string().into(),
        ..Adapter::clone(adapter)
    }))
}

/// What is wrong with the targets of a model: adapters that do not support its operation, and invalid settings.
pub(super) fn faults(loaded: &Loaded, adapters: &Adapters, id: &str, config: &ModelConfig) -> Vec<Fault> {
    let operation = config.capability.operation();
    let mut faults = Vec::new();
    for (index, target) in config.chain.iter().enumerate() {
        let Some(Some(adapter)) = adapters.get(&target.provider) else {
            continue;
        };
        let manifest = &adapter.plugin.manifest;
        faults.extend(loaded.check_target_settings(id, index, &manifest.settings));
        if !manifest.operations.iter().any(|known| known == operation) {
            let index = index.to_string();
            let path = ["models", id, "chain", &index, "provider"];
            let message = format!("its adapter `{}` does not support {operation}", manifest.name);
            let remedy = format!(
                "use an adapter that does; this one supports: {}",
                manifest.operations.join(", ")
            );
            faults.push(loaded.fault_at(&path, message, remedy));
        }
    }
    faults
}
