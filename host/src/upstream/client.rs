//! Sends one request and hands out its reply piece by piece.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use reqwest::redirect::Policy;

/// Idle connections kept to one upstream.
const MAX_IDLE: usize = 512;

/// How long an idle connection is kept. Shorter than the usual 60 to 75 s of servers, so that we close first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A pooled HTTP client: HTTP/2 where the upstream offers it, no redirects, no proxies from the environment.
/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
}

/// The clients of a process. Providers with the same connect timeout share one, and so its connections,
/// also from one snapshot to the next.
#[derive(Debug, Default)]
pub struct Clients {
    by_connect_timeout: Mutex<HashMap<Duration, Client>>,
}

/// A request that has been checked and bears its credential.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// All headers but those of the connection.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The head of a reply, with the body still to be read. Dropping it ends the exchange at once.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    inner: reqwest::Response,
}

/// Why an exchange broke off. No message holds the URL, which may bear a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The client could not be built.
    #[error("the HTTP client cannot be built: {0}")]
    Build(String),
    /// The URL is not one.
    #[error("the address is not valid: {0}")]
    Address(String),
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection took too long.
    #[error("did not accept a connection in time")]
    ConnectTimeout,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The body is larger than allowed.
    #[error("the reply is larger than {0} bytes")]
    TooLarge(usize),
}

// === impl Clients ===

impl Clients {
    /// The client for this connect timeout.
    ///
    /// # Errors
    /// [`UpstreamError::Build`].
    pub fn get(&self, connect_timeout: Duration) -> Result<Client, UpstreamError> {
        let Ok(mut clients) = self.by_connect_timeout.lock() else {
            return Client::new(connect_timeout);
        };
        if let Some(client) = clients.get(&connect_timeout) {
            return Ok(client.clone());
        }
        let client = Client::new(connect_timeout)?;
        clients.insert(connect_timeout, client.clone());
        Ok(client)
    }
}

// === impl Client ===

impl Client {
    /// A client with this connect timeout.
    ///
    /// # Errors
    /// [`UpstreamError::Build`].
    pub fn new(connect_timeout: Duration) -> Result<Self, UpstreamError> {
        install_crypto();
        let inner = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(MAX_IDLE)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .http2_adaptive_window(true)
            .build()
            .map_err(|error| UpstreamError::Build(error.to_string()))?;
        Ok(Self { inner })
    }

    /// Sends a request and waits for the head of the reply. Dropping the future drops the exchange.
    ///
    /// # Errors
    /// [`UpstreamError`], but never for a status.
    pub async fn send(&self, request: Request) -> Result<Reply, UpstreamError> {
        let url = reqwest::Url::parse(&request.url)
            .map_err(|error| UpstreamError::Address(error.to_string()))?;
        let mut outgoing = reqwest::Request::new(request.method, url);
        *outgoing.headers_mut() = request.headers;
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.into());
        }
        let mut inner = self
            .inner
            .execute(outgoing)
            .await
            .map_err(UpstreamError::from_send)?;
        let headers = std::mem::take(inner.headers_mut());
        Ok(Reply {
            status: inner.status(),
            headers,
            inner,
        })
    }
}

// === impl Reply ===

impl Reply {
    /// The next piece of the body; `None` at its clean end. Cancel safe.
    ///
    /// # Errors
    /// [`UpstreamError::Broken`] if the connection ends before the body does.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        self.inner
            .chunk()
            .await
            .map_err(|error| UpstreamError::Broken(root_cause(&error)))
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Reply::chunk`], and [`UpstreamError::TooLarge`].
    pub async fn collect(&mut self, max_bytes: usize) -> Result<Bytes, UpstreamError> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let mut whole = Vec::from([first]);
        let mut length = whole[0].len();
        while let Some(chunk) = self.chunk().await? {
            length += chunk.len();
            if length > max_bytes {
                return Err(UpstreamError::TooLarge(max_bytes));
            }
            whole.push(chunk);
        }
        if length > max_bytes {
            return Err(UpstreamError::TooLarge(max_bytes));
        }
        Ok(joined(whole, length))
    }
}

fn joined(mut chunks: Vec<Bytes>, length: usize) -> Bytes {
    if chunks.len() == 1 {
        return chunks.swap_remove(0);
    }
    let mut whole = BytesMut::with_capacity(length);
    for chunk in &chunks {
        whole.extend_from_slice(chunk);
    }
    whole.freeze()
}

// === impl UpstreamError ===

impl UpstreamError {
    #[allow(
        clippy::needless_pass_by_value,
        reason = "it is the argument of map_err"
    )]
    fn from_send(error: reqwest::Error) -> Self {
        if error.is_connect() && error.is_timeout() {
            return Self::ConnectTimeout;
        }
        if error.is_connect() {
            return Self::Connect(root_cause(&error));
        }
        Self::Broken(root_cause(&error))
    }
}

/// The innermost message: the outer ones repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) {
        "no details".to_owned()
    } else {
        cause.to_string()
    }
}

/// Makes ring the process's provider of cryptography, once.
fn install_crypto() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        // An error means that the embedding program has chosen one before us, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
