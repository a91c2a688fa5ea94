//! Authentication: from the credential of a request to its caller.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::Request;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri, header};
use jackfield_dialects::CREDENTIAL_HEADERS;

use crate::error::{ErrorKind, GatewayError};
use crate::fairness::work_for;
use crate::percent::decoded;
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_accounting::callers::secret::SecretHash;
use jackfield_accounting::callers::token::Tokens;
use jackfield_accounting::callers::{Caller, CredentialKind, DirectoryUnavailable, KeyRefused};
use jackfield_config::Auth;

/// The caller; `None` if authentication is off.
///
/// # Errors
/// `AUTHENTICATION_ERROR` if the credential is missing or wrong, `OVERLOADED` if it cannot be checked at the moment.
pub(super) async fn required(
    gateway: &Gateway,
    snapshot: &Snapshot,
    headers: &HeaderMap,
) -> Result<Option<Arc<Caller>>, GatewayError> {
    if snapshot.config.server.auth == Auth::Off {
        return Ok(None);
    }
    let Some(credential) = credential(headers) else {
        return Err(refused(
            "Send a key as `Authorization: Bearer rk_…` or `X-API-Key: rk_…`.",
        ));
    };
    let caller = if Tokens::looks_like_token(credential) {
        token(gateway, snapshot, credential).await?
    } else {
        key(gateway, snapshot, credential).await?
    };
    work_for(&caller.user).await;
    Ok(Some(caller))
}

/// The holder of this key, from the configuration or else from the database.
async fn key(gateway: &Gateway, snapshot: &Snapshot, sent: &str) -> Result<Arc<Caller>, GatewayError> {
    let found = match SecretHash::of(sent) {
        Some(hash) => gateway.holder(snapshot, hash).await.map_err(unavailable)?,
        None => Err(KeyRefused::Unknown),
    };
    let caller = found.map_err(|why| refused(&why.to_string()))?;
    known_plan(snapshot, caller)
}

/// The hash of the key that was sent; `None` if that is no key.
pub(super) fn key_hash(headers: &HeaderMap) -> Option<SecretHash> {
    credential(headers).and_then(SecretHash::of)
}

/// The caller of an endpoint that accepts access tokens only.
///
/// # Errors
/// Those of [`required`], and `AUTHENTICATION_ERROR` for a key.
pub(super) async fn required_token(
    gateway: &Gateway,
    snapshot: &Snapshot,
    headers: &HeaderMap,
) -> Result<Arc<Caller>, GatewayError> {
    let Some(sent) = credential(headers).filter(|sent| Tokens::looks_like_token(sent)) else {
        return Err(refused(
            "Send an access token as `Authorization: Bearer …`; keys cannot manage keys.",
        ));
    };
    let caller = token(gateway, snapshot, sent).await?;
    work_for(&caller.user).await;
    Ok(caller)
}

/// The caller of an endpoint that anonymous callers may use as well, and their plan; that of the anonymous is `free`. There
/// is none if authentication is off.
///
/// # Errors
/// Those of [`required`], if a credential was sent.
pub(super) async fn optional(
    gateway: &Gateway,
    snapshot: &Snapshot,
    headers: &HeaderMap,
) -> Result<(Option<Arc<Caller>>, Option<Arc<str>>), GatewayError> {
    if snapshot.config.server.auth == Auth::Off {
        return Ok((None, None));
    }
    if credential(headers).is_none() {
        return Ok((None, Some("free".into())));
    }
    let caller = required(gateway, snapshot, headers).await?;
    let plan = caller.as_ref().map(|caller| Arc::clone(&caller.plan));
    Ok((caller, plan))
}

async fn token(gateway: &Gateway, snapshot: &Snapshot, sent: &str) -> Result<Arc<Caller>, GatewayError> {
    let claims = snapshot
        .tokens
        .verify(sent, SystemTime::now())
        .map_err(|error| refused(error.client_message()).because(error))?;
    let caller = match &gateway.directory {
        Some(directory) => directory
            .find_user(&claims)
            .await
            .map_err(unavailable)?
            .ok_or_else(|| refused("Your account is disabled here; ask the operator."))?,
        None => Arc::new(Caller::without_key(&claims.sub, &claims.plan, CredentialKind::Token)),
    };
    known_plan(snapshot, caller)
}

