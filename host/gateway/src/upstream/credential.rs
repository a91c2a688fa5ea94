//! Attaches the provider's credential to a request, after the plugin has prepared it and nothing more is changed.
//!
//! Reading order: [`Credential`]; `sigv4` (signs with an access key); `token` (keeps what `token_endpoint` gives for the
//! assertions of an `account`); `skew` (a wrong clock, in words).

mod account;
mod sigv4;
mod skew;
mod token;
mod token_endpoint;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use jackfield_config::Secret;
use jackfield_sandbox::AuthScheme;

pub(crate) use self::sigv4::SigV4;
use self::skew::Skew;
pub(crate) use self::token::Tokens;
use super::client::OutgoingRequest;
use super::error::UpstreamError;

/// A credential, ready to be attached. `Debug` shows where it goes, never its value.
#[derive(Clone)]
pub(crate) enum Credential {
    /// No credential: the upstream requires none, or none is configured.
    None,
    /// In this header, with this value.
    Header(HeaderName, HeaderValue),
    /// As this query parameter, with this value; both percent-encoded.
    Query(String, String),
    /// As a signature over the whole request.
    Signature(Arc<SigV4>),
    /// As a token that is valid for a while.
    Token(Arc<Tokens>),
}

/// Learns secrets that are only made while requests are sent, so that nothing shows them.
pub(crate) trait Keeper: Send + Sync {
    /// Keeps this one out of whatever is shown.
    fn keep(&self, secret: &str);
}

/// Why a request cannot be authorized. It was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthorizeError {
    /// A part of it has no form that could be signed.
    #[error("the {0} cannot be signed")]
    Unsignable(&'static str),
    /// The token endpoint cannot be reached.
    #[error("the token endpoint fails: {0}")]
    Unreached(UpstreamError),
    /// The token endpoint does not answer in time.
    #[error("the token endpoint did not answer within {0:?}")]
    Slow(Duration),
    /// The token endpoint refuses the account, for this reason.
    #[error("the token endpoint refuses the service account: {0}")]
    Denied(String),
    /// The token endpoint has a fault, or too much to do.
    #[error("the token endpoint answers with status {status}")]
    Unavailable {
        /// Its status.
        status: u16,
        /// How long it asks us to wait.
        wait: Option<Duration>,
    },
    /// What the token endpoint answers is no token.
    #[error("the token endpoint's answer contains no token")]
    NoToken,
}

/// Why a credential cannot be attached. Its problem is a fault of the provider's `api_key` or `auth`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CredentialError {
    /// The scheme requires a secret and the provider has none.
    #[error("is missing, but the auth scheme requires it")]
    Missing,
    /// The scheme's header name is invalid.
    #[error("cannot be sent: {0:?} is not a valid header name")]
    BadName(String),
    /// The scheme takes no key alone.
    #[error("is not what the auth scheme of the adapter's manifest takes")]
    NoKey,
    /// The key file of a service account is none.
    #[error("{0}")]
    KeyFile(&'static str),
    /// The secret contains characters that are not allowed in a header.
    #[error("contains characters that are not allowed in a header")]
    BadSecret,
}

// === impl CredentialError ===

impl CredentialError {
    /// What is wrong. It never contains the secret.
    pub(crate) fn problem(&self) -> String {
        self.to_string()
    }

    /// What to write instead.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "add `api_key: \"${env:NAME}\"`",
            Self::BadName(_) => "correct the header name in `auth`, or in the adapter's manifest",
            Self::KeyFile(_) => "write `${file:PATH}` with the JSON file that Google's console gives for the key",
            Self::NoKey => "write `auth` with that scheme and what it needs, or with `scheme: bearer`",
            Self::BadSecret => "remove line breaks (one may be at its end) and control characters",
        }
    }
}

// === impl Credential ===

