//! The state that outlives a snapshot: breakers, pauses and health, which a reload must not reset.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::Snapshot;
use crate::routing::{Breaker, Counting, Health, Load, Pause};

/// Breakers, pauses and health by target and provider: reused from the previous snapshot, or new. Models that share a target
/// share them.
pub(super) struct CarryOver {
    targets: RefCell<BTreeMap<TargetName, TargetState>>,
    providers: RefCell<BTreeMap<String, Arc<Health>>>,
}

/// A provider's name and the upstream's name for the model.
type TargetName = (String, String);

/// The state of a target that a reload keeps.
#[derive(Clone)]
pub(super) struct TargetState {
    pub(super) breaker: Arc<Breaker>,
    pub(super) pause: Arc<Pause>,
    pub(super) health: Arc<Health>,
    pub(super) counting: Counting,
    /// Only of targets that some step chooses by it.
    load: Option<Arc<Load>>,
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
                let state = TargetState {
                    breaker: Arc::clone(&target.breaker),
                    pause: Arc::clone(&target.pause),
                    health: Arc::clone(&target.health),
                    counting: target.counting.clone(),
                    load: target.load.clone(),
                };
                (key, state)
            })
            .collect();
        let providers = previous.map_or_else(BTreeMap::new, |snapshot| snapshot.providers.clone());
        Self {
            targets: RefCell::new(targets),
            providers: RefCell::new(providers),
        }
    }

    /// The state of a target, new if the previous snapshot had none.
    pub(super) fn target(&self, provider: &str, model: &str) -> TargetState {
        let mut targets = self.targets.borrow_mut();
        targets
            .entry((provider.to_owned(), model.to_owned()))
            .or_insert_with(|| TargetState {
                breaker: Arc::new(Breaker::new(provider, model)),
                pause: Arc::default(),
                health: Arc::default(),
                counting: Counting::new(provider, model),
                load: None,
            })
            .clone()
    }

    /// The load of a target, new if the previous snapshot had none.
    pub(super) fn load(&self, provider: &str, model: &str) -> Arc<Load> {
        let known = self.target(provider, model).load;
        known.unwrap_or_else(|| {
            let load = Arc::<Load>::default();
            let key = (provider.to_owned(), model.to_owned());
            if let Some(state) = self.targets.borrow_mut().get_mut(&key) {
                state.load = Some(Arc::clone(&load));
            }
            load
        })
    }

    /// The health of a provider over all its targets, new if the previous snapshot had none.
    pub(super) fn provider(&self, provider: &str) -> Arc<Health> {
        let mut providers = self.providers.borrow_mut();
        let health = || Arc::new(Health::by_minute(Instant::now()));
        Arc::clone(providers.entry(provider.to_owned()).or_insert_with(health))
    }
}
