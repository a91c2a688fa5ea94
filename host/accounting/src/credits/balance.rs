//! Balances in memory: what a user may still spend while charges are on their way into the store.
//!
//! All amounts are micro-credits. The available amount is the store's balance minus pending charges (not yet in the
//! store) minus holds (for in-flight requests).

use std::collections::HashMap;
use std::sync::Arc;

use crate::sharded::Sharded;

/// The balances of all users whom this process has seen.
#[derive(Debug, Default)]
pub struct Balances {
    accounts: Sharded<HashMap<Arc<str>, Account>>,
}

/// Credits held for an in-flight request. Dropping it unsettled releases them: the request costs
/// nothing.
#[derive(Debug)]
#[must_use = "dropping it releases the credits"]
pub struct Hold {
    balances: Arc<Balances>,
    user: Arc<str>,
    amount: i64,
}

/// The user has no credits left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the user has no credits left")]
pub struct InsufficientCredits;

#[derive(Debug, Default)]
struct Account {
    /// As last read from the store; `None` if the user has none there.
    balance: Option<i64>,
    /// Signed, because the store may have a row before its request settles the hold.
    pending: i64,
    held: i64,
    /// The number of live holds, including those of 0. The account is kept while there are any.
    holds: u32,
}

// === impl Balances ===

impl Balances {
    /// Knows no balances yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds the estimated cost of a request. The last request may overdraw the balance, and users without a balance
    /// are never refused.
    ///
    /// # Errors
    /// [`InsufficientCredits`] if nothing is left and the request is not free.
    pub fn hold(self: &Arc<Self>, user: &Arc<str>, estimate: i64) -> Result<Hold, InsufficientCredits> {
        let mut shard = self.accounts.lock(&**user);
        if estimate > 0
            && shard
                .get(user)
                .and_then(Account::available)
                .is_some_and(|left| left <= 0)
        {
            return Err(InsufficientCredits);
        }
        Ok(self.add_hold(&mut shard, user, estimate))
    }

    /// Holds regardless of what is left: for plans with an overdraft.
    pub fn hold_anyway(self: &Arc<Self>, user: &Arc<str>, estimate: i64) -> Hold {
        self.add_hold(&mut self.accounts.lock(&**user), user, estimate)
    }

    /// Sets the balance that was read from the store.
    ///
    /// If a ledger row of the user was inserted around the time of the read, the balance may be off by that row; the
    /// user's next row corrects it.
    pub fn refresh(&self, user: &Arc<str>, balance: i64) {
        let mut shard = self.accounts.lock(&**user);
        shard.entry(Arc::clone(user)).or_default().balance = Some(balance);
    }

    /// What the user may still spend; `None` if they have no balance.
    pub fn available(&self, user: &str) -> Option<i64> {
        self.accounts.lock(user).get(user)?.available()
    }

    /// Pending charges, `released` in total, have reached the store, which now has this `balance`; `None` if it does
    /// not have the user.
    pub(crate) fn stored(&self, user: &str, released: i64, balance: Option<i64>) {
        self.change(user, |account| {
            account.pending = account.pending.saturating_sub(released);
            // Only `refresh` decides whether a user has a balance.
            if let (Some(known), Some(balance)) = (&mut account.balance, balance) {
                *known = balance;
            }
        });
    }

    fn add_hold(self: &Arc<Self>, shard: &mut HashMap<Arc<str>, Account>, user: &Arc<str>, estimate: i64) -> Hold {
        let amount = estimate.max(0);
        let account = shard.entry(Arc::clone(user)).or_default();
        account.held = account.held.saturating_add(amount);
        account.holds += 1;
        Hold {
            balances: Arc::clone(self),
            user: Arc::clone(user),
            amount,
        }
    }