impl Credential {
    /// Builds the credential for `scheme` from `secret`.
    ///
    /// # Errors
    /// See [`CredentialError`]; no message contains the secret.
    pub(crate) fn new(scheme: &AuthScheme, secret: Option<&Secret>) -> Result<Self, CredentialError> {
        if *scheme == AuthScheme::None {
            return Ok(Self::None);
        }
        let secret = secret.ok_or(CredentialError::Missing)?.expose();
        match scheme {
            AuthScheme::None => Ok(Self::None),
            AuthScheme::Bearer => Self::header(header::AUTHORIZATION, &format!("Bearer {secret}")),
            AuthScheme::Basic => {
                let encoded = STANDARD.encode(secret);
                Self::header(header::AUTHORIZATION, &format!("Basic {encoded}"))
            }
            AuthScheme::Header { name } => {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| CredentialError::BadName(name.clone()))?;
                Self::header(name, secret)
            }
            AuthScheme::Query { name } => Ok(Self::Query(percent(name), percent(secret))),
            AuthScheme::AwsSigv4 { .. } | AuthScheme::GoogleServiceAccount { .. } => Err(CredentialError::NoKey),
        }
    }

    fn header(name: HeaderName, value: &str) -> Result<Self, CredentialError> {
        let mut value = HeaderValue::try_from(value).map_err(|_| CredentialError::BadSecret)?;
        value.set_sensitive(true);
        Ok(Self::Header(name, value))
    }

    /// The header it is sent in, which a plugin must not set.
    #[must_use]
    pub(crate) fn header_name(&self) -> Option<&HeaderName> {
        match self {
            Self::Header(name, _) => Some(name),
            Self::Signature(_) | Self::Token(_) => Some(&header::AUTHORIZATION),
            Self::None | Self::Query(..) => None,
        }
    }

    /// The query parameter that it is sent as, percent-encoded, which a plugin must not set.
    #[must_use]
    pub(crate) fn query_name(&self) -> Option<&str> {
        match self {
            Self::Query(name, _) => Some(name),
            _ => None,
        }
    }

    /// Attaches it to a request that is complete but for this. `now` is the time of the signature, if there is one.
    ///
    /// Cancel safe: a token that is being fetched is fetched by whoever asks next.
    ///
    /// # Errors
    /// [`AuthorizeError`] if there is no token, or nothing can be signed. What never changes is always attached.
    pub(crate) async fn authorize(&self, request: &mut OutgoingRequest, now: SystemTime) -> Result<(), AuthorizeError> {
        let (url, headers) = (&mut request.url, &mut request.headers);
        match self {
            Self::None => {}
            Self::Header(name, value) => {
                headers.insert(name.clone(), value.clone());
            }
            Self::Query(name, value) => {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(name);
                url.push('=');
                url.push_str(value);
            }
            Self::Signature(key) => key.sign(request, now)?,
            Self::Token(tokens) => {
                headers.insert(header::AUTHORIZATION, tokens.authorization(now).await?);
            }
        }
        Ok(())
    }

    /// Looks at the reply to a request that was authorized at `now`. If it is a refusal, a token is not used again, and the
    /// clock may be why: then that is returned.
    pub(crate) fn judged(&self, status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Skew> {
        if let (Self::Token(tokens), StatusCode::UNAUTHORIZED) = (self, status) {
            tokens.refused(now);
        }
        let refusals = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        let depends_on_time = matches!(self, Self::Signature(_));
        (depends_on_time && refusals.contains(&status)).then(|| Skew::of(headers, now))?
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no credential"),
            Self::Header(name, _) => write!(f, "[secret] in header {name}"),
            Self::Query(name, _) => write!(f, "[secret] in query parameter {name}"),
            Self::Signature(key) => key.fmt(f),
            Self::Token(tokens) => tokens.fmt(f),
        }
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
fn percent(text: &str) -> String {
    percent_bytes(text.as_bytes())
}

fn percent_bytes(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::upstream::outgoing_body::OutgoingBody;

    fn attached(scheme: &AuthScheme) -> (String, HeaderMap) {
        let secret = Secret::new("user:k&y".to_owned());
        let credential = Credential::new(scheme, Some(&secret)).unwrap();
        let mut request = OutgoingRequest {
            method: http::Method::GET,
            url: "https://x/v1/y".to_owned(),
            headers: HeaderMap::new(),
            body: OutgoingBody::default(),
        };
        let authorized = credential.authorize(&mut request, SystemTime::now()).now_or_never();
        authorized.expect("nothing is waited for").unwrap();
        assert!(!format!("{credential:?}").contains("k&y"));
        (request.url, request.headers)
    }

    #[test]
    fn each_scheme_attaches_the_secret_in_its_place() {
        assert_eq!(attached(&AuthScheme::Bearer).1["authorization"], "Bearer user:k&y");
        assert_eq!(attached(&AuthScheme::Basic).1["authorization"], "Basic dXNlcjprJnk=");
        let header = AuthScheme::Header {
            name: "x-api-key".to_owned(),
        };
        assert_eq!(attached(&header).1["x-api-key"], "user:k&y");
        let query = AuthScheme::Query { name: "key".to_owned() };
        assert_eq!(attached(&query).0, "https://x/v1/y?key=user%3Ak%26y");
    }

    #[test]
    fn an_attached_header_is_marked_sensitive() {
        assert!(attached(&AuthScheme::Bearer).1["authorization"].is_sensitive());
    }

    #[test]
    fn a_missing_or_invalid_secret_is_rejected_without_being_shown() {
        assert_eq!(
            Credential::new(&AuthScheme::Bearer, None).unwrap_err(),
            CredentialError::Missing
        );
        let broken = Secret::new("abc\ndef".to_owned());
        let error = Credential::new(&AuthScheme::Bearer, Some(&broken)).unwrap_err();
        assert_eq!(error.problem(), "contains characters that are not allowed in a header");
        assert!(!format!("{error:?} {}", error.remedy()).contains("abc"));
    }
}
