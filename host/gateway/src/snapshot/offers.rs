//! What the upstreams behind patterns offer, for the list of models. They are asked in the background when the list is
//! asked for, and what they said last counts until they say something else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use super::listing::{Listing, ListingError, list};
use super::{Model, Snapshot};
use crate::attempt::{Adapter, Provider};
use jackfield_dialects::Operation;

/// How long what an upstream said counts as new.
const FRESH: Duration = Duration::from_mins(10);

/// How long an upstream is left alone that gave no list.
const PAUSE: Duration = Duration::from_mins(1);

/// How long an upstream may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The most models of one upstream that are kept.
const MOST_NAMES: usize = 2_000;

/// The most models that are listed for all patterns together.
const MOST_MODELS: usize = 1_000;

/// What upstreams offer. It outlives snapshots.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    state: Mutex<State>,
    asking: TaskTracker,
}

/// Models, of which generation and version.
type Listed = (u64, u64, Arc<[Arc<Model>]>);

#[derive(Debug, Default)]
struct State {
    /// By the provider's name.
    offers: BTreeMap<Arc<str>, Offer>,
    /// Counts the changes of what is offered.
    version: u64,
    /// What stood for the patterns last, of which generation and version.
    listed: Option<Listed>,
}

/// What one upstream offers.
#[derive(Debug, Default)]
struct Offer {
    /// Its names of its models.
    names: Vec<String>,
    /// When it is to be asked again; `None` until it was asked.
    next: Option<Instant>,
    /// The generation for which it was asked.
    generation: u64,
    /// It is being asked.
    is_asked: bool,
}

// === impl Offers ===

impl Offers {
    /// The models that the patterns of this snapshot stand for, as far as their upstreams have said, in the order of their
    /// ids. Does not wait: upstreams that have said nothing of late are asked in the background.
    pub(crate) fn models(self: &Arc<Self>, snapshot: &Snapshot) -> Arc<[Arc<Model>]> {
        if snapshot.patterns.is_empty() {
            return Arc::default();
        }
        for adapter in self.due(snapshot) {
            let offers = Arc::clone(self);
            self.asking.spawn(async move {
                let listing = timeout(ANSWER_WITHIN, list(&adapter)).await;
                let late = |_| ListingError::Failed {
                    provider: adapter.provider.to_string(),
                    reason: format!("it took longer than {ANSWER_WITHIN:?}"),
                };
                offers.told(&adapter.provider, listing.map_err(late).flatten());
            });
        }
        self.state().listed(snapshot)
    }

    /// The adapters whose upstreams are to be asked now.
    fn due(&self, snapshot: &Snapshot) -> Vec<Arc<Adapter>> {
        let (mut state, now) = (self.state(), Instant::now());
        let is_due = |adapter: &Arc<Adapter>| {
            let offer = state.offers.entry(Arc::clone(&adapter.provider)).or_default();
            let is_new = offer.generation < snapshot.generation;
            let is_due = !offer.is_asked && (is_new || offer.next.is_none_or(|next| next <= now));
            if is_due {
                (offer.is_asked, offer.generation) = (true, snapshot.generation);
            }
            is_due
        };
        asked(snapshot).into_values().filter(is_due).collect()
    }

