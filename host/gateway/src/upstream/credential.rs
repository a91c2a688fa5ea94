//! Attaches the provider's credential to a request, after the plugin is done with it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use jackfield_config::Secret;
use jackfield_sandbox::AuthScheme;

/// A credential, ready to be attached. `Debug` shows only where it goes.
#[derive(Clone)]
pub(crate) enum Credential {
    /// The upstream wants none, or none is configured.
    None,
    /// In this header, with this value.
    Header(HeaderName, HeaderValue),
    /// In the query, as this parameter; the value is percent-encoded already.
    Query(String, String),
}

/// Why a credential cannot be attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CredentialError {
    /// The upstream wants one and the provider has none.
    #[error("the adapter sends a credential, and the provider has no `api_key`; add `api_key: \"${{env:NAME}}\"`")]
    Missing,
    /// The name of the header is not valid.
    #[error("{0:?} is not a valid header name")]
    BadName(String),
    /// The secret has characters that no header may carry.
    #[error("the api_key has characters that a header cannot carry (a line break, perhaps at its end)")]
    BadSecret,
}

// === impl Credential ===

impl Credential {
    /// Builds the credential that `scheme` asks for out of `secret`.
    ///
    /// # Errors
    /// [`CredentialError`]; no message holds the secret.
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
        }
    }

    fn header(name: HeaderName, value: &str) -> Result<Self, CredentialError> {
        let mut value = HeaderValue::try_from(value).map_err(|_| CredentialError::BadSecret)?;
        value.set_sensitive(true);
        Ok(Self::Header(name, value))
    }

    /// The header that carries it, which a plugin may not set.
    #[must_use]
    pub(crate) fn header_name(&self) -> Option<&HeaderName> {
        match self {
            Self::Header(name, _) => Some(name),
            Self::None | Self::Query(..) => None,
        }
    }

    /// Puts it on a request.
    pub(crate) fn attach(&self, url: &mut String, headers: &mut HeaderMap) {
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
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no credential"),
            Self::Header(name, _) => write!(f, "[secret] in header {name}"),
            Self::Query(name, _) => write!(f, "[secret] in query parameter {name}"),
        }
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3).
fn percent(text: &str) -> String {
    use fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
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
    use super::*;

    fn attached(scheme: &AuthScheme) -> (String, HeaderMap) {
        let secret = Secret::new("user:k&y".to_owned());
        let credential = Credential::new(scheme, Some(&secret)).unwrap();
        let (mut url, mut headers) = ("https://x/v1/y".to_owned(), HeaderMap::new());
        credential.attach(&mut url, &mut headers);
        assert!(!format!("{credential:?}").contains("k&y"));
        (url, headers)
    }

    #[test]
    fn each_scheme_puts_the_secret_where_it_belongs() {
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
    fn a_missing_or_broken_secret_is_refused_without_being_shown() {
        assert_eq!(
            Credential::new(&AuthScheme::Bearer, None).unwrap_err(),
            CredentialError::Missing
        );
        let broken = Secret::new("abc\ndef".to_owned());
        let error = Credential::new(&AuthScheme::Bearer, Some(&broken)).unwrap_err();
        assert!(!error.to_string().contains("abc"));
    }
}
