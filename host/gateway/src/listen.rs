//! The listener: accepts connections, limits them, and drains them at shutdown.
//!
//! Reading order: [`serve`], [`workers`] (the threads).

mod workers;

use std::sync::Arc;
use std::time::Duration;
use std::{io, net};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use workers::Workers;
pub(crate) use workers::worker_count;

use crate::request::Gateway;

/// How long idle connections have to close after the last request, before they are dropped.
const CLOSING: Duration = Duration::from_secs(1);

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
    let graceful = GracefulShutdown::new();
    let drained = drained(&gateway, stop);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            accepted = accept(&listener) => match accepted {
                Ok(stream) => {
                    let (gateway, router) = (Arc::clone(&gateway), router.clone());
                    let watcher = graceful.watcher();
                    workers.run(move || connection(gateway, stream, router, watcher));
                }
                Err(error) => {
                    // Most likely out of file descriptors. Without a pause the loop would spin.
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            () = &mut drained => break,
        }
    }
    drop(listener);
    let _ = timeout(CLOSING, graceful.shutdown()).await;
    Ok(())
}

/// Accepts a connection and detaches it from this runtime.
async fn accept(listener: &TcpListener) -> io::Result<net::TcpStream> {
    let (stream, _) = listener.accept().await?;
    // Otherwise a small event would wait up to 40 ms for the acknowledgement of the previous one.
    stream.set_nodelay(true)?;
    stream.into_std()
}

/// Waits for `stop`, and then until every in-flight request has ended or been cut off.
async fn drained(gateway: &Gateway, stop: CancellationToken) {
    stop.cancelled().await;
    let patience = gateway.current.load().config.server.drain_timeout;
    gateway.drain.run(patience).await;
}

/// Step 1 of a request's life (ARCHITECTURE.md).
async fn connection(gateway: Arc<Gateway>, stream: net::TcpStream, router: Router, watcher: Watcher) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "connection lost"),
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    let header_timeout = gateway.current.load().config.server.header_timeout;
    // hyper's own timeout starts with the first byte, which may never arrive.
    if timeout(header_timeout, stream.readable()).await.is_err() {
        return;
    }
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout);
    builder.http2().timer(TokioTimer::new());
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}
