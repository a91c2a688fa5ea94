//! Exchanges an assertion for a token (RFC 7523, section 2.1).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;
use tokio::time::timeout;

use super::skew::Skew;
use super::{AuthorizeError, percent};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::error::UpstreamError;
use crate::upstream::reply::{Collector, UpstreamReply};
use crate::upstream::retry_after::retry_after;

/// How long one exchange may take. A request waits for it only while there is no token.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest answer: tokens have a few hundred bytes.
const LARGEST: usize = 64 * 1024;

/// How long a token is valid whose endpoint does not say (RFC 6749, section 5.1, only recommends that).
const USUAL: u64 = 300;

/// No token is used for longer, whatever its endpoint says.
const LONGEST: u64 = 24 * 3600;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An answer with a token (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default = "usual")]
    expires_in: u64,
}

/// An answer without (section 5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

fn usual() -> u64 {
    USUAL
}

/// A token, and for how long it is valid.
///
/// # Errors
/// [`AuthorizeError`] with what happened at the endpoint.
pub(super) async fn fetch(
    client: &Client,
    url: &str,
    assertion: &str,
    now: SystemTime,
) -> Result<(String, Duration), AuthorizeError> {
    let answered = timeout(PATIENCE, async {
        let (_, sending) = client.send(request(url, assertion));
        let mut reply = sending.await?;
        let body = body(&mut reply).await?;
        Ok((reply, body))
    });
    let (reply, body) = match answered.await {
        Err(_) => return Err(AuthorizeError::Slow(PATIENCE)),
        Ok(Err(error)) => return Err(AuthorizeError::Unreached(error)),
        Ok(Ok(answered)) => answered,
    };
    if !reply.status.is_success() {
        return Err(denied(&reply, &body, now));
    }
    let granted: Granted = serde_json::from_slice(&body).map_err(|_| AuthorizeError::NoToken)?;
    Ok((
        granted.access_token,
        Duration::from_secs(granted.expires_in.min(LONGEST)),
    ))
}

fn request(url: &str, assertion: &str) -> OutgoingRequest {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let json = HeaderValue::from_static("application/json");
    OutgoingRequest {
        method: Method::POST,
        url: url.to_owned(),
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, form), (header::ACCEPT, json)]),
        body: Bytes::from(format!("grant_type={}&assertion={assertion}", percent(GRANT_TYPE))).into(),
    }
}

async fn body(reply: &mut UpstreamReply) -> Result<Bytes, UpstreamError> {
    let mut body = Collector::new(LARGEST);
    loop {
        let mut pieces = Vec::new();
        reply.pieces(&mut pieces).await?;
        if pieces.is_empty() {
            return Ok(body.finish());
        }
        pieces.into_iter().try_for_each(|piece| body.push(piece))?;
    }
}

fn denied(reply: &UpstreamReply, body: &[u8], now: SystemTime) -> AuthorizeError {
    let status = reply.status.as_u16();
    if status == 429 || reply.status.is_server_error() {
        let wait = retry_after(&reply.headers, now);
        return AuthorizeError::Unavailable { status, wait };
    }
    let denied: Denied = serde_json::from_slice(body).unwrap_or_default();
    let said = format!("{} {}", denied.error, denied.error_description);
    let said = said.trim();
    let mut reason = format!("status {status}");
    if !said.is_empty() {
        reason = format!("{reason}, {:?}", &said[..said.floor_char_boundary(300)]);
    }
    if let Some(skew) = Skew::of(&reply.headers, now) {
        reason = format!("{reason}; {skew}");
    }
    AuthorizeError::Denied(reason)
}
