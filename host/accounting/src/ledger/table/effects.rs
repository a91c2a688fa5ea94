//! What new rows of the ledger change elsewhere: balances, and when keys were used.

use std::collections::BTreeMap;

use super::signed;
use crate::ledger::Record;

/// What new rows mean to users and keys. Sorted, so that two nodes lock rows in the same order.
#[derive(Default)]
pub(super) struct Effects<'a> {
    /// By how much each user's balance falls, in micro-credits.
    pub(super) charges: BTreeMap<&'a str, i64>,
    /// When each key was used last, in milliseconds since 1970.
    pub(super) used: BTreeMap<&'a str, i64>,
}

// === impl Effects ===

impl<'a> Effects<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Record<'a>>) -> Self {
        let mut effects = Self::default();
        for record in records {
            effects.add(record);
        }
        effects
    }

    /// Adds those of one more row.
    pub(super) fn add(&mut self, record: &'a Record<'a>) {
        if let Some(user) = &record.user_id
            && record.credits != 0
        {
            let charge = self.charges.entry(user).or_default();
            *charge = charge.saturating_add(record.credits);
        }
        if let Some(key) = &record.key_id {
            let used = self.used.entry(key).or_default();
            *used = signed(record.time).max(*used);
        }
    }

    /// Asks for the balances of all users who are charged in `records`, be it for older rows.
    pub(super) fn ask_for(&mut self, records: &'a [Record<'a>]) {
        let charged = records.iter().filter(|record| record.credits != 0);
        for user in charged.filter_map(|record| record.user_id.as_deref()) {
            self.charges.entry(user).or_default();
        }
    }
}
