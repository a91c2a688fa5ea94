//! The listener: accepts connections, keeps them within their limits, and drains them at the end.
//!
//! Reading order: [`serve`], [`gateway`] (what requests share), [`drain`].

mod drain;
mod gateway;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use drain::{Drain, Flight};
pub use gateway::Gateway;

/// What connections get once no request is left, before they are closed.
const CLOSING: Duration = Duration::from_secs(1);

/// Serves `router` on `listener` until `stop`, then lets what is under way finish: readiness goes off, new
/// requests are turned away, streams may finish until the drain timeout, and then get an error event.
pub async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let graceful = GracefulShutdown::new();
    let drained = drained(&gateway, stop);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(&gateway, stream, router.clone(), &graceful));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: pause, or the loop would spin.
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            () = &mut drained => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(CLOSING, graceful.shutdown()).await;
}

/// Waits for `stop`, and then until everything under way has ended or was cut.
async fn drained(gateway: &Gateway, stop: CancellationToken) {
    stop.cancelled().await;
    let timeout = gateway.current.load().config.server.drain_timeout;
    gateway.drain.run(timeout).await;
}

fn connection(
    gateway: &Gateway,
    stream: TcpStream,
    router: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + 'static {
    // Without it a small event waits up to 40 ms for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    let header_timeout = gateway.current.load().config.server.header_timeout;
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout);
    builder.http2().timer(TokioTimer::new());
    let service = TowerToHyperService::new(router);
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let watched = graceful.watch(connection);
    async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "connection ended");
        }
    }
}
