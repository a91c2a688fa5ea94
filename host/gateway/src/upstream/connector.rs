//! Opens a connection to an upstream: look-up, TCP, proxy and TLS, all within one time limit.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use jackfield_config::HttpVersion;
use tower_service::Service;

use super::error::UpstreamError;
use super::line::Wired;
use super::resolver::Resolver;
use super::route::Route;
use super::tls;

/// How many probes of TCP may stay without an answer, where no time limit says so.
const PROBES: u32 = 3;

/// Opens connections along one route.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    route: Arc<Route>,
    /// To upstreams.
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
        let http = |resolver| tcp(route, resolver);
        let version = route.connections.http_version;
        let direct = secured(tls.clone(), version, http(Resolver::new(route.public_only)));
        let to_proxy = secured(tls.clone(), HttpVersion::Http1, http(Resolver::new(false)));
        Ok(Self {
            route: Arc::clone(route),
            direct,
            to_proxy,
            tls,
        })
    }

    async fn open(mut self, upstream: Uri) -> Result<TokioIo<Wired<AnyStream>>, BoxError> {
        if let Some(proxy) = self.route.tunnel(&upstream) {
            return Ok(Wired::new(self.tunnelled(&proxy, upstream).await?, false));
        }
        let Some(proxy) = self.route.proxies().to(&upstream) else {
            return Ok(Wired::new(AnyStream::new(self.direct.call(upstream).await?), false));
        };
        let stream = self.to_proxy.call(proxy.uri().clone()).await?;
        Ok(Wired::new(AnyStream::new(stream), true))
    }

    /// What is said to the upstream, inside a tunnel through the proxy.
    async fn tunnelled(self, proxy: &Intercept, upstream: Uri) -> Result<AnyStream, BoxError> {
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let mut connector = secured(self.tls, self.route.connections.http_version, tunnel);
        Ok(AnyStream::new(connector.call(with_port(upstream)?).await?))
    }
}

/// TLS over what `inner` opens if the URL is https, in which these versions are offered.
fn secured<C>(tls: rustls::ClientConfig, version: HttpVersion, inner: C) -> HttpsConnector<C> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    match version {
        HttpVersion::Auto => builder.enable_all_versions().wrap_connector(inner),
        HttpVersion::Http1 => builder.enable_http1().wrap_connector(inner),
        HttpVersion::Http2 => builder.enable_http2().wrap_connector(inner),
    }
}

/// The same with a port, because a tunnel without one would lead to that of https.
fn with_port(uri: Uri) -> Result<Uri, http::Error> {
    match (uri.scheme_str(), uri.port(), uri.host()) {
        (Some("http"), None, Some(host)) => {
            let authority = format!("{host}:80");
            let builder = Uri::builder().scheme("http").authority(authority);
            builder.path_and_query(uri.path()).build()
        }
        _ => Ok(uri),
    }
}

fn tcp(route: &Route, resolver: Resolver) -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    // Otherwise a small request would wait up to 40 ms for the acknowledgement of the previous one.
    tcp.set_nodelay(true);
    // Shared among the addresses of a name, so that a dead one leaves time for the next.
    tcp.set_connect_timeout(Some(route.connect_timeout));
    let connections = &route.connections;
    tcp.set_keepalive(Some(connections.tcp_probe_after));
    tcp.set_keepalive_interval(Some(connections.tcp_probe_every));
    tcp.set_keepalive_retries(Some(PROBES));
    // The system's own limit is a quarter of an hour.
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(connections.tcp_give_up_after));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_without_tls_leads_to_the_port_of_http() {
        for (url, expected) in [
            ("http://a.example/v1", "http://a.example:80/v1"),
            ("http://[::1]/v1", "http://[::1]:80/v1"),
            ("http://a.example:81/v1", "http://a.example:81/v1"),
            ("https://a.example/v1", "https://a.example/v1"),
        ] {
            assert_eq!(with_port(Uri::from_static(url)).unwrap().to_string(), expected);
        }
    }
}
