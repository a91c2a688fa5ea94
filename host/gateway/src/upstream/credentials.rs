//! The credentials of one provider: they are used in turn, and one that its upstream refuses rests for a while.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::credential::Credential;
use crate::affinity::{Affinity, Place};

/// The credentials of a provider, usually one. Whoever shows one shows its number, counted from 1.
#[derive(Debug, Clone)]
pub(crate) struct Credentials(Arc<Ring>);

#[derive(Debug)]
struct Ring {
    held: Box<[Held]>,
    /// Where the next request begins to look.
    turn: AtomicUsize,
    /// The time from which rests are counted.
    since: Instant,
}

#[derive(Debug)]
struct Held {
    credential: Credential,
    /// Where what is sticky finds it again.
    place: Place,
    /// When its rest ends, in milliseconds since `since`; 0 if it does not rest.
    rests_until: AtomicU64,
}

/// One of them, as long as an attempt uses it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'a> {
    ring: &'a Ring,
    index: usize,
}

// === impl Credentials ===

impl Credentials {
    /// These, of which there is at least one, each with a name of its own.
    #[must_use]
    pub(crate) fn new(credentials: impl IntoIterator<Item = (Credential, Place)>) -> Self {
        let held = credentials.into_iter().map(|(credential, place)| Held {
            credential,
            place,
            rests_until: AtomicU64::new(0),
        });
        Self(Arc::new(Ring {
            held: held.collect(),
            turn: AtomicUsize::new(0),
            since: Instant::now(),
        }))
    }

    /// All of them, in the order of the configuration.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.0.held.iter().map(|held| &held.credential)
    }

    /// The only one, if there is only one.
    #[must_use]
    pub(crate) fn single(&self) -> Option<&Credential> {
        match &*self.0.held {
            [held] => Some(&held.credential),
            _ => None,
        }
    }

    /// The one for the next request: the one whose turn it is, or the one that `affinity` prefers, among those that do
    /// not rest. If all rest, the one whose rest is over first.
    #[must_use]
    pub(crate) fn choose(&self, affinity: Option<Affinity>) -> Option<Chosen<'_>> {
        let now = Instant::now();
        let soonest = || (0..self.0.held.len()).min_by_key(|index| self.0.rest(*index, now));
        self.next(affinity, |index| self.0.rest(index, now).is_none())
            .or_else(|| Some(self.chosen(soonest()?)))
    }

    /// Another one for a request that those in `tried` were refused for; `None` if all others rest.
    #[must_use]
    pub(crate) fn choose_another(&self, affinity: Option<Affinity>, tried: &[usize]) -> Option<Chosen<'_>> {
        let now = Instant::now();
        self.next(affinity, |index| {
            !tried.contains(&index) && self.0.rest(index, now).is_none()
        })
    }

    /// For how long each one still rests, in the order of the configuration.
    pub(crate) fn rests(&self, now: Instant) -> impl Iterator<Item = Option<Duration>> {
        (0..self.0.held.len()).map(move |index| self.0.rest(index, now))
    }

    fn next(&self, affinity: Option<Affinity>, may: impl Fn(usize) -> bool) -> Option<Chosen<'_>> {
        let count = self.0.held.len();
        let index = if let Some(affinity) = affinity {
            let score = |index: &usize| Reverse(affinity.score(self.0.held[*index].place));
            (0..count).filter(|index| may(*index)).min_by_key(score)
        } else {
            // Those that are left share the turns of one that is not.
            let awake = (0..count).filter(|index| may(*index)).count();
            let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
            let nth = turn.checked_rem(awake);
            nth.and_then(|nth| (0..count).filter(|index| may(*index)).nth(nth))
        };
        index.map(|index| self.chosen(index))
    }

    fn chosen(&self, index: usize) -> Chosen<'_> {
        Chosen { ring: &self.0, index }
    }
}

impl From<Credential> for Credentials {
    fn from(credential: Credential) -> Self {
        Self::new([(credential, Place::of([]))])
    }
}

// === impl Ring ===

