//! Ends a job at the upstream that nobody waits for any longer: the client has left, or its time is over.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::adapter::Adapter;
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::credential::Credential;

/// How long the request that cancels may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How an adapter names the request that cancels its job.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AskedCancel {
    /// One of the allowed methods.
    pub(super) method: String,
    /// A path, or a full URL where an exchange may have one.
    pub(super) path: String,
}

/// The request that cancels a job. It is sent when this is dropped, unless the job has ended by itself.
pub(super) struct Cancel {
    adapter: Arc<Adapter>,
    credential: Credential,
    request_id: Arc<str>,
    /// `None` if there is nothing to cancel any longer.
    request: Option<(OutgoingRequest, Client)>,
}

// === impl Cancel ===

impl Cancel {
    /// Remembers a request that has been checked.
    pub(super) fn new(
        (adapter, credential): (&Arc<Adapter>, &Credential),
        request_id: &Arc<str>,
        request: (OutgoingRequest, Client),
    ) -> Self {
        Self {
            adapter: Arc::clone(adapter),
            credential: credential.clone(),
            request_id: Arc::clone(request_id),
            request: Some(request),
        }
    }

    /// Forgets it: the job is over, or another request cancels it.
    pub(super) fn forget(mut self) {
        self.request = None;
    }
}

impl Drop for Cancel {
    /// Sends it from a task of its own, because whoever drops this does not wait. At the end of the process, what is not
    /// sent by then is not sent.
    fn drop(&mut self) {
        let (Some((request, client)), Ok(runtime)) = (self.request.take(), Handle::try_current()) else {
            return;
        };
        let (adapter, request_id) = (Arc::clone(&self.adapter), Arc::clone(&self.request_id));
        let credential = self.credential.clone();
        runtime.spawn(async move {
            let provider = &*adapter.provider;
            let outcome = timeout(PATIENCE, sent(&credential, request, &client)).await;
            match outcome.unwrap_or_else(|_| Err("it is not answered in time".to_owned())) {
                Ok(status) => tracing::info!(
                    request_id = &*request_id,
                    provider,
                    status,
                    "cancelled the upstream's job"
                ),
                Err(reason) => {
                    let reason = adapter.redaction.text(&reason);
                    tracing::warn!(
                        request_id = &*request_id,
                        provider,
                        "cannot cancel the upstream's job: {reason}"
                    );
                }
            }
        });
    }
}

/// The status of the answer.
async fn sent(credential: &Credential, mut request: OutgoingRequest, client: &Client) -> Result<u16, String> {
    let authorized = credential.authorize(&mut request, SystemTime::now()).await;
    authorized.map_err(|error| error.to_string())?;
    let (_, sending) = client.send(request);
    let reply = sending.await.map_err(|error| error.to_string())?;
    Ok(reply.status.as_u16())
}
