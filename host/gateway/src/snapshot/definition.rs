//! What a model is made of, as a hash: two snapshots in which it is equal answer a request alike.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::{Model, Snapshot};

/// The hash of a model's definition, made when it is asked for.
#[derive(Debug, Default)]
pub(super) struct Definition(OnceLock<[u8; 32]>);

// === impl Snapshot ===

impl Snapshot {
    /// A hash of all that decides how the model answers: its configuration, that of its providers, and their plugins.
    /// API keys are no part of it.
    pub(crate) fn definition(&self, model: &Model) -> [u8; 32] {
        *model.definition.0.get_or_init(|| {
            let mut hash = Sha256::new();
            let mut part = |bytes: &[u8]| {
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            };
            part(model.id.as_bytes());
            part(format!("{:?}", model.config).as_bytes());
            for target in &model.chain.targets {
                part(target.name.as_bytes());
                part(target.model.as_bytes());
                // Neither the configuration of a target nor that of a provider shows its settings.
                let provider = self.config.providers.get(&*target.name);
                part(format!("{:?}", provider.map(|provider| (&provider.base_url, provider))).as_bytes());
                for (name, value) in provider.iter().flat_map(|provider| &provider.headers) {
                    part(name.as_bytes());
                    part(value.expose().as_bytes());
                }
                if let Some(adapter) = &target.provider {
                    part(adapter.plugin.sha256.as_bytes());
                    part(&adapter.settings);
                    part(format!("{:?} {:?} {:?}", adapter.accepts, adapter.dialects, adapter.prefill).as_bytes());
                }
            }
            hash.finalize().into()
        })
    }
}
