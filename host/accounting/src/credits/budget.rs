//! What keys have spent, in memory: while charges are on their way into the store, and while requests are in flight.
//!
//! All amounts are micro-credits. Other nodes' charges arrive when the store is read, every few seconds.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clock::{day, month_start};
use crate::sharded::Sharded;
use crate::store::{Budget, Spent};

/// What the keys with a budget have spent, as far as this process knows.
#[derive(Debug, Default)]
pub struct Spendings {
    keys: Sharded<HashMap<Arc<str>, Account>>,
}

/// A part of a budget that is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// That of the day.
    Day,
    /// That of the month.
    Month,
    /// That of the key's whole life.
    Total,
}

/// What an in-flight request may cost. Dropping it unsettled releases that.
#[derive(Debug)]
#[must_use = "dropping it releases the budget"]
pub struct BudgetHold {
    spendings: Arc<Spendings>,
    key: Arc<str>,
    amount: i64,
}

#[derive(Debug, Default)]
struct Account {
    spent: Spent,
    /// The day that `spent` is of, in days since 1970.
    today: Option<i64>,
    held: i64,
}

// === impl Spendings ===

impl Spendings {
    /// Takes in what the store says that a key has spent at `now`, in milliseconds since 1970. Charges only add up, so the
    /// larger amount is right: the store lacks what is on its way, and this process what others charged.
    pub fn refresh(&self, key: &Arc<str>, stored: Spent, now: i64) {
        let mut shard = self.keys.lock(&**key);
        let account = shard.entry(Arc::clone(key)).or_default();
        account.turn_to(day(now));
        let spent = &mut account.spent;
        spent.day = spent.day.max(stored.day);
        spent.month = spent.month.max(stored.month);
        spent.total = spent.total.max(stored.total);
    }

    /// The part of a key's budget that is spent at `now`, in milliseconds since 1970, with what is held; `None` if none is.
    #[must_use]
    pub fn exhausted(&self, key: &Arc<str>, budget: &Budget, now: i64) -> Option<Exhausted> {
        let mut shard = self.keys.lock(&**key);
        let account = shard.entry(Arc::clone(key)).or_default();
        account.exhausted(budget, day(now))
    }

    /// Holds what a request of this key may cost, unless a part of its budget is spent at `now`, in milliseconds since 1970.
    /// Both in one step, so that of many requests for the last of it one gets it.
    ///
    /// # Errors
    /// The part that is spent.
    pub fn hold(
        self: &Arc<Self>,
        key: &Arc<str>,
        budget: &Budget,
        estimate: i64,
        now: i64,
    ) -> Result<BudgetHold, Exhausted> {
        let mut shard = self.keys.lock(&**key);
        let account = shard.entry(Arc::clone(key)).or_default();
        match account.exhausted(budget, day(now)) {
            Some(part) => Err(part),
            None => Ok(self.held(key, account, estimate)),
        }
    }

    /// Holds what a request of this key may cost, even if its budget is spent.
    pub fn hold_anyway(self: &Arc<Self>, key: &Arc<str>, estimate: i64) -> BudgetHold {
        let mut shard = self.keys.lock(&**key);
        self.held(key, shard.entry(Arc::clone(key)).or_default(), estimate)
    }

    fn held(self: &Arc<Self>, key: &Arc<str>, account: &mut Account, estimate: i64) -> BudgetHold {
        let amount = estimate.max(0);
        account.held = account.held.saturating_add(amount);
        BudgetHold {
            spendings: Arc::clone(self),
            key: Arc::clone(key),
            amount,
        }
    }
}

// === impl Account ===

impl Account {
    /// Begins the day, and the month, if they are new.
    fn turn_to(&mut self, today: i64) {
        match self.today {
            Some(before) if before >= today => return,
            Some(before) if month_start(before) == month_start(today) => self.spent.day = 0,
            Some(_) => (self.spent.day, self.spent.month) = (0, 0),
            None => {}
        }
        self.today = Some(today);
    }

    fn exhausted(&mut self, budget: &Budget, today: i64) -> Option<Exhausted> {
        self.turn_to(today);
        let over = |most: Option<i64>, spent: i64| most.is_some_and(|most| spent.saturating_add(self.held) >= most);
        let spent = self.spent;
        [
            (over(budget.total, spent.total), Exhausted::Total),
            (over(budget.month, spent.month), Exhausted::Month),
            (over(budget.day, spent.day), Exhausted::Day),
        ]
        .into_iter()
        .find_map(|(over, part)| over.then_some(part))
    }

    /// Adds a charge for a request of this day, which may be an earlier one: then it is no charge of today.
    fn add(&mut self, charge: i64, on: i64) {
        self.turn_to(on);
        let today = self.today.unwrap_or(on);
        let spent = &mut self.spent;
        for (sum, counts) in [
            (&mut spent.day, on == today),
            (&mut spent.month, month_start(on) == month_start(today)),
            (&mut spent.total, true),
        ] {
            if counts {
                *sum = sum.saturating_add(charge);
            }
        }
    }
}

