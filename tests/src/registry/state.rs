//! What a registry holds, and what it has been asked.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;

use super::digest;

/// The content of a registry.
#[derive(Default)]
pub(super) struct State {
    /// By digest.
    pub(super) blobs: BTreeMap<String, Bytes>,
    /// By repository, and tag or digest.
    manifests: BTreeMap<(String, String), Bytes>,
    /// By name.
    pub(super) files: BTreeMap<String, Bytes>,
    /// Who gets a token; `None` if nobody needs one.
    pub(super) user: Option<(String, String)>,
    /// The status of every answer, if it is not what it should be.
    pub(super) failing: Option<StatusCode>,
    /// Where blobs are, if they are elsewhere.
    pub(super) store: Option<String>,
    /// The requests, the first one first.
    pub(super) journal: Vec<String>,
}

// === impl State ===

impl State {
    /// Puts a manifest under its digest, and under this name. Returns the digest.
    pub(super) fn put_manifest(&mut self, repository: &str, name: &str, manifest: Bytes) -> String {
        let digest = digest(&manifest);
        for name in [name, &digest] {
            let place = (repository.to_owned(), name.to_owned());
            self.manifests.insert(place, manifest.clone());
        }
        digest
    }

    pub(super) fn manifest(&self, repository: &str, name: &str) -> Option<Bytes> {
        let place = (repository.to_owned(), name.to_owned());
        self.manifests.get(&place).cloned()
    }
}
