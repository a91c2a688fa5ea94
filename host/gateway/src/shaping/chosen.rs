//! The shapers of a snapshot, and which of them serve a request.

use std::sync::Arc;

use jackfield_config::{Config, ModelConfig};
use jackfield_dialects::Operation;

use super::pseudonym::Pseudonyms;
use super::shaper::{Runner, Shaper};
use super::tally::Tally;

/// The shapers of a snapshot, in the order in which they see requests.
#[derive(Debug, Default)]
pub(crate) struct Shapers {
    list: Vec<Arc<Shaper>>,
    /// How callers are known to them.
    pub(crate) pseudonyms: Pseudonyms,
}

// === impl Shapers ===

impl Shapers {
    /// These shapers of a configuration.
    pub(crate) fn new(mut list: Vec<Arc<Shaper>>, config: &Config) -> Self {
        let order = |shaper: &Shaper| config.shapers.get(&*shaper.name).map(|config| config.order);
        list.sort_by(|a, b| (order(a), &a.name).cmp(&(order(b), &b.name)));
        Self {
            list,
            pseudonyms: Pseudonyms::default(),
        }
    }

    /// The same, to which callers are known by these pseudonyms.
    #[must_use]
    pub(crate) fn naming_by(self, pseudonyms: Pseudonyms) -> Self {
        Self { pseudonyms, ..self }
    }

    /// True if there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What is counted of each, by its name.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = (&str, &Arc<Tally>)> {
        self.list.iter().map(|shaper| (&*shaper.name, &shaper.tally))
    }

    /// Those that are not in force, each with the reason.
    pub(crate) fn lost(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().filter_map(|shaper| match &shaper.runner {
            Runner::Nobody(reason) => Some((&*shaper.name, reason.as_str())),
            Runner::Plugin(_) | Runner::Guard(_) => None,
        })
    }

    /// Those that serve requests of callers with this plan for this model, in order.
    pub(crate) fn of(
        &self,
        config: &Config,
        plan: Option<&str>,
        model: &ModelConfig,
        operation: Operation,
    ) -> Vec<Arc<Shaper>> {
        let plan = plan.and_then(|plan| config.plans.get(plan));
        let serves = |shaper: &&Arc<Shaper>| {
            let own = config.shapers.get(&*shaper.name);
            shaper.is_for(operation) && own.is_some_and(|own| own.serves(&shaper.name, plan, model))
        };
        self.list.iter().filter(serves).cloned().collect()
    }
}
