//! Who is calling: a key of the configuration, from either of two headers.

use std::sync::Arc;

use http::{HeaderMap, header};

use crate::config::Auth;
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::{Client, Snapshot};

/// The caller. `Ok(None)`: authentication is off.
///
/// # Errors
/// `AUTHENTICATION_ERROR` if the credential is missing, malformed or unknown.
pub(super) fn required(
    snapshot: &Snapshot,
    headers: &HeaderMap,
) -> Result<Option<Arc<Client>>, GatewayError> {
    if snapshot.config.server.auth == Auth::Off {
        return Ok(None);
    }
    let Some(credential) = credential(headers) else {
        return Err(refused(
            "Send a key as `Authorization: Bearer rk_…` or `X-API-Key: rk_…`.",
        ));
    };
    match snapshot.keys.find(credential) {
        Some(client) => Ok(Some(client)),
        None => Err(refused(
            "The key is not known here; check that it is whole and not revoked.",
        )),
    }
}

/// The caller of an endpoint that anonymous callers may use too: they count as plan `free`.
///
/// # Errors
/// `AUTHENTICATION_ERROR` if a credential was sent and is wrong.
pub(super) fn optional_plan(
    snapshot: &Snapshot,
    headers: &HeaderMap,
) -> Result<Option<String>, GatewayError> {
    if snapshot.config.server.auth == Auth::Off {
        return Ok(None);
    }
    if credential(headers).is_none() {
        return Ok(Some("free".to_owned()));
    }
    Ok(required(snapshot, headers)?.map(|client| client.plan.clone()))
}

/// The secret that was sent; where two were, `Authorization` wins. The scheme's case does not matter (RFC 9110, 11.1).
fn credential(headers: &HeaderMap) -> Option<&str> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let bearer = |value: &'_ str| -> Option<usize> {
        let (scheme, _) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(scheme.len() + 1)
    };
    match text(header::AUTHORIZATION.as_str()) {
        Some(value) => bearer(value).map(|start| value[start..].trim()),
        None => text("x-api-key").map(str::trim),
    }
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
    fn both_headers_are_read_and_authorization_wins() {
        assert_eq!(credential(&headers(&[("x-api-key", "rk_a")])), Some("rk_a"));
        assert_eq!(
            credential(&headers(&[("authorization", "bearer rk_b")])),
            Some("rk_b")
        );
        let both = headers(&[("x-api-key", "rk_a"), ("authorization", "Bearer rk_b")]);
        assert_eq!(credential(&both), Some("rk_b"));
    }

    #[test]
    fn another_scheme_is_no_credential_and_hides_no_other() {
        assert_eq!(
            credential(&headers(&[("authorization", "Basic abc")])),
            None
        );
        assert_eq!(credential(&headers(&[])), None);
    }
}
