//! The listener: accepts connections, limits them, and drains them at shutdown.
//!
//! Reading order: [`serve`], [`accept`], [`workers`] (the threads), [`connection`] (one of them), [`socket`] and
//! [`traffic`] (its bytes and its requests), [`peer`] (what both know of the client), [`clocks`].

mod accept;
mod clocks;
mod connection;
mod peer;
mod socket;
mod traffic;
mod workers;

use std::io;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use accept::Accept;
pub(crate) use peer::Peer;
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
    let mut accept = Accept::new(listener);
    let drained = drained(&gateway, stop);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            stream = accept.next() => {
                let (gateway, router, closing) = (Arc::clone(&gateway), router.clone(), closing.clone());
                let token = connections.token();
                workers.run(move || async move {
                    connection::serve(gateway, stream, router, closing).await;
                    drop(token);
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

/// Waits for `stop`, and then until every in-flight request has ended or been cut off.
async fn drained(gateway: &Gateway, stop: CancellationToken) {
    stop.cancelled().await;
    let patience = gateway.current.load().config.server.drain_timeout;
    gateway.drain.run(patience).await;
}
