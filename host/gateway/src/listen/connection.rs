//! One connection, from its first byte to its close.

use std::future::{Future, poll_fn};
use std::net;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::clocks::{Clocks, Overdue};
use super::peer::Peer;
use super::socket::Socket;
use super::traffic::Traffic;
use crate::request::Gateway;

/// How long an idle connection has to close after it was asked to.
pub(super) const CLOSING: Duration = Duration::from_secs(1);

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
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The clocks here do more: hyper's also counts the time between two requests.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder.http2().timer(TokioTimer::new());
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