    /// Changes an account if it exists, and removes it if nothing in it matters any more.
    fn change(&self, user: &str, change: impl FnOnce(&mut Account)) {
        let mut shard = self.accounts.lock(user);
        let Some(account) = shard.get_mut(user) else {
            return;
        };
        change(account);
        if account.is_idle() {
            shard.remove(user);
        }
    }
}

// === impl Account ===

impl Account {
    fn available(&self) -> Option<i64> {
        let balance = self.balance?;
        Some(balance.saturating_sub(self.pending).saturating_sub(self.held))
    }

    fn is_idle(&self) -> bool {
        self.balance.is_none() && self.pending == 0 && self.holds == 0
    }
}

// === impl Hold ===

impl Hold {
    /// Releases the hold and makes `actual` pending until the store has it. Call it once the record is in the journal.
    pub(crate) fn settle(self, actual: i64) {
        self.balances.change(&self.user, |account| {
            account.pending = account.pending.saturating_add(actual.max(0));
        });
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.balances.change(&self.user, |account| {
            account.held = account.held.saturating_sub(self.amount);
            account.holds = account.holds.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn with_balance(balance: i64) -> (Arc<Balances>, Arc<str>) {
        let (balances, user) = (Arc::new(Balances::new()), Arc::<str>::from("ada"));
        balances.refresh(&user, balance);
        (balances, user)
    }

    #[test]
    fn a_hold_lowers_what_is_left_until_it_is_dropped() {
        let (balances, user) = with_balance(100);
        let hold = balances.hold(&user, 30).unwrap();
        assert_eq!(balances.available(&user), Some(70));
        drop(hold);
        assert_eq!(balances.available(&user), Some(100));
    }

    #[test]
    fn a_spent_balance_refuses_only_requests_that_cost_something() {
        let (balances, user) = with_balance(10);
        let hold = balances.hold(&user, 500).unwrap();
        assert_eq!(balances.hold(&user, 1).unwrap_err(), InsufficientCredits);
        let free = balances.hold(&user, 0).unwrap();
        let overdraft = balances.hold_anyway(&user, 5);
        assert_eq!(balances.available(&user), Some(-495));
        drop((hold, free, overdraft));
        assert!(balances.hold(&user, 1).is_ok());
    }

    #[test]
    fn a_charge_is_pending_from_its_settlement_until_the_store_has_it() {
        let (balances, user) = with_balance(100);
        balances.hold(&user, 30).unwrap().settle(20);
        assert_eq!(balances.available(&user), Some(80));
        balances.stored(&user, 20, Some(80));
        assert_eq!(balances.available(&user), Some(80));
    }

    #[test]
    fn a_row_may_be_in_the_store_before_its_hold_is_settled() {
        let (balances, user) = with_balance(100);
        let hold = balances.hold(&user, 30).unwrap();
        balances.stored(&user, 20, Some(80));
        hold.settle(20);
        assert_eq!(balances.available(&user), Some(80));
    }

    #[test]
    fn a_user_without_a_balance_is_never_refused_and_leaves_nothing_behind() {
        let balances = Arc::new(Balances::new());
        let user = Arc::<str>::from("static");
        balances.hold(&user, 5).unwrap().settle(7);
        let second = balances.hold(&user, 5).unwrap();
        assert_eq!(balances.available(&user), None);
        balances.stored(&user, 7, None);
        drop(second);
        balances.stored(&user, 7, Some(3));
        assert!(balances.accounts.each().all(|shard| shard.is_empty()));
    }

    #[test]
    fn nothing_is_lost_among_many_threads() {
        let (balances, user) = with_balance(1_000_000);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        balances.hold(&user, 9).unwrap().settle(3);
                        drop(balances.hold(&user, 9).unwrap());
                    }
                });
            }
        });
        assert_eq!(balances.available(&user), Some(1_000_000 - 8 * 1_000 * 3));
        balances.stored(&user, 8 * 1_000 * 3, Some(976_000));
        assert_eq!(balances.available(&user), Some(976_000));
    }
}