/// Refuses a caller whose plan has been removed from the configuration.
fn known_plan(snapshot: &Snapshot, caller: Arc<Caller>) -> Result<Arc<Caller>, GatewayError> {
    if snapshot.has_plan(&caller.plan) {
        return Ok(caller);
    }
    Err(refused(
        "Your account's plan no longer exists here; ask the operator for another.",
    ))
}

fn unavailable(error: DirectoryUnavailable) -> GatewayError {
    let message = "Accounts cannot be looked up at the moment; try again.";
    GatewayError::new(ErrorKind::Overloaded, message).because(error)
}

/// The secret that was sent; `Authorization` overrides the headers that hold a credential alone.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let alone = || CREDENTIAL_HEADERS.iter().find_map(|name| text(headers, name));
    bearer(headers).or_else(|| alone().map(str::trim))
}

/// Takes a credential out of the query, where a dialect's clients may send it, and puts it where all others are: a query is
/// logged by proxies, and passed around.
pub(super) fn take_from_query(parameter: &str, request: &mut Request) {
    let Some(query) = request.uri().query() else { return };
    let is_it = |part: &&str| part.split('=').next() == Some(parameter);
    let Some(part) = query.split('&').find(is_it) else {
        return;
    };
    let sent = part.split_once('=').and_then(|(_, value)| decoded(value));
    let sent = sent.and_then(|value| HeaderValue::from_str(&value).ok());
    let rest: Vec<&str> = query.split('&').filter(|part| !is_it(part)).collect();
    let path = request.uri().path();
    let path = if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(path).ok();
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    if let Some(mut sent) = sent.filter(|_| credential(request.headers()).is_none()) {
        sent.set_sensitive(true);
        request.headers_mut().insert(CREDENTIAL_HEADERS[0], sent);
    }
}

/// The credential of `Authorization`, if its scheme is `Bearer`, in any case (RFC 9110, section 11.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) = text(headers, header::AUTHORIZATION.as_str())?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer");
    known.then(|| credential.trim())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refused(message: &str) -> GatewayError {
    GatewayError::new(ErrorKind::Authentication, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn both_headers_are_read_and_authorization_takes_precedence() {
        assert_eq!(credential(&headers(&[("x-api-key", "rk_a")])), Some("rk_a"));
        assert_eq!(credential(&headers(&[("authorization", "bearer rk_b")])), Some("rk_b"));
        let both = headers(&[("x-api-key", "rk_a"), ("authorization", "Bearer rk_b")]);
        assert_eq!(credential(&both), Some("rk_b"));
    }

    #[test]
    fn a_key_in_the_query_becomes_a_header_and_leaves_the_address() {
        for (sent, left, key) in [
            ("/v1beta/models?key=rk_a", "/v1beta/models", Some("rk_a")),
            ("/m:x?alt=sse&key=rk%5Fa&b=1", "/m:x?alt=sse&b=1", Some("rk_a")),
            ("/m?keys=1", "/m?keys=1", None),
            ("/m?key=", "/m", Some("")),
            ("/m?key=%zz", "/m", None),
            ("http://h:1/m?key=a", "http://h:1/m", Some("a")),
        ] {
            let mut request = Request::builder().uri(sent).body(axum::body::Body::empty()).unwrap();
            take_from_query("key", &mut request);
            assert_eq!(request.uri().to_string(), left);
            assert_eq!(credential(request.headers()), key, "{sent}");
        }
        let request = Request::builder().uri("/m?key=b").header("x-goog-api-key", "a");
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        take_from_query("key", &mut request);
        assert_eq!(credential(request.headers()), Some("a"), "a header overrides it");
    }

    #[test]
    fn another_scheme_is_ignored() {
        assert_eq!(credential(&headers(&[("authorization", "Basic abc")])), None);
        let beside = headers(&[("authorization", "Basic abc"), ("x-api-key", "rk_a")]);
        assert_eq!(credential(&beside), Some("rk_a"));
        assert_eq!(credential(&headers(&[])), None);
    }
}
