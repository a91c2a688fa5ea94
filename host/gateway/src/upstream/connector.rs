//! Opens a connection to an upstream: look-up, TCP, proxy and TLS, all within one time limit.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::error::UpstreamError;
use super::line::Wired;
use super::resolver::Resolver;
use super::route::Route;
use super::tls;

/// When TCP begins to ask whether a silent peer is still there, how often, and how many answers may be missing.
const KEEP_ALIVE: (Duration, Duration, u32) = (Duration::from_secs(15), Duration::from_secs(5), 3);

/// How long what was sent may stay without acknowledgement (RFC 5482). The system's own limit is a quarter of an hour.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Opens connections along one route.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    route: Arc<Route>,
    /// To upstreams: HTTP/2 if they offer it.
    direct: HttpsConnector<HttpConnector<Resolver>>,
    /// To proxies, with which we speak HTTP/1.1.
    to_proxy: HttpsConnector<HttpConnector<Resolver>>,
    tls: rustls::ClientConfig,
}

/// A connection of any kind: plain, encrypted, or encrypted within a tunnel.
pub(super) trait Stream: Read + Write + Connection + Send + Unpin {}

impl<S: Read + Write + Connection + Send + Unpin> Stream for S {}

/// The same, boxed: one indirect call more for each read is nothing beside the system's.
pub(super) struct AnyStream(Box<dyn Stream>);

type BoxError = Box<dyn Error + Send + Sync>;

// === impl Connector ===

impl Connector {
    pub(super) fn new(route: &Arc<Route>) -> Result<Self, UpstreamError> {
        let tls = tls::config(&route.certificates)?;
        let http = |resolver| tcp(route.connect_timeout, resolver);
        let direct = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(http(Resolver::new(route.public_only)));
        let to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http(Resolver::new(false)));
        Ok(Self {
            route: Arc::clone(route),
            direct,
            to_proxy,
            tls,
        })
    }

    async fn open(mut self, upstream: Uri) -> Result<TokioIo<Wired<AnyStream>>, BoxError> {
        let Some(proxy) = self.route.proxies().to(&upstream) else {
            return Ok(Wired::new(AnyStream::new(self.direct.call(upstream).await?), false));
        };
        if upstream.scheme_str() == Some("https") {
            return Ok(Wired::new(self.tunnelled(&proxy, upstream).await?, false));
        }
        let stream = self.to_proxy.call(proxy.uri().clone()).await?;
        Ok(Wired::new(AnyStream::new(stream), true))
    }

    /// TLS with the upstream inside a tunnel through the proxy (RFC 9110, section 9.3.6).
    async fn tunnelled(self, proxy: &Intercept, upstream: Uri) -> Result<AnyStream, BoxError> {
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let mut connector = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tunnel);
        Ok(AnyStream::new(connector.call(upstream).await?))
    }
}

fn tcp(connect_timeout: Duration, resolver: Resolver) -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    // Otherwise a small request would wait up to 40 ms for the acknowledgement of the previous one.
    tcp.set_nodelay(true);
    // Shared among the addresses of a name, so that a dead one leaves time for the next.
    tcp.set_connect_timeout(Some(connect_timeout));
    let (idle, interval, retries) = KEEP_ALIVE;
    tcp.set_keepalive(Some(idle));
    tcp.set_keepalive_interval(Some(interval));
    tcp.set_keepalive_retries(Some(retries));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    tcp
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wired<AnyStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context)
    }

    fn call(&mut self, upstream: Uri) -> Self::Future {
        let (limit, opening) = (self.route.connect_timeout, self.clone().open(upstream));
        Box::pin(async move {
            let opened = tokio::time::timeout(limit, opening).await;
            opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        })
    }
}

// === impl AnyStream ===

impl AnyStream {
    fn new(stream: impl Stream + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl Connection for AnyStream {
    fn connected(&self) -> Connected {
        self.0.connected()
    }
}

impl Read for AnyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for AnyStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, parts)
    }
}
