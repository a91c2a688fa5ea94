//! What traffic has taught about targets and providers: it outlives the snapshot, because a reload teaches nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Snapshot;
use crate::routing::{Breaker, Health};

/// Breakers and health by target and provider: those of the snapshot before, and new ones for what is new. Models that
/// share a target share them.
pub(super) struct CarryOver {
    targets: RefCell<BTreeMap<TargetName, TargetState>>,
    providers: RefCell<BTreeMap<String, Arc<Health>>>,
}

/// A provider and its upstream's model.
type TargetName = (String, String);

/// What is known of a target.
#[derive(Default, Clone)]
pub(super) struct TargetState {
    pub(super) breaker: Arc<Breaker>,
    pub(super) health: Arc<Health>,
}

// === impl CarryOver ===

impl CarryOver {
    pub(super) fn from(previous: Option<&Snapshot>) -> Self {
        let targets = previous
            .into_iter()
            .flat_map(|snapshot| snapshot.models.values())
            .flat_map(|model| &model.chain.targets);
        let targets = targets
            .map(|target| {
                let key = (target.name.to_string(), target.model.to_string());
                let (breaker, health) = (Arc::clone(&target.breaker), Arc::clone(&target.health));
                (key, TargetState { breaker, health })
            })
            .collect();
        let providers = previous.map_or_else(BTreeMap::new, |snapshot| snapshot.providers.clone());
        Self {
            targets: RefCell::new(targets),
            providers: RefCell::new(providers),
        }
    }

    /// Breaker and health of a target.
    pub(super) fn target(&self, provider: &str, model: &str) -> TargetState {
        let mut targets = self.targets.borrow_mut();
        targets
            .entry((provider.to_owned(), model.to_owned()))
            .or_default()
            .clone()
    }

    /// Health of a provider, over all its targets.
    pub(super) fn provider(&self, provider: &str) -> Arc<Health> {
        let mut providers = self.providers.borrow_mut();
        Arc::clone(providers.entry(provider.to_owned()).or_default())
    }
}
