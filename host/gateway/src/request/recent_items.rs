//! The items of recent answers, for clients that send the id of an item in place of the item.
//!
//! Some SDKs do so by default, because the vendor stores what it answered. Here nothing is stored: what was answered lately
//! is remembered in this process, within a bound, each user's for that user alone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jackfield_accounting::callers::Caller;
use jackfield_dialects::Dialect;

/// The most bytes of items that are remembered.
const MOST_BYTES: usize = 32 << 20;

/// The largest item that is remembered, in bytes.
const LARGEST: usize = 1 << 20;

/// What an item takes beside its text, about.
const ENTRY_BYTES: usize = 256;

/// Whose item it is, and its id.
type Key = (Arc<str>, String);

/// The items that were answered lately.
#[derive(Debug, Default)]
pub(crate) struct RecentItems {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    items: HashMap<Key, Arc<[u8]>>,
    /// The oldest first.
    order: VecDeque<Key>,
    bytes: usize,
}

// === impl RecentItems ===

impl RecentItems {
    /// Under which name a caller's items are remembered: empty where nobody has one.
    pub(crate) fn user_of(caller: Option<&Caller>) -> Arc<str> {
        caller.map_or_else(|| Arc::from(""), |caller| Arc::clone(&caller.user))
    }

    /// Remembers the items of this answer for its caller.
    pub(crate) fn remember(&self, dialect: Dialect, answer: &[u8], caller: Option<&Caller>) {
        let items = dialect.items(answer);
        if !items.is_empty() {
            let user = Self::user_of(caller);
            for (id, item) in items {
                self.keep(&user, id, item);
            }
        }
    }

    /// Remembers an item, which is JSON. `user` is that of [`Self::user_of`].
    fn keep(&self, user: &Arc<str>, id: String, item: Vec<u8>) {
        if item.len() > LARGEST {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, bytes) = ((Arc::clone(user), id), size(&item));
        if let Some(earlier) = kept.items.insert(key.clone(), item.into()) {
            kept.bytes -= size(&earlier);
        } else {
            kept.order.push_back(key);
        }
        kept.bytes += bytes;
        while kept.bytes > MOST_BYTES {
            let Some(oldest) = kept.order.pop_front() else { return };
            let forgotten = kept.items.remove(&oldest);
            kept.bytes -= forgotten.map_or(0, |item| size(&item));
        }
    }

    /// The item of this user with this id.
    pub(crate) fn find(&self, user: &Arc<str>, id: &str) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.items.get(&(Arc::clone(user), id.to_owned())).cloned()
    }
}

fn size(item: &[u8]) -> usize {
    item.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{LARGEST, MOST_BYTES, RecentItems};

    #[test]
    fn an_item_is_found_by_its_user_alone() {
        let (items, ann, bob) = (RecentItems::default(), Arc::from("ann"), Arc::from("bob"));
        items.keep(&ann, "msg_1".to_owned(), b"{}".to_vec());
        assert_eq!(items.find(&ann, "msg_1").as_deref(), Some(&b"{}"[..]));
        assert_eq!(items.find(&ann, "msg_2"), None);
        assert_eq!(items.find(&bob, "msg_1"), None);
    }

    #[test]
    fn the_oldest_are_forgotten_and_what_is_too_large_is_not_remembered() {
        let (items, ann): (_, Arc<str>) = (RecentItems::default(), Arc::from("ann"));
        let count = MOST_BYTES / LARGEST + 2;
        for number in 0..count {
            items.keep(&ann, format!("msg_{number}"), vec![b' '; LARGEST - 512]);
        }
        assert_eq!(items.find(&ann, "msg_0"), None);
        assert!(items.find(&ann, &format!("msg_{}", count - 1)).is_some());
        items.keep(&ann, "msg_large".to_owned(), vec![b' '; LARGEST + 1]);
        assert_eq!(items.find(&ann, "msg_large"), None);
    }
}
