//! How the steps of a chain share requests among their targets: each request tries them in an order of its own.
//!
//! Reading order: a [`Balance`] has the steps with several targets, [`turns`] gives each request its number, and
//! [`order`] is what comes out.

mod order;
mod step;
#[cfg(test)]
mod tests;
mod turns;

use super::target::Target;
use crate::affinity::{Affinities, Affinity};

pub(super) use order::Order;
pub(crate) use step::{Share, Step};

/// The steps of a chain that have several targets. None for most chains, which are walked as they are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balance {
    steps: Vec<Step>,
}

/// What the steps of a chain want to know about a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Which conversation it belongs to.
    pub(crate) conversation: bool,
    /// Whose it is.
    pub(crate) user: bool,
}

// === impl Balance ===

impl Balance {
    /// The chain with these steps.
    #[must_use]
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The steps of the same chain when it has only those of its targets for which `kept` is true.
    #[must_use]
    pub(super) fn keeping(&self, kept: &[bool]) -> Self {
        Self {
            steps: self.steps.iter().map(|step| step.keeping(kept)).collect(),
        }
    }

    /// What it wants to know about each request.
    #[must_use]
    pub(crate) fn wanted(&self) -> Wanted {
        self.steps
            .iter()
            .fold(Wanted::default(), |wanted, step| step.wants(wanted))
    }

    /// The order in which a request tries the targets.
    #[must_use]
    pub(super) fn order<P>(&self, targets: &[Target<P>], affinities: Affinities, stream: bool) -> Order {
        if self.steps.is_empty() {
            return Order::default();
        }
        let mut order = Order::listed(targets.len());
        for step in &self.steps {
            let own = targets.get(step.places()).unwrap_or_default();
            let loads = own.iter().map(|target| target.load.as_deref());
            order.rearrange(
                step.places(),
                &step.order(&loads.collect::<Vec<_>>(), affinities, stream),
            );
        }
        order
    }

    /// What a request has in common with others that go to this target.
    #[must_use]
    pub(super) fn affinity(&self, index: usize, affinities: Affinities) -> Option<Affinity> {
        let step = self.steps.iter().find(|step| step.places().contains(&index))?;
        step.affinity(affinities)
    }
}
