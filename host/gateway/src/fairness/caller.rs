//! For whom the tasks on a worker work.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

thread_local! {
    /// For whom the task that is polled works; `None` outside of tasks that are told apart.
    static CURRENT: RefCell<Option<Caller>> = const { RefCell::new(None) };
}

/// A user, or an address of which nobody knows yet who is there. Nobody can choose a name that is taken for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Payer(NonZeroU64);

/// For whom a task works, or several: nobody, until that is known. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller(Arc<AtomicU64>);

/// What the present task has others do for its caller. They do it until this is dropped.
#[derive(Debug)]
pub(crate) struct Errand(Caller);

// === impl Payer ===

impl Payer {
    pub(super) fn new(name: &impl Hash) -> Self {
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(NonZeroU64::MIN | KEYS.hash_one(name))
    }
}

// === impl Caller ===

impl Caller {
    pub(super) fn of(name: &impl Hash) -> Self {
        let caller = Self::default();
        caller.set(Some(Payer::new(name)));
        caller
    }

    /// The caller of the present task; nobody if it has none.
    pub(super) fn current() -> Self {
        CURRENT.with_borrow(|current| current.clone().unwrap_or_default())
    }

    /// Who it is; `None` for nobody.
    pub(super) fn payer(&self) -> Option<Payer> {
        NonZeroU64::new(self.0.load(Relaxed)).map(Payer)
    }

    /// The present task works for this caller from now on.
    pub(crate) fn take_over(&self) {
        CURRENT.with_borrow_mut(|current| {
            if let Some(current) = current {
                current.clone_from(self);
            }
        });
    }

    /// Makes it the caller of what `work` does. Returns the caller at its end as well.
    pub(super) fn during<T>(self, work: impl FnOnce() -> T) -> (T, Self) {
        CURRENT.set(Some(self));
        let done = work();
        (done, CURRENT.take().unwrap_or_default())
    }

    fn set(&self, payer: Option<Payer>) {
        self.0.store(payer.map_or(0, |payer| payer.0.get()), Relaxed);
    }
}

/// The present task, and all others of its caller, work for this user from now on. Returns whether that is news.
pub(super) fn is_for(user: &impl Hash) -> bool {
    let payer = Some(Payer::new(user));
    CURRENT.with_borrow(|current| {
        let news = current.as_ref().filter(|caller| caller.payer() != payer);
        news.map(|caller| caller.set(payer)).is_some()
    })
}

/// Does a part of another task's work within the present one, which still works for its own caller afterwards.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let own = CURRENT.take();
    let (done, _) = own.clone().unwrap_or_default().during(work);
    CURRENT.set(own);
    done
}

// === impl Errand ===

impl Default for Errand {
    /// For the caller of the present task.
    fn default() -> Self {
        let errand = Caller::default();
        errand.set(Caller::current().payer());
        Self(errand)
    }
}

impl Errand {
    /// Its caller: nobody from its end on.
    pub(crate) fn caller(&self) -> &Caller {
        &self.0
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_is_for_the_caller_of_its_task_until_it_ends() {
        let (news, connection) = Caller::of(&"address").during(|| [is_for(&"user"), is_for(&"user")]);
        assert_eq!(news, [true, false]);
        assert_eq!(connection.payer(), Some(Payer::new(&"user")));
        let (errand, _) = connection.during(Errand::default);
        let ((), elsewhere) = Caller::default().during(|| errand.caller().take_over());
        assert_eq!(elsewhere.payer(), Some(Payer::new(&"user")));
        drop(errand);
        assert_eq!(elsewhere.payer(), None);
    }

    #[test]
    fn work_done_aside_leaves_the_task_to_its_caller() {
        let own = Caller::of(&"own");
        let ((), after) = own.clone().during(|| aside(|| Caller::of(&"other").take_over()));
        assert_eq!(after.payer(), own.payer());
    }

    #[test]
    fn what_belongs_to_no_task_is_for_nobody() {
        assert!(!is_for(&"user"));
        assert_eq!(Errand::default().caller().payer(), None);
    }
}