// === impl BudgetHold ===

impl BudgetHold {
    /// Releases the hold and adds what the request has cost that arrived at this time, in milliseconds since 1970.
    pub fn settle(self, charge: i64, arrived: i64) {
        let mut shard = self.spendings.keys.lock(&*self.key);
        if let Some(account) = shard.get_mut(&self.key) {
            account.add(charge.max(0), day(arrived));
        }
    }
}

impl Drop for BudgetHold {
    fn drop(&mut self) {
        let mut shard = self.spendings.keys.lock(&*self.key);
        if let Some(account) = shard.get_mut(&self.key) {
            account.held = account.held.saturating_sub(self.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    /// 20 November 2026, in milliseconds since 1970.
    const THEN: i64 = 20_777 * DAY;

    fn budget(day: Option<i64>, month: Option<i64>, total: Option<i64>) -> Budget {
        Budget { day, month, total }
    }

    #[test]
    fn what_is_held_counts_until_it_is_settled_or_dropped() {
        let (spendings, key) = (Arc::new(Spendings::default()), Arc::<str>::from("k"));
        let most = budget(Some(10), None, None);
        assert_eq!(spendings.exhausted(&key, &most, THEN), None);
        let (first, second) = (spendings.hold_anyway(&key, 6), spendings.hold_anyway(&key, 6));
        assert_eq!(spendings.exhausted(&key, &most, THEN), Some(Exhausted::Day));
        drop(second);
        assert_eq!(spendings.exhausted(&key, &most, THEN), None);
        first.settle(10, THEN);
        assert_eq!(spendings.exhausted(&key, &most, THEN), Some(Exhausted::Day));
        assert_eq!(spendings.exhausted(&key, &most, THEN + DAY), None);
    }

    #[test]
    fn a_day_and_a_month_begin_anew_and_the_whole_does_not() {
        let (spendings, key) = (Arc::new(Spendings::default()), Arc::<str>::from("k"));
        spendings.hold_anyway(&key, 0).settle(5, THEN);
        let exhausted = |budget, now| spendings.exhausted(&key, &budget, now);
        assert_eq!(exhausted(budget(None, Some(5), None), THEN), Some(Exhausted::Month));
        assert_eq!(
            exhausted(budget(None, Some(5), None), THEN + DAY),
            Some(Exhausted::Month)
        );
        assert_eq!(exhausted(budget(Some(5), Some(5), None), THEN + 20 * DAY), None);
        assert_eq!(
            exhausted(budget(None, None, Some(5)), THEN + 400 * DAY),
            Some(Exhausted::Total)
        );
    }

    #[test]
    fn the_store_adds_what_others_charged_and_takes_nothing_back() {
        let (spendings, key) = (Arc::new(Spendings::default()), Arc::<str>::from("k"));
        spendings.hold_anyway(&key, 0).settle(5, THEN);
        let stored = |total| Spent {
            day: total,
            month: total,
            total,
        };
        spendings.refresh(&key, stored(3), THEN);
        assert_eq!(
            spendings.exhausted(&key, &budget(Some(5), None, None), THEN),
            Some(Exhausted::Day)
        );
        spendings.refresh(&key, stored(9), THEN);
        assert_eq!(
            spendings.exhausted(&key, &budget(None, None, Some(9)), THEN),
            Some(Exhausted::Total)
        );
    }

    #[test]
    fn one_of_many_requests_gets_the_last_of_a_budget() {
        let (spendings, key) = (Arc::new(Spendings::default()), Arc::<str>::from("k"));
        let most = budget(None, Some(10), None);
        let first = spendings.hold(&key, &most, 10, THEN).unwrap();
        assert_eq!(spendings.hold(&key, &most, 1, THEN).unwrap_err(), Exhausted::Month);
        drop(first);
        drop(spendings.hold(&key, &most, 1, THEN).unwrap());
        let none = budget(Some(0), None, None);
        assert_eq!(spendings.hold(&key, &none, 0, THEN).unwrap_err(), Exhausted::Day);
    }

    #[test]
    fn what_began_yesterday_is_no_charge_of_today() {
        let (spendings, key) = (Arc::new(Spendings::default()), Arc::<str>::from("k"));
        let late = spendings.hold_anyway(&key, 0);
        let today = THEN + DAY;
        assert_eq!(spendings.exhausted(&key, &budget(Some(1), None, None), today), None);
        late.settle(5, THEN);
        assert_eq!(spendings.exhausted(&key, &budget(Some(5), None, None), today), None);
        let month = spendings.exhausted(&key, &budget(None, Some(5), None), today);
        assert_eq!(month, Some(Exhausted::Month));
    }
}
