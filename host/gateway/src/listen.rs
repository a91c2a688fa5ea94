//! The listener: accepts connections, limits them, and drains them at shutdown.
//!
//! Reading order: [`serve`], [`accept`] and [`seats`] (how many there may be), [`workers`] (the threads), [`connection`]
//! (one of them), [`wire`] (its bytes, with or without TLS), [`socket`] with its [`stall`], and [`traffic`] (its bytes and its requests), [`peer`] (what both know
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
mod wire;
mod workers;

use std::future::pending;
use std::sync::Arc;
use std::{io, net};

use rustix::process::{Resource, getrlimit};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use accept::Accept;
use connection::Arrival;
pub(crate) use reader::Reader;
use seats::{Seat, SeatLimits};
pub(crate) use traffic::Handler;
use workers::Workers;
pub(crate) use workers::worker_count;

use crate::fairness::Fair;
use crate::request::Gateway;
use crate::tls::Door;

/// Serves `handler` on `listener` until `stop` is cancelled, then drains: `/readyz` fails, new requests are refused,
/// and in-flight requests may finish until the drain timeout. Streams that outlast it get an error event. If another
/// process takes over, no request is refused; new connections are left to that one.
///
/// # Errors
/// If the threads that serve connections cannot be started.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    (door, listener): (Door, TcpListener),
    handler: impl Handler,
    stop: CancellationToken,
) -> io::Result<()> {
    let workers = Workers::start()?;
    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let (mut accept, open_files) = (Some(Accept::new(listener)), open_files());
    let limits = || SeatLimits::of(&gateway.current.load().config.server, open_files);
    let begin = |(stream, seat): (net::TcpStream, Seat)| {
        let (gateway, handler, closing) = (Arc::clone(&gateway), handler.clone(), closing.clone());
        let (token, arrival) = (connections.token(), Arrival { stream, door });
        let address = arrival.address();
        workers.run(move || {
            Fair::of(address, async move {
                connection::serve(arrival, gateway, handler, closing).await;
                drop((seat, token));
            })
        });
    };
    let drained = drained(&gateway, stop);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            accepted = next(accept.as_mut(), limits) => begin(accepted),
            () = gateway.drain.handed_over(), if accept.is_some() => {
                let waiting = accept.take().map(|accept| accept.leave(limits()));
                waiting.into_iter().flatten().for_each(&begin);
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

/// The next connection; never one after the listener was left to another process.
async fn next(accept: Option<&mut Accept>, limits: impl Fn() -> SeatLimits) -> (net::TcpStream, Seat) {
    match accept {
        Some(accept) => accept.next(limits).await,
        None => pending().await,
    }
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
