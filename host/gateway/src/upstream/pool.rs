//! The HTTP client underneath: hyper's pooled one with rustls, one for each thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;

use super::error::UpstreamError;

/// Idle connections kept to one upstream, thread by thread.
const MAX_IDLE: usize = 512;

/// How long an idle connection is kept. Shorter than the usual 60 to 75 s of servers, so that we close first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A pooled client: HTTP/2 where the upstream offers it, no redirects, no proxies, no cookies.
///
/// This is what reqwest is made of. Its layers (a second URL parser, redirects, retries, decompression) are all
/// switched off here, and cost a quarter of the requests per second of one client.
pub(super) type Pool = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

thread_local! {
    /// The pools of this thread, by connect timeout. A connection is driven by the thread that opened it, so each
    /// thread keeps its own; they outlive snapshots.
    static POOLS: RefCell<HashMap<Duration, Pool>> = RefCell::default();
}

/// This thread's pool of connections with this connect timeout.
pub(super) fn of_this_thread(connect_timeout: Duration) -> Result<Pool, UpstreamError> {
    POOLS.with_borrow_mut(|pools| match pools.entry(connect_timeout) {
        Entry::Occupied(known) => Ok(known.get().clone()),
        Entry::Vacant(place) => Ok(place.insert(build(connect_timeout)?).clone()),
    })
}

fn build(connect_timeout: Duration) -> Result<Pool, UpstreamError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    // Without it a small request waits up to 40 ms for the acknowledgement of the one before.
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect_timeout));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls()?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(MAX_IDLE)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .http2_adaptive_window(true)
        .build(connector))
}

/// TLS 1.2 and 1.3 with ring, trusting what this machine trusts. Read once: the certificates are many.
fn tls() -> Result<ClientConfig, UpstreamError> {
    static CONFIG: OnceLock<Result<ClientConfig, rustls::Error>> = OnceLock::new();
    let read = || {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?;
        Ok(builder.with_no_client_auth())
    };
    let config = CONFIG.get_or_init(read).clone();
    config.map_err(|error| UpstreamError::Build(error.to_string()))
}
