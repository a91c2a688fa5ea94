//! One connection, from its first byte to its close.

use std::future::{Future, poll_fn};
use std::net::{self, IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::clocks::{Clocks, Overdue};
use super::lane::Lanes;
use super::peer::Peer;
use super::socket::Socket;
use super::traffic::{Handler, Traffic};
use super::wire::Wire;
use crate::fairness::READ_AT_ONCE;
use crate::request::Gateway;
use crate::tls::Door;
use jackfield_config::ServerConfig;

/// How long an idle connection has to close after it was asked to.
pub(super) const CLOSING: Duration = Duration::from_secs(1);

/// The most bytes of a request's headers with HTTP/2, which also limits how many CONTINUATION frames carry them.
const MAX_HEADERS: u32 = 32 << 10;

/// The most requests that a client of HTTP/2 may reset before they are looked at, and for how many faults of its own it
/// may be answered with a reset, before its connection is closed.
const MAX_RESETS: usize = 20;
const MAX_ERRORS: usize = 100;

/// How much of each response may wait for its client in the server of HTTP/2.
const SEND_BUFFER: usize = 128 << 10;

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Arrival {
    /// Detached from every runtime.
    pub(super) stream: net::TcpStream,
    /// Where.
    pub(super) door: Door,
}

/// Serves a connection until its client closes it, a clock runs out, or `closing` is cancelled and its requests have
/// ended.
/// Step 1 of a request's life (ARCHITECTURE.md).
pub(super) async fn serve(arrival: Arrival, gateway: Arc<Gateway>, handler: impl Handler, closing: CancellationToken) {
    let peer = Arc::new(Peer::new());
    let (clocks, builder) = {
        let snapshot = gateway.current.load();
        (Clocks::of(&snapshot.config.server), builder(&snapshot.config.server))
    };
    let Some(wire) = closing
        .run_until_cancelled(arrival.shake_hands(&gateway, clocks))
        .await
        .flatten()
    else {
        return;
    };
    let traffic = Traffic::new(&gateway, handler, &peer);
    let socket = Socket::new(wire, Arc::clone(&peer), clocks.write);
    let serving = builder.serve_connection(TokioIo::new(socket), traffic).into_owned();
    let (overdue, handed_over) = (overdue(&clocks, &peer), gateway.drain.handed_over());
    tokio::pin!(serving, overdue, handed_over);
    let mut stays = true;
    let patience = loop {
        tokio::select! {
            biased;
            ended = &mut serving => return log(ended),
            what = &mut overdue => match what {
                Overdue::Request => break CLOSING,
                Overdue::Head => return,
                Overdue::Reading => return peer.stall(),
            },
            // How long requests may take is the drain's decision.
            () = closing.cancelled() => break Duration::MAX,
            // A client of HTTP/1 is told with the answer to its next request. One of HTTP/2 can be told now, and loses none.
            () = &mut handed_over, if stays => {
                stays = false;
                if peer.speaks_http2() {
                    break Duration::MAX;
                }
            }
        }
    };
    serving.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(patience, serving).await {
        log(ended);
    }
}

// === impl Arrival ===

impl Arrival {
    /// Whose it is; unspecified if the client has left already.
    pub(super) fn address(&self) -> IpAddr {
        let peer = self.stream.peer_addr();
        peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip())
    }

    /// The connection after its handshake; `None` if that fails, or takes longer than a first request's head may.
    async fn shake_hands(self, gateway: &Gateway, clocks: Clocks) -> Option<Wire> {
        let stream = TcpStream::from_std(self.stream).inspect_err(|error| tracing::debug!(%error, "connection lost"));
        let tls = gateway.current.load().tls.at(self.door).cloned();
        let opening = timeout(clocks.header, Wire::open(stream.ok()?, tls));
        match opening.await {
            Ok(Ok(wire)) => Some(wire),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the TLS handshake failed");
                None
            }
            Err(_) => None,
        }
    }
}

/// What the server takes of a connection.
fn builder(server: &ServerConfig) -> auto::Builder<Lanes> {
    let mut builder = auto::Builder::new(Lanes {
        patience: server.write_timeout,
    });
    // The clocks here do more: hyper's also counts the time between two requests.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(READ_AT_ONCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(server.http2.max_streams)
        .max_header_list_size(MAX_HEADERS)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_ERRORS)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(server.http2.ping_after)
        .keep_alive_timeout(server.http2.pong_within);
    builder
}

/// Completes when something has not arrived in time. Poll it after the connection itself, in the same task.
///
/// The timer is only moved forward, never back: it may ring too early, and is then set again. So a connection that
/// serves one request after the other does not touch it.
async fn overdue(clocks: &Clocks, peer: &Peer) -> Overdue {
    let mut timer = pin!(sleep(clocks.header));
    poll_fn(move |context| {
        loop {
            let Some((due, what)) = peer.due(clocks, context) else {
                return Poll::Pending;
            };
            if due <= Instant::now() {
                return Poll::Ready(what);
            }
            if due < timer.deadline() || timer.is_elapsed() {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Most connections end in a way that is nobody's fault.
fn log(ended: Result<(), axum::BoxError>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use http::Version;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_rings_when_it_is_due_and_not_before() {
        let clocks = Clocks {
            header: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write: Duration::from_mins(1),
        };
        let (peer, began) = (Peer::new(), Instant::now());
        let serving = async {
            sleep(Duration::from_secs(5)).await;
            peer.begin(Version::HTTP_11);
            sleep(Duration::from_secs(95)).await;
            peer.end(None);
        };
        let (what, ()) = tokio::join!(overdue(&clocks, &peer), serving);
        assert_eq!((what, began.elapsed().as_secs()), (Overdue::Request, 175));
    }
}
