//! The connection pools: hyper's pooled client with rustls, one per thread and route.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use jackfield_config::{ConnectionsConfig, HttpVersion};

use super::connector::Connector;
use super::driver::Drivers;
use super::error::UpstreamError;
use super::paced::Paced;
use super::route::Route;
use crate::fairness::READ_AT_ONCE;

/// The most headers in a reply. Gateways in front of models add a dozen rate limits each; hyper's own limit is 100.
const MAX_HEADERS: usize = 256;

/// The largest head of a reply over HTTP/2. Over HTTP/1 it is [`READ_AT_ONCE`].
const MAX_HEAD_BYTES: u32 = 256 * 1024;

/// A pooled client: HTTP/2 if the upstream offers it; no redirects, no cookies.
///
/// reqwest is built on the same client. Its layers (a second URL parser, redirects, retries, decompression) would all
/// be switched off here, and still cost a quarter of one client's requests per second.
pub(super) type Pool = Client<Connector, Paced>;

/// The pools of one route.
struct Pools {
    kept: Arc<Pool>,
    /// Opens a connection for each request.
    fresh: Arc<Pool>,
}

thread_local! {
    /// The pools of this thread, by route. The thread that opens a connection also drives it, so each thread has its own
    /// pools. They outlive snapshots.
    static POOLS: RefCell<BTreeMap<usize, Pools>> = RefCell::default();
}

/// This thread's pool for this route.
pub(super) fn of_this_thread(route: &Arc<Route>) -> Result<Arc<Pool>, UpstreamError> {
    with_pools(route, |pools| Arc::clone(&pools.kept))
}

/// The same for one request on a connection of its own, which is not kept.
pub(super) fn fresh_of_this_thread(route: &Arc<Route>) -> Result<Arc<Pool>, UpstreamError> {
    with_pools(route, |pools| Arc::clone(&pools.fresh))
}

fn with_pools(route: &Arc<Route>, choose: impl FnOnce(&Pools) -> Arc<Pool>) -> Result<Arc<Pool>, UpstreamError> {
    POOLS.with_borrow_mut(|pools| {
        // Routes are shared, and live as long as the process: their address is their name.
        let place = Arc::as_ptr(route).addr();
        if let Some(known) = pools.get(&place) {
            return Ok(choose(known));
        }
        let connector = Connector::new(route)?;
        let unkept = ConnectionsConfig {
            max_idle: 0,
            ..route.connections
        };
        let built = Pools {
            kept: Arc::new(build(connector.clone(), &route.connections)),
            fresh: Arc::new(build(connector, &unkept)),
        };
        Ok(choose(pools.entry(place).or_insert(built)))
    })
}

/// A connection that was lost without a word, as behind a NAT, would be used until the system gives up on it, a quarter of
/// an hour later. So HTTP/2 is asked whether it is still there, also while it is idle.
fn build(connector: Connector, connections: &ConnectionsConfig) -> Pool {
    Client::builder(Drivers)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(connections.max_idle)
        .pool_idle_timeout(connections.idle_timeout)
        .http1_max_headers(MAX_HEADERS)
        .http1_max_buf_size(READ_AT_ONCE)
        .http2_max_header_list_size(MAX_HEAD_BYTES)
        .http2_only(connections.http_version == HttpVersion::Http2)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(connections.http2_ping_after)
        .http2_keep_alive_timeout(connections.http2_pong_within)
        .http2_keep_alive_while_idle(true)
        .build(connector)
}