impl Ring {
    /// For how long it still rests; `None` if it does not.
    fn rest(&self, index: usize, now: Instant) -> Option<Duration> {
        let until = Duration::from_millis(self.held[index].rests_until.load(Ordering::Relaxed));
        let rest = until.saturating_sub(now - self.since);
        (!rest.is_zero()).then_some(rest)
    }
}

// === impl Chosen ===

impl<'a> Chosen<'a> {
    /// The credential itself.
    pub(crate) fn credential(self) -> &'a Credential {
        &self.ring.held[self.index].credential
    }

    /// Its place among the others, counted from 0.
    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// Lets it rest for this long, if the rest that it has is shorter.
    pub(crate) fn let_rest(self, rest: Duration) {
        let until = (self.ring.since.elapsed() + rest).as_millis();
        let until = u64::try_from(until).unwrap_or(u64::MAX);
        self.ring.held[self.index]
            .rests_until
            .fetch_max(until, Ordering::Relaxed);
    }

    /// Ends its rest: it was accepted. True if it had rested.
    pub(crate) fn is_back(self) -> bool {
        let rests_until = &self.ring.held[self.index].rests_until;
        // Most requests find it awake, and must not fight for its cache line.
        rests_until.load(Ordering::Relaxed) != 0 && rests_until.swap(0, Ordering::Relaxed) != 0
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn three() -> Credentials {
        Credentials::new([b"a", b"b", b"c"].map(|name| (Credential::None, Place::of([&name[..]]))))
    }

    fn turns(credentials: &Credentials, count: usize) -> Vec<usize> {
        let turns = (0..count).map(|_| credentials.choose(None).unwrap().index());
        turns.collect()
    }

    #[tokio::test(start_paused = true)]
    async fn they_are_used_in_turn_and_one_that_rests_is_left_out_until_its_rest_is_over() {
        let credentials = three();
        assert_eq!(turns(&credentials, 4), [0, 1, 2, 0]);
        credentials.choose(None).unwrap().let_rest(MINUTE);
        assert_eq!(turns(&credentials, 5), [2, 0, 2, 0, 2]);
        let rests: Vec<_> = credentials.rests(Instant::now()).collect();
        assert_eq!(rests, [None, Some(MINUTE), None]);
        advance(MINUTE).await;
        assert_eq!(turns(&credentials, 3), [1, 2, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_accepted_rests_no_longer() {
        let credentials = three();
        let first = credentials.choose(None).unwrap();
        first.let_rest(MINUTE);
        assert!(first.is_back());
        assert!(!first.is_back());
        assert_eq!(credentials.rests(Instant::now()).flatten().count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_gets_each_one_once_and_none_that_rests() {
        let credentials = three();
        let first = credentials.choose(None).unwrap().index();
        let second = credentials.choose_another(None, &[first]).unwrap();
        second.let_rest(MINUTE);
        let third = credentials.choose_another(None, &[first]).unwrap().index();
        assert_eq!([first, second.index(), third], [0, 2, 1]);
        assert!(credentials.choose_another(None, &[first, third]).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn while_all_rest_the_one_that_is_back_first_is_used() {
        let credentials = three();
        for (credential, minutes) in [(0, 3), (1, 2), (2, 4)] {
            credentials.chosen(credential).let_rest(MINUTE * minutes);
        }
        assert_eq!(turns(&credentials, 3), [1, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_belongs_together_gets_the_same_one() {
        let credentials = three();
        let chosen = |number: u32| {
            let affinity = Affinity::of([&number.to_le_bytes()[..]]);
            credentials.choose(Some(affinity)).unwrap().index()
        };
        let before: Vec<usize> = (0..300).map(chosen).collect();
        assert_eq!((0..300).map(chosen).collect::<Vec<_>>(), before);
        credentials.chosen(1).let_rest(MINUTE);
        for (number, before) in (0..300).zip(&before) {
            let after = chosen(number);
            assert!(after != 1 && (*before == 1 || after == *before));
        }
        assert!((0..3).all(|index| before.iter().filter(|one| **one == index).count() > 70));
    }
}
