//! What the cache had to do with a request.

use std::time::Duration;

use super::RequestRecord;

/// What the cache had to do with a request, and what it tells of the answer if it gave one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cached {
    /// What it did.
    pub(crate) by: CacheUse,
    /// How old the answer is; zero if it was not kept.
    pub(crate) age: Duration,
    /// What the upstream that gave the answer was not sent of the request for it; empty if nothing was left out.
    pub(crate) dropped: String,
}

/// How the cache was used for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheUse {
    /// It had the answer.
    Hit,
    /// An equal request was in flight, whose answer this one shares.
    Coalesced,
    /// It did not have it.
    Miss,
    /// It was not asked, because the client wanted a new answer.
    Refresh,
}

// === impl Cached ===

impl Cached {
    /// The cache did not give the answer.
    pub(crate) fn not(by: CacheUse) -> Self {
        Self {
            by,
            age: Duration::ZERO,
            dropped: String::new(),
        }
    }
}

// === impl CacheUse ===

impl CacheUse {
    /// Its name in headers, metrics, the log and the ledger.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Coalesced => "coalesced",
            Self::Miss => "miss",
            Self::Refresh => "refresh",
        }
    }
}

// === impl RequestRecord ===

impl RequestRecord {
    /// How the cache was used for it; `None` if it was not.
    pub(crate) fn cache_use(&self) -> Option<CacheUse> {
        self.cached.as_ref().map(|cached| cached.by)
    }

    /// True if its answer came from the cache: no upstream was asked, and it costs nothing.
    pub(crate) fn is_from_cache(&self) -> bool {
        matches!(self.cache_use(), Some(CacheUse::Hit | CacheUse::Coalesced))
    }
}
