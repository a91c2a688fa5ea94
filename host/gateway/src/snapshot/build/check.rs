//! What a configuration comes to, without putting it in force.

use std::sync::Arc;

use super::{Adapters, Builder};
use crate::attempt::Adapter;
use crate::memo::Memo;
use crate::snapshot::provider_builder::ProviderBuilder;
use jackfield_config::{Fault, Loaded};

// === impl Builder ===

impl Builder {
    /// All faults of a configuration together with its plugins; empty if it could come into force. A source that has not
    /// been [fetched](Self::fetch) is none: what needs it is not checked.
    #[must_use]
    pub fn check(&self, loaded: &Loaded) -> Vec<Fault> {
        let folder = match self.folder(loaded) {
            Ok(folder) => folder,
            Err(fault) => return vec![fault],
        };
        let plugins = self.load_plugins(loaded, &folder, None);
        let broken = plugins.broken.iter().filter(|broken| !broken.pending);
        let mut faults: Vec<Fault> = broken.map(|broken| broken.fault.clone()).collect();
        faults.extend(
            self.parts_with(plugins, loaded, None)
                .err()
                .into_iter()
                .flat_map(|faults| faults.0),
        );
        faults
    }

    /// The providers of a configuration that are on; none if there are faults.
    pub(in crate::snapshot) fn adapters_on(&self, loaded: &Loaded) -> Vec<Arc<Adapter>> {
        let Ok(folder) = self.folder(loaded) else {
            return Vec::new();
        };
        let plugins = self.load_plugins(loaded, &folder, None);
        let off = plugins.providers_off(&loaded.config, true);
        let builder = ProviderBuilder {
            loaded,
            plugins: &plugins.files,
            memo: Arc::new(Memo::new(false, None)),
        };
        let adapters = Self::adapters(&builder, &off);
        adapters.into_iter().flat_map(Adapters::into_values).flatten().collect()
    }
}
