//! A small HTTP server for this machine alone: what `plugin record` and `plugin replay` listen with.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The largest request that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// A reply's body, which may still be on its way.
pub type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Opens a port on this machine. `address` must be one of its own: whoever reaches it is not asked for a key.
///
/// # Errors
/// If the address is not loopback, or taken.
pub async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, String> {
    if !address.ip().is_loopback() {
        return Err(format!("{address} can be reached from elsewhere; listen on 127.0.0.1"));
    }
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Serves until the future is dropped.
///
/// # Errors
/// If connections can no longer be accepted.
pub async fn serve<H, F>(listener: TcpListener, handle: H) -> std::io::Result<()>
where
    H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let handle = Arc::new(handle);
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        connections.spawn(connection(stream, Arc::clone(&handle)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection<H, F>(stream: TcpStream, handle: Arc<H>)
where
    H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let handle = Arc::clone(&handle);
        async move {
            let (parts, body) = request.into_parts();
            let reply = match Limited::new(body, LARGEST).collect().await {
                Ok(body) => handle(Request::from_parts(parts, body.to_bytes())).await,
                Err(_) => text(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "the request is too large or was cut off\n",
                ),
            };
            Ok::<_, Infallible>(reply)
        }
    });
    // What the client did to the connection is the client's business.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// A body that is there as a whole.
pub fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// A reply of text.
pub fn text(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    let mut reply = Response::new(whole(text.into().into()));
    *reply.status_mut() = status;
    reply
}
