//! The connection pools: hyper's pooled client with rustls, one per thread and connect timeout.

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

/// The most idle connections per upstream and thread.
const MAX_IDLE: usize = 512;

/// How long an idle connection is kept. Shorter than the 60 to 75 s that are usual for servers, so that we close first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A pooled client: HTTP/2 if the upstream offers it; no redirects, no proxies, no cookies.
///
/// reqwest is built on the same client. Its layers (a second URL parser, redirects, retries, decompression) would all
/// be switched off here, and still cost a quarter of one client's requests per second.
pub(super) type Pool = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

thread_local! {
    /// The pools of this thread, by connect timeout. The thread that opens a connection also drives it, so each thread
    /// has its own pools. They outlive snapshots.
    static POOLS: RefCell<HashMap<Duration, Pool>> = RefCell::default();
}

/// This thread's pool for this connect timeout.
pub(super) fn of_this_thread(connect_timeout: Duration) -> Result<Pool, UpstreamError> {
    POOLS.with_borrow_mut(|pools| match pools.entry(connect_timeout) {
        Entry::Occupied(known) => Ok(known.get().clone()),
        Entry::Vacant(place) => Ok(place.insert(build(connect_timeout)?).clone()),
    })
}

fn build(connect_timeout: Duration) -> Result<Pool, UpstreamError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    // Otherwise a small request would wait up to 40 ms for the acknowledgement of the previous one.
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

/// TLS 1.2 and 1.3 with ring, using this machine's trust store. Loaded once, because the store is large.
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
