//! What a provider's upstream offers: for `jackfield models`, and for the models that patterns stand for.

use std::sync::Arc;

use bytes::Bytes;
use jackfield_config::Loaded;
use jackfield_dialects::json::Members;
use jackfield_dialects::{ListedModel, Operation, StreamFault, canonical};
use tokio::time::Instant;

use super::Builder;
use crate::attempt::{Adapter, Limits, Payload, Provider, ProviderReply, ProviderRequest};
use crate::error::Failure;

/// The parameters of a request that has none.
const NO_PARAMETERS: &[u8] = b"{}";

/// The models that an upstream offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The models, in the upstream's order.
    pub models: Vec<ListedModel>,
    /// The same as the adapter gave it: a JSON object with everything that the upstream says about each.
    pub body: Bytes,
}

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// The configuration has no such provider.
    #[error("no provider is named `{0}`; use one of: {1}")]
    Unknown(String, String),
    /// It is off, or the configuration has faults.
    #[error("the provider `{0}` is off; `jackfield check` says why")]
    Off(String),
    /// Its adapter has no such operation.
    #[error("the adapter `{0}` cannot list models")]
    Unsupported(String),
    /// The attempt failed.
    #[error("the upstream of `{provider}` gave no list: {reason}")]
    Failed {
        /// The provider's name.
        provider: String,
        /// The failure, without secrets.
        reason: String,
    },
}

// === impl Builder ===

impl Builder {
    /// Asks this provider of a configuration what its upstream offers, as an attempt of a request would: with its
    /// credential, its headers and within its time limits.
    ///
    /// # Errors
    /// [`ListingError`] if there is no such provider, it is off, its adapter has no such operation, or it failed.
    pub async fn list_models(&self, loaded: &Loaded, provider: &str) -> Result<Listing, ListingError> {
        let providers = &loaded.config.providers;
        if !providers.contains_key(provider) {
            let names: Vec<&str> = providers.keys().map(String::as_str).collect();
            return Err(ListingError::Unknown(provider.to_owned(), names.join(", ")));
        }
        let adapters = self.adapters_on(loaded);
        let adapter = adapters.iter().find(|adapter| &*adapter.provider == provider);
        let adapter = adapter.ok_or_else(|| ListingError::Off(provider.to_owned()))?;
        if !adapter.supports(Operation::Models, jackfield_dialects::canonical()) {
            return Err(ListingError::Unsupported(adapter.plugin.manifest.name.clone()));
        }
        list(adapter).await
    }
}

/// Asks the upstream of this adapter.
pub(super) async fn list(adapter: &Arc<Adapter>) -> Result<Listing, ListingError> {
    let failed = |reason: String| ListingError::Failed {
        provider: adapter.provider.to_string(),
        reason,
    };
    let of_attempt = |failure: Failure| failed(adapter.redact(failure).to_string());
    let body = ask(adapter).await.map_err(of_attempt)?;
    let unread = |fault: StreamFault| of_attempt(fault.into());
    let models = ListedModel::all(&body).map_err(unread)?;
    Ok(Listing { models, body })
}

/// Makes the attempt, with an empty body and no model.
pub(super) async fn ask(adapter: &Arc<Adapter>) -> Result<Bytes, Failure> {
    let payload = Payload::new(
        &Arc::from("models"),
        &Bytes::new(),
        Members::empty().clone(),
        NO_PARAMETERS.to_vec(),
    );
    let request = ProviderRequest {
        operation: Operation::Models,
        stream: false,
        dialect: canonical(),
        native: Some(&payload),
        canonical: None,
        affinity: None,
        user: None,
        spent: None,
        by_target: &[],
    };
    let limits = Limits {
        deadline: Instant::now() + adapter.timeouts.total,
        last: true,
    };
    match adapter.open(&request, "", limits).await?.reply {
        ProviderReply::Whole(_, body) => Ok(body),
        // No stream was asked for, so an attempt returns none.
        ProviderReply::Stream(..) | ProviderReply::Bytes(..) => Ok(Bytes::new()),
    }
}
