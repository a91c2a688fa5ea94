//! The effects of new ledger rows on other tables: balances, when keys were last used, what they cost, and sums that they
//! come late for.

use std::collections::BTreeMap;

use super::days::DaySums;
use super::signed;
use crate::clock::DAY_MILLIS;
use crate::ledger::record::Record;
use crate::store::LARGEST_BALANCE;

/// The effects on users and keys. Sorted, so that all nodes lock rows in the same order.
#[derive(Default)]
pub(super) struct Effects<'a> {
    /// The charge per user, in micro-credits.
    pub(super) charges: BTreeMap<&'a str, i64>,
    /// The last use per key, in milliseconds since 1970.
    pub(super) used: BTreeMap<&'a str, i64>,
    /// What rows add to sums by day that were made without them.
    pub(super) late: DaySums,
    /// All rows from before this moment are part of these sums, in milliseconds since 1970.
    until: i64,
    /// The charge per key and day (days since 1970), in micro-credits.
    pub(super) spent: BTreeMap<(&'a str, i64), i64>,
}

// === impl Effects ===

impl<'a> Effects<'a> {
    /// No effects yet, for rows that come late if they are from before `until`.
    pub(super) fn until(until: i64) -> Self {
        Self {
            until,
            ..Self::default()
        }
    }

    pub(super) fn of(until: i64, records: impl Iterator<Item = &'a Record<'a>>) -> Self {
        let mut effects = Self::until(until);
        for record in records {
            effects.add(record);
        }
        effects
    }

    /// Adds the effects of one more row.
    pub(super) fn add(&mut self, record: &'a Record<'a>) {
        if let Some(user) = &record.user_id
            && record.credits != 0
        {
            charge(self.charges.entry(user).or_default(), record);
        }
        if signed(record.time) < self.until {
            self.late.add_record(record);
        }
        if let Some(key) = &record.key_id {
            let used = self.used.entry(key).or_default();
            *used = signed(record.time).max(*used);
            if record.credits != 0 {
                let day = signed(record.time) / DAY_MILLIS.cast_signed();
                charge(self.spent.entry((key, day)).or_default(), record);
            }
        }
    }

    /// Adds charges of 0 for all users who are charged in `records`, so that their balances are returned even if their
    /// rows are not new.
    pub(super) fn include_users(&mut self, records: &'a [Record<'a>]) {
        let charged = records.iter().filter(|record| record.credits != 0);
        for user in charged.filter_map(|record| record.user_id.as_deref()) {
            self.charges.entry(user).or_default();
        }
    }
}

/// Adds what a row costs. It may be of a journal that someone wrote to: no sum of balance and charge may overflow.
fn charge(sum: &mut i64, record: &Record<'_>) {
    *sum = sum
        .saturating_add(record.credits)
        .clamp(-LARGEST_BALANCE, LARGEST_BALANCE);
}
