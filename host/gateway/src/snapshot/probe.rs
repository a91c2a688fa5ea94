//! Whether the providers of a configuration answer: for `jackfield check --online`.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use futures_util::future::join_all;

use super::Builder;
use crate::attempt::Adapter;
use crate::upstream::credential::Credential;
use crate::upstream::probe::{self, ProbeError};
use jackfield_config::Loaded;

/// One provider that was called.
#[derive(Debug)]
pub struct Probe {
    /// The provider's name.
    pub provider: String,
    /// The number of its key, counted from 1, if it has several.
    pub key: Option<usize>,
    /// Its base URL.
    pub url: String,
    /// What came of it.
    pub outcome: Result<Reached, Unreached>,
}

/// An answer. Displays as a predicate whose subject is the URL.
#[derive(Debug, Clone, Copy)]
pub struct Reached(probe::Reached);

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Unreached(ProbeError);

// === impl Builder ===

impl Builder {
    /// Calls each provider that is on and has a base URL: one GET of that URL with each of its credentials. Providers
    /// with faults are left out, because [`Builder::check`] reports them.
    pub async fn probe(&self, loaded: &Loaded) -> Vec<Probe> {
        let adapters = self.adapters_on(loaded);
        join_all(adapters.iter().flat_map(calls)).await
    }
}

/// One call with each of the provider's credentials.
fn calls(adapter: &Arc<Adapter>) -> impl Iterator<Item = impl Future<Output = Probe>> {
    let url = adapter.reach.base_url.clone();
    let each = move |url: String| {
        let credentials = adapter.credentials.iter().enumerate();
        credentials.map(move |(index, credential)| call(adapter, url.clone(), index, credential))
    };
    url.into_iter().flat_map(each)
}

async fn call(adapter: &Arc<Adapter>, url: String, index: usize, credential: &Credential) -> Probe {
    let outcome = probe::probe(&adapter.reach.client, &url, &adapter.reach.headers, credential).await;
    let single = adapter.credentials.single().is_some();
    Probe {
        provider: adapter.provider.to_string(),
        key: (!single).then_some(index + 1),
        url,
        outcome: outcome.map(Reached).map_err(Unreached),
    }
}

// === impl Reached ===

impl Display for Reached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let probe::Reached { status, after } = self.0;
        write!(f, "answers with {} after {} ms", status.as_u16(), after.as_millis())?;
        match status.as_u16() {
            401 | 403 => f.write_str("; it may not accept the credential"),
            407 => f.write_str("; a proxy in between wants a credential"),
            _ => Ok(()),
        }
    }
}
