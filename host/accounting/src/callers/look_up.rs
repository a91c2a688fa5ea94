//! A lookup in the database, which all who want the same at that moment share.

use std::hash::Hash;

use super::unavailable::DirectoryUnavailable;
use crate::single_flight::SingleFlight;

/// How many different keys may be looked up at once. More are rejected: they would only queue for the database.
pub(super) const MOST: usize = 1024;

/// The lookups in flight, by key.
pub(super) type Lookups<K, V> = SingleFlight<K, Result<V, DirectoryUnavailable>>;

/// Looks `key` up with `query`, or joins a lookup of it that is already in flight.
///
/// `cache` is called once with the result, unless the lookup was forgotten meanwhile: what was read before a change must
/// not be cached after it. If the future is dropped, the next one runs its own query.
///
/// # Errors
/// The error of the query, or [`DirectoryUnavailable`] if too many lookups are in flight.
pub(super) async fn look_up<K: Clone + Eq + Hash, V: Clone>(
    lookups: &Lookups<K, V>,
    key: K,
    query: impl Future<Output = Result<V, DirectoryUnavailable>>,
    cache: impl FnOnce(&V),
) -> Result<V, DirectoryUnavailable> {
    let seat = lookups.join(key).ok_or(DirectoryUnavailable)?;
    let lookup = async {
        let result = query.await;
        if let Ok(value) = &result {
            seat.keep(|| cache(value));
        }
        result
    };
    seat.answer(lookup).await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn a_result_is_cached_once_for_all_and_a_failure_is_not() {
        let lookups = Lookups::new(MOST);
        let cached = Cell::new(0);
        let cache = |value: &i32| cached.set(cached.get() + value);
        let failed = look_up(&lookups, "a", ready(Err(DirectoryUnavailable)), cache).await;
        assert_eq!((failed, cached.get()), (Err(DirectoryUnavailable), 0));
        let first = look_up(
            &lookups,
            "a",
            async {
                tokio::task::yield_now().await;
                Ok(7)
            },
            cache,
        );
        let second = look_up(&lookups, "a", async { panic!("queried twice") }, cache);
        assert_eq!(tokio::join!(first, second), (Ok(7), Ok(7)));
        assert_eq!(cached.get(), 7);
    }

    #[tokio::test]
    async fn a_result_from_before_a_change_is_returned_but_not_cached() {
        let lookups = Lookups::new(MOST);
        let query = async {
            lookups.forget(&"a", || {});
            Ok(1)
        };
        let answer = look_up(&lookups, "a", query, |_| panic!("cached a stale result"));
        assert_eq!(answer.await, Ok(1));
    }

    #[tokio::test]
    async fn too_many_different_lookups_are_rejected() {
        let lookups = Lookups::new(0);
        let refused = look_up(&lookups, "a", ready(Ok(1)), |_| {}).await;
        assert_eq!(refused, Err(DirectoryUnavailable));
    }
}
