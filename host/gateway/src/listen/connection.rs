//! One connection, from its first byte to its close.

use std::future::{Future, poll_fn};
use std::net;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::clocks::{Clocks, Overdue};
use super::lane::Lanes;
use super::peer::Peer;
use super::socket::Socket;
use super::traffic::Traffic;
use crate::request::Gateway;

/// How long an idle connection has to close after it was asked to.
pub(super) const CLOSING: Duration = Duration::from_secs(1);

/// The most requests at a time on one connection of HTTP/2; the least that is recommended (RFC 9113, section 6.5.2).
const MAX_STREAMS: u32 = 100;

/// The most bytes of a request's headers with HTTP/2, which also limits how many CONTINUATION frames carry them.
const MAX_HEADERS: u32 = 32 << 10;

/// The most requests that a client of HTTP/2 may reset before they are looked at, and for how many faults of its own it
/// may be answered with a reset, before its connection is closed.
const MAX_RESETS: usize = 20;
const MAX_ERRORS: usize = 100;

/// How much of each response may wait for its client in the server of HTTP/2.
const SEND_BUFFER: usize = 128 << 10;

/// After how much silence of a client of HTTP/2 that is owed an answer it is asked whether it is there, and how long it
/// may take to say so (RFC 9113, section 6.7).
const PING_AFTER: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// Serves a connection until its client closes it, a clock runs out, or `closing` is cancelled and its requests have
/// ended.
/// Step 1 of a request's life (ARCHITECTURE.md).
pub(super) async fn serve(gateway: Arc<Gateway>, stream: net::TcpStream, router: Router, closing: CancellationToken) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "connection lost"),
    };
    let clocks = Clocks::of(&gateway.current.load().config.server);
    let peer = Arc::new(Peer::new());
    let traffic = Traffic::new(&gateway, router, &peer);
    let socket = Socket::new(stream, Arc::clone(&peer), clocks.write);
    let builder = builder(&clocks);
    let serving = builder.serve_connection(TokioIo::new(socket), traffic).into_owned();
    let overdue = overdue(&clocks, &peer);
    tokio::pin!(serving, overdue);
    let patience = tokio::select! {
        biased;
        ended = &mut serving => return log(ended),
        what = &mut overdue => match what {
            Overdue::Request => CLOSING,
            Overdue::Head => return,
            Overdue::Reading => return peer.stall(),
        },
        // How long requests may take is the drain's decision.
        () = closing.cancelled() => Duration::MAX,
    };
    serving.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(patience, serving).await {
        log(ended);
    }
}

/// What the server takes of a connection.
fn builder(clocks: &Clocks) -> auto::Builder<Lanes> {
    let mut builder = auto::Builder::new(Lanes { patience: clocks.write });
    // The clocks here do more: hyper's also counts the time between two requests.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_ERRORS)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PONG_WITHIN);
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
