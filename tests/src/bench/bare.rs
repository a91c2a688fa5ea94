//! The yardstick that nginx is not: a proxy of nothing but the libraries that the gateway stands on. It passes requests and
//! replies on as they come, with a worker for each core, as the gateway has. What it costs is the libraries' share.

use std::io;
use std::net::{self, SocketAddr};
use std::thread;

use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use super::one_thread;

/// Serves every connection in front of the upstream until it is dropped.
///
/// # Errors
/// If the workers cannot be started, or it can no longer accept connections.
pub(super) async fn serve(listener: TcpListener, upstream: SocketAddr) -> io::Result<()> {
    let upstream: Authority = upstream.to_string().parse().map_err(io::Error::other)?;
    let cores = thread::available_parallelism()?.get();
    let workers: Vec<_> = (0..cores)
        .map(|_| worker(upstream.clone()))
        .collect::<io::Result<_>>()?;
    for worker in workers.iter().cycle() {
        let (stream, _) = listener.accept().await?;
        // A worker ends with this process.
        let _ = worker.send(stream.into_std()?);
    }
    Ok(())
}

/// A thread that serves the connections it is sent.
fn worker(upstream: Authority) -> io::Result<mpsc::UnboundedSender<net::TcpStream>> {
    let (send, mut connections) = mpsc::unbounded_channel();
    let runtime = one_thread()?;
    thread::Builder::new().spawn(move || {
        let tasks = LocalSet::new();
        tasks.block_on(&runtime, async {
            let client = client();
            while let Some(stream) = connections.recv().await {
                tasks.spawn_local(converse(stream, client.clone(), upstream.clone()));
            }
        });
    })?;
    Ok(send)
}

fn client() -> Client<HttpConnector, Incoming> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Serves one connection. How it ends is of no interest: the client notices what it misses.
async fn converse(stream: net::TcpStream, client: Client<HttpConnector, Incoming>, upstream: Authority) {
    let Ok(stream) = TcpStream::from_std(stream) else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let pass = service_fn(|request| pass(request, &client, &upstream));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), pass).await;
}

async fn pass(
    mut request: Request<Incoming>,
    client: &Client<HttpConnector, Incoming>,
    upstream: &Authority,
) -> Result<Response<Incoming>, Error> {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(upstream.clone());
    // A path that a server has read is one that a client may send.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    request.headers_mut().remove(header::HOST);
    client.request(request).await
}
