//! Keeps a stream as it goes out, and puts it into the cache once it has ended well.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::Instant;

use super::kept::{Form, Kept, Mark};
use super::{Cache, Place};
use crate::routing::{Keeper, Said};

/// A stream that goes out. If it does not end well, or is too large, nothing is kept of it.
#[derive(Debug)]
pub(super) struct Recording {
    cache: Arc<Cache>,
    place: Place,
    began: Option<Instant>,
    text: Vec<u8>,
    marks: Vec<Mark>,
    /// It is too large.
    given_up: bool,
}

// === impl Recording ===

impl Recording {
    pub(super) fn new(cache: &Arc<Cache>, place: Place) -> Self {
        Self {
            cache: Arc::clone(cache),
            place,
            began: None,
            text: Vec::new(),
            marks: Vec::new(),
            given_up: false,
        }
    }
}

impl Keeper for Recording {
    fn piece(&mut self, events: &Bytes) {
        if self.given_up {
            return;
        }
        let marks = (self.marks.len() + 1) * size_of::<Mark>();
        if self.text.len() + events.len() + marks > self.place.most {
            (self.text, self.marks, self.given_up) = (Vec::new(), Vec::new(), true);
            return;
        }
        let now = Instant::now();
        self.text.extend_from_slice(events);
        self.marks.push(Mark {
            after: now.duration_since(*self.began.get_or_insert(now)),
            end: self.text.len(),
        });
    }

    fn ended(self: Box<Self>, said: Said) {
        let Place {
            key,
            ttl,
            most,
            dropped,
        } = self.place;
        let whole = said.whole.map(|whole| Bytes::from(whole.into_boxed_slice()));
        let too_large = whole.as_ref().is_some_and(|whole| whole.len() > most);
        if self.given_up || too_large || self.text.is_empty() {
            return;
        }
        let kept = Kept {
            text: self.text.into_boxed_slice().into(),
            form: Form::Stream {
                marks: self.marks,
                whole,
            },
            usage: said.usage,
            produced_bytes: said.produced_bytes,
            dropped,
            at: SystemTime::now(),
        };
        self.cache.put(key, ttl, Arc::new(kept));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jackfield_config::CacheConfig;
    use jackfield_dialects::words::usage::Usage;

    use super::*;
    use crate::cache::key::tests::numbered;

    async fn is_kept(pieces: &[&'static str], most: usize) -> Option<bool> {
        let cache = Arc::new(Cache::open(&CacheConfig::default()).ok()?);
        let place = Place {
            key: numbered(1),
            ttl: Duration::from_mins(1),
            most,
            dropped: String::new(),
        };
        let mut recording = Box::new(Recording::new(&cache, place));
        for piece in pieces {
            recording.piece(&Bytes::from_static(piece.as_bytes()));
        }
        recording.ended(Said {
            usage: Usage::default(),
            produced_bytes: 0,
            whole: None,
        });
        Some(cache.find(&numbered(1)).await.is_some())
    }

    #[tokio::test]
    async fn what_is_too_large_is_not_kept_even_if_its_end_is_small() {
        assert_eq!(is_kept(&["data: a\n\n", "data: b\n\n"], 1024).await, Some(true));
        assert_eq!(
            is_kept(&["data: a long one, far too long to be kept here\n\n", "b"], 32).await,
            Some(false)
        );
        assert_eq!(is_kept(&[], 1024).await, Some(false));
    }
}
