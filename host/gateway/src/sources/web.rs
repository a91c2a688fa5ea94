//! HTTP as registries speak it: bounded bodies, redirects that keep the scheme, and credentials that stay with their host.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use tokio::time::timeout;

use super::access::{Access, sensitive};
use super::challenge::Challenge;
use super::error::{SILENCE, WebError};
use super::redirect::{encoded, host, next};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::error::UpstreamError;
use crate::upstream::proxy::Proxies;
use crate::upstream::reply::{Collector, UpstreamReply};
use crate::upstream::route::Route;
use jackfield_config::is_loopback;

/// To look up a name, connect, and agree on TLS.
const CONNECT: Duration = Duration::from_secs(10);

/// Registries send blobs from a store of theirs, which takes one redirect.
const MAX_REDIRECTS: usize = 5;

/// The most bytes of the answer to a request for a token.
const MAX_TOKEN: usize = 256 << 10;

/// A conversation with one host, and with those that it sends on to.
pub(super) struct Session {
    client: Client,
    /// The scheme and authority that credentials are for.
    base: String,
    access: Access,
    /// What the host accepted last.
    authorization: Option<HeaderValue>,
}

/// One request.
#[derive(Clone)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) accept: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: Bytes,
    /// What a token is asked for, where the host wants one and does not say: `pull` or `push,pull` of a repository.
    pub(super) scope: &'a str,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

// === impl Session ===

impl Session {
    pub(super) fn new(base: &str, access: &Access) -> Result<Self, WebError> {
        let proxies = Proxies::new(&access.proxies);
        let route = Route::direct(CONNECT).trusting(&access.ca).through(proxies);
        Ok(Self {
            client: Client::new(route).map_err(|error| WebError::Client(error.to_string()))?,
            base: base.to_owned(),
            access: access.clone(),
            authorization: None,
        })
    }

    /// The body of a reply, which must be a success, up to this many bytes.
    pub(super) async fn fetch(&mut self, call: Call<'_>, max_bytes: usize) -> Result<Bytes, WebError> {
        let host = host(&call.url).to_owned();
        let reply = self.call(call).await?;
        if reply.status != StatusCode::OK {
            return Err(refused(&host, reply.status));
        }
        body(&host, reply, max_bytes).await
    }

    /// Sends one request, answers a challenge, and follows redirects of a GET. Other replies are the caller's.
    pub(super) async fn call(&mut self, mut call: Call<'_>) -> Result<UpstreamReply, WebError> {
        let mut challenged = false;
        for _ in 0..=MAX_REDIRECTS {
            let at_home = call.url.starts_with(&format!("{}/", self.base));
            let authorization = self.authorization.clone().filter(|_| at_home);
            let reply = self.send(&call, authorization).await?;
            match reply.status {
                StatusCode::UNAUTHORIZED if at_home && !challenged => {
                    challenged = true;
                    self.authorization = Some(self.answer(&call, &reply).await?);
                }
                status if status.is_redirection() && call.method == Method::GET => {
                    call.url = next(&call.url, &reply.headers)?;
                }
                _ => return Ok(reply),
            }
        }
        let host = host(&call.url).to_owned();
        let to = "one place after another";
        Err(WebError::Redirect { host, to })
    }

    async fn send(&self, call: &Call<'_>, authorization: Option<HeaderValue>) -> Result<UpstreamReply, WebError> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static("jackfield"));
        for (name, value) in [(ACCEPT, call.accept), (CONTENT_TYPE, call.content_type)] {
            if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
                headers.insert(name, value);
            }
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        let request = OutgoingRequest {
            method: call.method.clone(),
            url: call.url.clone(),
            headers,
            body: call.body.clone().into(),
        };
        let host = host(&call.url);
        let sent = timeout(SILENCE, self.client.send(request).1).await;
        let sent = sent.map_err(|_| WebError::Silent(host.to_owned()))?;
        sent.map_err(|error| broken(host, &error))
    }

    /// What to send with the request that was refused: our password, or a token that it is exchanged for.
    async fn answer(&self, call: &Call<'_>, reply: &UpstreamReply) -> Result<HeaderValue, WebError> {
        let mut challenges = reply.headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = challenges.find_map(|value| Challenge::read(value.to_str().ok()?));
        let refused = || refused(host(&call.url), StatusCode::UNAUTHORIZED);
        match challenge.ok_or_else(refused)? {
            Challenge::Basic => self.access.basic().ok_or_else(refused),
            Challenge::Bearer { realm, service, scope } => {
                let scope = if scope.is_empty() { call.scope.to_owned() } else { scope };
                self.token(&realm, &service, &scope).await
            }
        }
    }

    /// Asks for a token (the registry's token authentication, docs.docker.com/registry/spec/auth/token).
    async fn token(&self, realm: &str, service: &str, scope: &str) -> Result<HeaderValue, WebError> {
        let from = host(realm).to_owned();
        let is_allowed = realm.starts_with("https://") || (realm.starts_with("http://") && is_loopback(&from));
        if !is_allowed || jackfield_config::base_url_problem(realm.split('?').next().unwrap_or_default()).is_some() {
            let to = "a server of tokens that is not https";
            return Err(WebError::Redirect {
                host: host(&self.base).to_owned(),
                to,
            });
        }
        let separator = if realm.contains('?') { '&' } else { '?' };
        let query = format!("service={}&scope={}", encoded(service), encoded(scope));
        let call = Call {
            method: Method::GET,
            url: format!("{realm}{separator}{query}"),
            accept: "application/json",
            content_type: "",
            body: Bytes::new(),
            scope: "",
        };
        let reply = self.send(&call, self.access.basic()).await?;
        if reply.status != StatusCode::OK {
            return Err(refused(&from, reply.status));
        }
        let text = body(&from, reply, MAX_TOKEN).await?;
        let token = serde_json::from_slice(&text).ok();
        let token = token.and_then(|token: Token| token.token.or(token.access_token));
        let bearer = token.and_then(|token| sensitive(&format!("Bearer {token}")));
        bearer.ok_or_else(|| WebError::Content(format!("{from} answers with no token")))
    }
}

/// Reads a body up to a limit, and gives up a server that goes silent.
async fn body(host: &str, mut reply: UpstreamReply, max_bytes: usize) -> Result<Bytes, WebError> {
    let mut collector = Collector::new(max_bytes);
    loop {
        let mut pieces = Vec::new();
        let read = timeout(SILENCE, reply.pieces(&mut pieces)).await;
        let read = read.map_err(|_| WebError::Silent(host.to_owned()))?;
        read.map_err(|error| broken(host, &error))?;
        if pieces.is_empty() {
            return Ok(collector.finish());
        }
        for piece in pieces {
            collector.push(piece).map_err(|error| broken(host, &error))?;
        }
    }
}

fn broken(host: &str, error: &UpstreamError) -> WebError {
    WebError::Exchange {
        host: host.to_owned(),
        reason: error.to_string(),
    }
}

pub(super) fn refused(host: &str, status: StatusCode) -> WebError {
    let hint = match status.as_u16() {
        401 | 403 => "; check its entry in plugins.registries",
        404 => "; it is not there, or not for this user",
        429 => "; it wants to be asked less often",
        _ => "",
    };
    WebError::Status {
        host: host.to_owned(),
        status,
        hint,
    }
}
