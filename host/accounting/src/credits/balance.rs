//! Balances in memory: what a user may still spend, while charges are on their way into the store.
//!
//! All amounts are micro-credits. What may be spent is the store's balance less what is pending (charged, and not yet
//! in the store) less what is held (for requests under way).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Locks that share the users among them, so that lanes seldom wait for each other.
const SHARDS: usize = 64;

/// The balances of the users of this process.
#[derive(Debug)]
pub struct Balances {
    shards: Vec<Mutex<HashMap<Arc<str>, Account>>>,
    hasher: RandomState,
}

/// Credits held for a request under way. Dropped without being settled, it lets them go: the request cost nothing.
#[derive(Debug)]
#[must_use = "credits are held only as long as this lives"]
pub struct Hold {
    balances: Arc<Balances>,
    user: Arc<str>,
    amount: i64,
}

/// The user's balance is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credit balance is spent; add credits, or call a model that costs nothing")]
pub struct Spent;

#[derive(Debug, Default)]
struct Account {
    /// As the store had it last; none if the user has none there.
    balance: Option<i64>,
    /// Signed: the store may have a row before its request has settled its hold.
    pending: i64,
    held: i64,
    /// Holds that live, those of 0 included: as long as there is one, its account stays.
    holds: u32,
}

// === impl Balances ===

impl Balances {
    /// No balance is known.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Holds what a request will cost by an estimate. A user without a balance is never refused.
    ///
    /// # Errors
    /// [`Spent`] if nothing is left and the request costs something.
    pub fn hold(self: &Arc<Self>, user: &Arc<str>, estimate: i64) -> Result<Hold, Spent> {
        let mut shard = self.shard(user);
        if estimate > 0
            && shard
                .get(user)
                .and_then(Account::available)
                .is_some_and(|left| left <= 0)
        {
            return Err(Spent);
        }
        Ok(self.held(&mut shard, user, estimate))
    }

    /// Holds without asking what is left: for plans with an overdraft and for keys of the configuration.
    pub fn hold_anyway(self: &Arc<Self>, user: &Arc<str>, estimate: i64) -> Hold {
        self.held(&mut self.shard(user), user, estimate)
    }

    /// Sets the balance as the store has it.
    ///
    /// A balance that was read just before a row of the user's went in may be too high, or one read just after it too
    /// low, by that row; the user's next row sets it right.
    pub fn refresh(&self, user: &Arc<str>, balance: i64) {
        self.shard(user).entry(Arc::clone(user)).or_default().balance = Some(balance);
    }

    /// Forgets the balance: the user is gone, or nobody has asked for a while. What is held and pending stays.
    pub fn forget(&self, user: &str) {
        self.change(user, |account| account.balance = None);
    }

    /// What the user may still spend; none for one without a balance.
    #[must_use]
    pub fn available(&self, user: &str) -> Option<i64> {
        self.shard(user).get(user)?.available()
    }

    /// Charges of `released` that were pending are in the store now, which says that `balance` is left; none if it
    /// has no such user.
    pub fn stored(&self, user: &str, released: i64, balance: Option<i64>) {
        self.change(user, |account| {
            account.pending = account.pending.saturating_sub(released);
            // Whether a user has a balance is for those to say who look users up.
            if let (Some(known), Some(balance)) = (&mut account.balance, balance) {
                *known = balance;
            }
        });
    }

    fn held(self: &Arc<Self>, shard: &mut HashMap<Arc<str>, Account>, user: &Arc<str>, estimate: i64) -> Hold {
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

    /// Changes an account that is there, and drops it if that leaves nothing to know of it.
    fn change(&self, user: &str, change: impl FnOnce(&mut Account)) {
        let mut shard = self.shard(user);
        let Some(account) = shard.get_mut(user) else {
            return;
        };
        change(account);
        if account.is_idle() {
            shard.remove(user);
        }
    }

    fn shard(&self, user: &str) -> MutexGuard<'_, HashMap<Arc<str>, Account>> {
        let index = self.hasher.hash_one(user) as usize % SHARDS;
        // Accounts are numbers, whole even if a thread died with the lock.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Balances {
    fn default() -> Self {
        Self::new()
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
    /// The request has cost this much and its record is in the journal: pending until the store has it.
    pub fn settle(self, actual: i64) {
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
    fn a_spent_balance_refuses_what_costs_something_and_nothing_else() {
        let (balances, user) = with_balance(10);
        let hold = balances.hold(&user, 500).unwrap();
        assert_eq!(balances.hold(&user, 1).unwrap_err(), Spent);
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
        assert!(balances.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }

    #[test]
    fn a_forgotten_balance_keeps_what_is_pending_for_when_it_is_known_again() {
        let (balances, user) = with_balance(100);
        balances.hold(&user, 30).unwrap().settle(20);
        balances.forget(&user);
        assert_eq!(balances.available(&user), None);
        balances.refresh(&user, 100);
        assert_eq!(balances.available(&user), Some(80));
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
