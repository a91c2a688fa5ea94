//! A bounded table of series by their labels. Finding one takes no lock; only a new one does.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustc_hash::FxBuildHasher;

use super::striped::Striped;

/// What stands for names that the table has no room for, or that the configuration does not have.
pub(crate) const OTHER: &str = "other";

/// The values of a series' labels, in the order of its family.
pub(super) type Labels<'a, const N: usize> = [Cow<'a, str>; N];

/// Labels are of the gateway's own words and of names in the configuration, so nobody can choose some that collide.
type SeriesOf<'a, const N: usize, V> = HashMap<Labels<'a, N>, Arc<Striped<V>>, FxBuildHasher>;

type Series<const N: usize, V> = SeriesOf<'static, N, V>;

/// The series of one set of labels.
pub(super) struct Table<const N: usize, V> {
    /// Replaced as a whole when a series is added, which is rare.
    series: ArcSwap<Series<N, V>>,
    adding: Mutex<()>,
    most: usize,
    /// The places of labels whose values are names of the configuration.
    names: &'static [usize],
    make: fn() -> V,
}

// === impl Table ===

impl<const N: usize, V> Table<N, V> {
    /// An empty one of up to `most` series. What comes after those has [`OTHER`] for its `names`.
    pub(super) fn new(most: usize, names: &'static [usize], make: fn() -> V) -> Self {
        Self {
            series: ArcSwap::default(),
            adding: Mutex::new(()),
            most,
            names,
            make,
        }
    }

    /// Counts in the series with these labels, which is made if it is new.
    pub(super) fn count(&self, labels: &Labels<'_, N>, count: impl FnOnce(&V)) {
        // The map's keys live longer than these labels: seen with the shorter life, both are of one type.
        let series: &SeriesOf<'_, N, V> = &self.series.load();
        match series.get(labels) {
            Some(found) => count(found.own()),
            None => count(self.add(labels).own()),
        }
    }

    fn add(&self, labels: &Labels<'_, N>) -> Arc<Striped<V>> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let series = self.series.load_full();
        let mut labels: Labels<'static, N> = labels.each_ref().map(|label| Cow::Owned(label.to_string()));
        if series.len() >= self.most && !series.contains_key(&labels) {
            for name in self.names {
                labels[*name] = Cow::Borrowed(OTHER);
            }
        }
        if let Some(found) = series.get(&labels) {
            return Arc::clone(found);
        }
        let mut next = Series::clone(&series);
        let added = Arc::new(Striped::new(self.make));
        next.insert(labels, Arc::clone(&added));
        self.series.store(Arc::new(next));
        added
    }

    /// Forgets the series whose labels are not wanted any more.
    pub(super) fn retain(&self, wanted: impl Fn(&[Cow<'static, str>]) -> bool) {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let series = self.series.load_full();
        if series.keys().all(|labels| wanted(labels)) {
            return;
        }
        let kept = series.iter().filter(|(labels, _)| wanted(&labels[..]));
        let kept = kept.map(|(labels, series)| (labels.clone(), Arc::clone(series)));
        self.series.store(Arc::new(kept.collect()));
    }

    /// Every series, in the order of the labels: as often as it has copies, which are to be added up.
    pub(super) fn all(&self) -> Vec<(Vec<String>, Arc<V>)> {
        let series = self.series.load_full();
        let owned = |labels: &Labels<'static, N>| labels.iter().map(ToString::to_string).collect();
        let copies = |(labels, series): (&Labels<'static, N>, &Arc<Striped<V>>)| {
            let copies = series.all().map(|copy| (owned(labels), Arc::clone(copy)));
            copies.collect::<Vec<_>>()
        };
        let mut all: Vec<(Vec<String>, Arc<V>)> = series.iter().flat_map(copies).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}

impl<const N: usize, V> fmt::Debug for Table<N, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.series.load().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    fn labels<'a>(model: &'a str, status: &'a str) -> Labels<'a, 2> {
        [model.into(), status.into()]
    }

    fn counted(table: &Table<2, AtomicU64>) -> Vec<(String, u64)> {
        let mut counted = BTreeMap::new();
        for (labels, count) in table.all() {
            *counted.entry(labels.join(" ")).or_default() += count.load(Relaxed);
        }
        counted.into_iter().collect()
    }

    #[test]
    fn what_has_no_room_is_counted_under_another_name() {
        let table = Table::new(2, &[0], AtomicU64::default);
        for (model, status) in [
            ("a", "200"),
            ("b", "200"),
            ("c", "200"),
            ("d", "200"),
            ("a", "200"),
            ("e", "500"),
        ] {
            table.count(&labels(model, status), |count| {
                count.fetch_add(1, Relaxed);
            });
        }
        let expected = [("a 200", 2), ("b 200", 1), ("other 200", 2), ("other 500", 1)];
        assert_eq!(
            counted(&table),
            expected.map(|(labels, count)| (labels.to_owned(), count))
        );
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        let table = Table::new(1, &[0], AtomicU64::default);
        let count = |model: &str| {
            table.count(&labels(model, "200"), |count| {
                count.fetch_add(1, Relaxed);
            });
        };
        count("old");
        table.retain(|labels| labels[0] != "old");
        count("new");
        assert_eq!(counted(&table), [("new 200".to_owned(), 1)]);
    }

    #[test]
    fn threads_that_add_at_once_lose_nothing() {
        let table = Table::new(100, &[0], AtomicU64::default);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..50 {
                        table.count(&labels(&format!("m{number:02}"), "200"), |count| {
                            count.fetch_add(1, Relaxed);
                        });
                    }
                });
            }
        });
        assert!(counted(&table).iter().all(|(_, count)| *count == 4));
        assert_eq!(counted(&table).len(), 50);
    }
}