    /// Notes what a provider's upstream said.
    fn told(&self, provider: &Arc<str>, listing: Result<Listing, ListingError>) {
        let mut state = self.state();
        let State { offers, version, .. } = &mut *state;
        let offer = offers.entry(Arc::clone(provider)).or_default();
        offer.is_asked = false;
        match listing {
            Ok(listing) => {
                offer.next = Some(Instant::now() + FRESH);
                let names = listing.models.into_iter().map(|model| model.id);
                let names: Vec<String> = names.take(MOST_NAMES).collect();
                if names != offer.names {
                    offer.names = names;
                    *version += 1;
                }
            }
            Err(error) => {
                offer.next = Some(Instant::now() + PAUSE);
                tracing::warn!("what patterns stand for is not listed anew: {error}");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The adapters behind patterns that can say what their upstreams offer, by provider.
fn asked(snapshot: &Snapshot) -> BTreeMap<&str, Arc<Adapter>> {
    let targets = snapshot.patterns.iter().flat_map(|pattern| &pattern.chain.targets);
    let open = targets.filter(|target| target.model.contains('*'));
    let adapters = open.filter_map(|target| Some((&*target.name, target.provider.as_ref()?)));
    let able = adapters.filter(|(_, adapter)| adapter.supports(Operation::Models, jackfield_dialects::canonical()));
    able.map(|(name, adapter)| (name, Arc::clone(adapter))).collect()
}

// === impl State ===

impl State {
    /// The models that the patterns stand for. They are made once for each generation and version.
    fn listed(&mut self, snapshot: &Snapshot) -> Arc<[Arc<Model>]> {
        let now = (snapshot.generation, self.version);
        if let Some((generation, version, models)) = &self.listed
            && (*generation, *version) == now
        {
            return Arc::clone(models);
        }
        let models: Arc<[Arc<Model>]> = self.made(snapshot).into();
        self.listed = Some((now.0, now.1, Arc::clone(&models)));
        models
    }

    fn made(&self, snapshot: &Snapshot) -> Vec<Arc<Model>> {
        let (mut ids, mut models) = (BTreeSet::new(), Vec::new());
        for pattern in &snapshot.patterns {
            for target in &pattern.chain.targets {
                let offer = self.offers.get(&target.name);
                let names = offer.map_or(&[][..], |offer| &offer.names);
                for name in names.iter().filter_map(|name| starred(&target.model, name)) {
                    let id = format!("{}{name}", pattern.id.trim_end_matches('*'));
                    let is_its = snapshot
                        .pattern_of(&id)
                        .is_some_and(|(own, _)| Arc::ptr_eq(own, pattern));
                    if is_its && models.len() < MOST_MODELS && ids.insert(id.clone()) {
                        models.push(Arc::new(snapshot.stands_for(pattern, (&id, name))));
                    }
                }
            }
        }
        models.sort_by(|one, other| one.id.cmp(&other.id));
        models
    }
}

/// What the `*` in a target's name for its model stands for in the upstream's name.
fn starred<'n>(model: &str, name: &'n str) -> Option<&'n str> {
    let (before, after) = model.split_once('*')?;
    name.strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use jackfield_dialects::ListedModel;

    use super::*;

    fn listing(names: &[&str]) -> Listing {
        let model = |name: &&str| ListedModel {
            id: (*name).to_owned(),
            context_length: None,
            owned_by: None,
        };
        Listing {
            models: names.iter().map(model).collect(),
            body: "{}".into(),
        }
    }

    fn known(offers: &Offers) -> (Vec<String>, u64) {
        let state = offers.state();
        (state.offers["p"].names.clone(), state.version)
    }

    #[test]
    fn what_an_upstream_said_last_counts_until_it_says_something_else() {
        let (offers, provider) = (Offers::default(), Arc::from("p"));
        offers.told(&provider, Ok(listing(&["a", "b"])));
        assert_eq!(known(&offers), (vec!["a".to_owned(), "b".to_owned()], 1));
        offers.told(&provider, Err(ListingError::Off("p".to_owned())));
        offers.told(&provider, Ok(listing(&["a", "b"])));
        assert_eq!(known(&offers), (vec!["a".to_owned(), "b".to_owned()], 1));
        let many: Vec<&str> = vec!["c"; 2 * MOST_NAMES];
        offers.told(&provider, Ok(listing(&many)));
        let (names, version) = known(&offers);
        assert_eq!((names.len(), version), (MOST_NAMES, 2));
    }

    #[test]
    fn the_star_is_what_is_left_of_the_upstreams_name() {
        assert_eq!(starred("*", "gpt-5"), Some("gpt-5"));
        assert_eq!(starred("deep-*-v2", "deep-think-v2"), Some("think"));
        assert_eq!(starred("deep-*-v2", "think-v2"), None);
        assert_eq!(starred("fixed", "fixed"), None);
    }
}
