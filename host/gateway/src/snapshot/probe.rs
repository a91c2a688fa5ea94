//! Whether the providers of a configuration answer: for `jackfield check --online`.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use futures_util::future::join_all;

use super::Builder;
use crate::attempt::Adapter;
use crate::upstream::probe::{self, ProbeError};
use jackfield_config::Loaded;

/// One provider that was called.
#[derive(Debug)]
pub struct Probe {
    /// The provider's name.
    pub provider: String,
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
    /// Calls each provider that is on and has a base URL: one GET of that URL with the provider's credential. Providers
    /// with faults are left out, because [`Builder::check`] reports them.
    pub async fn probe(&self, loaded: &Loaded) -> Vec<Probe> {
        let adapters = self.adapters_on(loaded);
        join_all(adapters.iter().map(call))
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

async fn call(adapter: &Arc<Adapter>) -> Option<Probe> {
    let url = adapter.base_url.clone()?;
    let outcome = probe::probe(&adapter.client, &url, &adapter.headers, &adapter.credential).await;
    Some(Probe {
        provider: adapter.provider.to_string(),
        url,
        outcome: outcome.map(Reached).map_err(Unreached),
    })
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
