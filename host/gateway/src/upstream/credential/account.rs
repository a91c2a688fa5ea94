//! A service account's key, and the assertion with which it asks for a token (RFC 7523).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use serde::Deserialize;
use serde_json::json;

use super::{AuthorizeError, CredentialError};

/// Where tokens come from if the key file does not say.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// Whom a key file may name as the source of tokens. Its author may be anybody; another host is the operator's to name.
const TOKEN_HOSTS: [&str; 3] = ["oauth2.googleapis.com", "www.googleapis.com", "accounts.google.com"];

/// How long an assertion is valid: the most that the endpoint takes.
const VALIDITY: Duration = Duration::from_hours(1);

/// A service account. `Debug` shows its name alone.
pub(super) struct ServiceAccount {
    email: String,
    key_id: String,
    key: Arc<dyn SigningKey>,
    /// Whom the assertion is for: the endpoint, as its own issuer of keys names it.
    audience: String,
    /// Where tokens are fetched.
    pub(super) token_url: String,
}

/// A key file, as Google's console writes it.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: String,
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    private_key: String,
    token_uri: Option<String>,
}

// === impl ServiceAccount ===

impl ServiceAccount {
    /// Reads a key file. Tokens come from `token_url`, which is the operator's word, or from where the file says.
    ///
    /// # Errors
    /// [`CredentialError::KeyFile`]; no message contains anything of the file.
    pub(super) fn read(key_file: &str, token_url: Option<&str>) -> Result<Self, CredentialError> {
        let file: KeyFile = serde_json::from_str(key_file)
            .map_err(|_| CredentialError::KeyFile("is not JSON with `client_email` and `private_key`"))?;
        if file.kind != "service_account" {
            return Err(CredentialError::KeyFile("has another `type` than `service_account`"));
        }
        let broken = CredentialError::KeyFile("has a `private_key` that is no RSA key in PEM form");
        let key = PrivateKeyDer::from_pem_slice(file.private_key.as_bytes()).map_err(|_| broken.clone())?;
        let key = any_supported_type(&key).map_err(|_| broken.clone())?;
        if key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_none() {
            return Err(broken);
        }
        let named = file.token_uri.as_deref().unwrap_or(TOKEN_URI);
        let token_url = match token_url {
            Some(url) => url,
            None if is_googles(named) => named,
            None => {
                return Err(CredentialError::KeyFile(
                    "names a `token_uri` that is no https URL of Google's",
                ));
            }
        };
        Ok(Self {
            token_url: token_url.to_owned(),
            audience: named.to_owned(),
            email: file.client_email,
            key_id: file.private_key_id,
            key,
        })
    }

    /// A JWT that asks for a token for `scope`, signed with RS256 (RFC 7518, section 3.3).
    ///
    /// # Errors
    /// [`AuthorizeError::Unsignable`] if the key cannot sign.
    pub(super) fn assertion(&self, scope: &str, now: SystemTime) -> Result<String, AuthorizeError> {
        let seconds = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
        };
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        let claims = json!({
            "iss": self.email,
            "scope": scope,
            "aud": self.audience,
            "iat": seconds(now),
            "exp": seconds(now + VALIDITY),
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(&claims));
        let by_key = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]);
        let signature = by_key.and_then(|signer| signer.sign(text.as_bytes()).ok());
        let signature = signature.ok_or(AuthorizeError::Unsignable("assertion"))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service account {}", self.email)
    }
}

fn is_googles(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    uri.is_some_and(|uri| {
        let authority = uri.authority().map(http::uri::Authority::as_str);
        uri.scheme_str() == Some("https") && authority.is_some_and(|authority| TOKEN_HOSTS.contains(&authority))
    })
}

#[cfg(test)]
mod tests;
