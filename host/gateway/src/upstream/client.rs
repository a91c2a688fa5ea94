//! Sends one request and waits for the head of its reply.

use std::future::Future;
use std::sync::Arc;

use http::{HeaderMap, Method, Uri, header};
use hyper_util::client::legacy;

use super::error::UpstreamError;
use super::line::Line;
use super::outgoing_body::OutgoingBody;
use super::paced::Paced;
use super::pool::{self, Pool};
use super::reply::UpstreamReply;
use super::route::Route;

/// Sends requests to upstreams. Clients of the same [`Route`] share connections, per thread.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    route: Arc<Route>,
}

/// A request that has been checked and carries its credential.
#[derive(Debug)]
pub(crate) struct OutgoingRequest {
    /// One of the five allowed methods.
    pub(crate) method: Method,
    /// The absolute URL. It may contain the credential.
    pub(crate) url: String,
    /// All headers except those of the connection.
    pub(crate) headers: HeaderMap,
    /// The body; empty for none.
    pub(crate) body: OutgoingBody,
}

// === impl Client ===

impl Client {
    /// A client that connects along `route`.
    ///
    /// # Errors
    /// [`UpstreamError::Build`] if the route's certificates cannot be used.
    pub(crate) fn new(route: Route) -> Result<Self, UpstreamError> {
        let route = route.shared();
        pool::of_this_thread(&route)?;
        Ok(Self { route })
    }

    /// The proxy that requests to `uri` go through, so that its name and address need not be reachable from here. Without
    /// credentials.
    pub(crate) fn proxy_to(&self, uri: &Uri) -> Option<String> {
        self.route.proxies().shown(uri)
    }

    /// Sends a request and waits for the head of the reply. Dropping the future ends the exchange. The line is there
    /// before the reply is, so that a caller whose time is up can [distrust](Line::distrust) it.
    ///
    /// A connection that was kept from an earlier request may be closed by the upstream at the same moment. If it ends
    /// before anything of a reply has come, the request is sent once more, on a fresh connection (RFC 9112, section
    /// 9.3.1).
    ///
    /// # Errors
    /// [`UpstreamError`] if there is no reply. A reply with an error status is not an error.
    pub(crate) fn send(
        &self,
        request: OutgoingRequest,
    ) -> (Line, impl Future<Output = Result<UpstreamReply, UpstreamError>> + Send) {
        let line = Line::default();
        let sending = exchange(Arc::clone(&self.route), request, line.clone());
        (line, sending)
    }
}

async fn exchange(route: Arc<Route>, request: OutgoingRequest, line: Line) -> Result<UpstreamReply, UpstreamError> {
    let request = Outgoing::new(&route, request)?;
    let pool = pool::of_this_thread(&route)?;
    let error = match request.send(&pool, &line).await {
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    if !line.ended_unheard(&error) {
        return Err(request.failed(&route, &error));
    }
    tracing::debug!("a kept connection had ended; the request is sent again on a fresh one");
    let fresh = pool::fresh_of_this_thread(&route)?;
    let sent = request.send(&fresh, &line).await;
    sent.map_err(|error| request.failed(&route, &error))
}

/// A request that can be sent more than once.
struct Outgoing {
    uri: Uri,
    method: Method,
    headers: HeaderMap,
    body: OutgoingBody,
}

// === impl Outgoing ===

impl Outgoing {
    fn new(route: &Route, request: OutgoingRequest) -> Result<Self, UpstreamError> {
        let uri = Uri::try_from(request.url).map_err(|error| UpstreamError::Address(error.to_string()))?;
        let mut headers = request.headers;
        if let Some(authorization) = route.authorization(&uri) {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let (method, body) = (request.method, request.body);
        Ok(Self {
            uri,
            method,
            headers,
            body,
        })
    }

    /// Why nothing came back. A connection that was not opened may be the proxy's fault, so that is named.
    fn failed(&self, route: &Route, error: &legacy::Error) -> UpstreamError {
        let error = UpstreamError::from_send(error);
        match route.proxies().shown(&self.uri) {
            Some(proxy) => error.by_way_of(&proxy),
            None => error,
        }
    }

    async fn send(&self, pool: &Pool, line: &Line) -> Result<UpstreamReply, legacy::Error> {
        let mut request = http::Request::new(Paced::new(self.body.clone(), line.caller()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        line.attach(&mut request);
        let response = pool.request(request).await?;
        let driver = Line::answered(&response);
        Ok(UpstreamReply::on(line.clone(), driver, response))
    }
}
