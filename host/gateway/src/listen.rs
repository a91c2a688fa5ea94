//! The listener: accepts connections, limits them, and drains them at shutdown.
//!
//! Reading order: [`serve`], [`accept`] and [`seats`] (how many there may be), [`workers`] (the threads), [`connection`]
//! (one of them), [`socket`] with its [`stall`], and [`traffic`] (its bytes and its requests), [`peer`] (what both know
//! of the client, its [`manners`] included), [`lane`] (a request of HTTP/2), [`reader`] (both, as the edge sees them), [`clocks`].

mod accept;
mod clocks;
mod connection;
mod lane;
mod manners;
mod peer;
mod reader;
mod seats;
mod socket;
mod stall;
mod traffic;
mod workers;

use std::io;
use std::sync::Arc;

use axum::Router;
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use accept::Accept;
pub(crate) use reader::Reader;
use seats::SeatLimits;
use workers::Workers;
pub(crate) use workers::worker_count;

use crate::request::Gateway;

/// Serves `router` on `listener` until `stop` is cancelled, then drains: `/readyz` fails, new requests are refused,
/// and in-flight requests may finish until the drain timeout. Streams that outlast it get an error event.
///
/// # Errors
/// If the threads that serve connections cannot be started.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let workers = Workers::start()?;
    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let (mut accept, open_files) = (Accept::new(listener), open_files());
    let limits = || SeatLimits::of(&gateway.current.load().config.server, open_files);
    let drained = drained(&gateway, stop);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            (stream, seat) = accept.next(limits) => {
                let (gateway, router, closing) = (Arc::clone(&gateway), router.clone(), closing.clone());
                let token = connections.token();
                workers.run(move || async move {
                    connection::serve(gateway, stream, router, closing).await;
                    drop((seat, token));
                });
            }
            () = &mut drained => break,
        }
    }
    drop(accept);
    closing.cancel();
    connections.close();
    let _ = timeout(connection::CLOSING, connections.wait()).await;
    Ok(())
}

/// How many descriptors this process may have.
fn open_files() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.and_then(|limit| limit.try_into().ok()).unwrap_or(usize::MAX)
}

/// Waits for `stop`, and then until every in-flight request has ended or been cut off.
async fn drained(gateway: &Gateway, stop: CancellationToken) {
    stop.cancelled().await;
    let patience = gateway.current.load().config.server.drain_timeout;
    gateway.drain.run(patience).await;
}
