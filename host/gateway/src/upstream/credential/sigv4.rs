//! Signs a request with an access key: AWS Signature Version 4.
//!
//! Source of every step: "Create a signed AWS API request" in AWS's Identity and Access Management user guide. Their own
//! crate for it would bring 25 others, for what is two hash functions and a canonical form.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use hmac::{Hmac, Mac};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Uri};
use jackfield_config::Secret;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{AuthorizeError, CredentialError, percent};
use crate::upstream::client::OutgoingRequest;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Headers that the way to the upstream may change, and the one that holds the signature.
const UNSIGNED: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
    HeaderName::from_static("x-amzn-trace-id"),
];

/// An access key, and what it signs for. `Debug` shows no secret.
pub(crate) struct SigV4 {
    /// The region to sign for.
    pub(crate) region: String,
    /// The service to sign for.
    pub(crate) service: String,
    access_key_id: Secret,
    secret_access_key: Secret,
    session_token: Option<HeaderValue>,
}

/// The parts of a request as they are signed.
struct Canonical {
    /// The names of the signed headers.
    signed: String,
    /// The whole canonical request.
    text: String,
}

// === impl SigV4 ===

impl SigV4 {
    /// A signer with this access key: its id, its secret, and the session token of temporary credentials.
    ///
    /// # Errors
    /// [`CredentialError::BadSecret`] if one of them cannot stand in a header.
    pub(crate) fn new(
        (region, service): (&str, &str),
        (access_key_id, secret_access_key): (&Secret, &Secret),
        session_token: Option<&Secret>,
    ) -> Result<Self, CredentialError> {
        let value = |secret: &Secret| {
            let mut value = HeaderValue::try_from(secret.expose()).map_err(|_| CredentialError::BadSecret)?;
            value.set_sensitive(true);
            Ok(value)
        };
        value(access_key_id)?;
        Ok(Self {
            region: region.to_owned(),
            service: service.to_owned(),
            access_key_id: access_key_id.clone(),
            secret_access_key: secret_access_key.clone(),
            session_token: session_token.map(value).transpose()?,
        })
    }

    /// Adds the headers that make this request ours, at this time. What is changed afterwards makes it invalid.
    ///
    /// # Errors
    /// [`AuthorizeError::Unsignable`] if the URL or the time has no canonical form.
    pub(super) fn sign(&self, request: &mut OutgoingRequest, now: SystemTime) -> Result<(), AuthorizeError> {
        let uri: Uri = request.url.parse().map_err(|_| AuthorizeError::Unsignable("URL"))?;
        let time = Timestamp::try_from(now).map_err(|_| AuthorizeError::Unsignable("time"))?;
        let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
        let value = HeaderValue::try_from(&time).map_err(|_| AuthorizeError::Unsignable("time"))?;
        request.headers.insert(DATE, value);
        request.headers.remove(SESSION_TOKEN);
        if let Some(token) = &self.session_token {
            request.headers.insert(SESSION_TOKEN, token.clone());
        }
        let canonical = Canonical::of(request, &uri)?;
        let (date, _) = time.split_at(8);
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hash([canonical.text.as_bytes()]));
        let signature = hex::encode(hmac(&self.key(date), to_sign.as_bytes()));
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.access_key_id.expose(),
            canonical.signed
        );
        let value = HeaderValue::try_from(authorization).map_err(|_| AuthorizeError::Unsignable("header"))?;
        request.headers.insert(header::AUTHORIZATION, sensitive(value));
        Ok(())
    }

    /// The key of one day, for this region and service alone.
    fn key(&self, date: &str) -> Vec<u8> {
        let secret = format!("AWS4{}", self.secret_access_key.expose());
        let parts = [date, &self.region, &self.service, "aws4_request"];
        parts
            .iter()
            .fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()))
    }
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[secret] in a signature for {} in {}", self.service, self.region)
    }
}

// === impl Canonical ===

impl Canonical {
    fn of(request: &OutgoingRequest, uri: &Uri) -> Result<Self, AuthorizeError> {
        let headers = headers(&request.headers, uri)?;
        let signed: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let signed = signed.join(";");
        let mut text = format!("{}\n{}\n{}\n", request.method, path(uri), query(uri));
        for (name, value) in &headers {
            let _ = writeln!(text, "{name}:{value}");
        }
        let _ = write!(text, "\n{signed}\n{}", hash(request.body.iter()));
        Ok(Self { signed, text })
    }
}

/// The path as it is sent, encoded once more: every service but S3 expects that.
fn path(uri: &Uri) -> String {
    let segments: Vec<String> = uri.path().split('/').map(percent).collect();
    segments.join("/")
}

/// The parameters in the order of their names, each encoded in the one canonical way.
fn query(uri: &Uri) -> String {
    let parameters = uri.query().unwrap_or_default().split('&').filter(|one| !one.is_empty());
    let mut parameters: Vec<(String, String)> = parameters
        .map(|one| one.split_once('=').unwrap_or((one, "")))
        .map(|(name, value)| (recoded(name), recoded(value)))
        .collect();
    parameters.sort();
    let joined: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// The signed headers in the order of their names, with the host's as the client will send it.
fn headers(headers: &HeaderMap, uri: &Uri) -> Result<Vec<(String, String)>, AuthorizeError> {
    let host = uri.host().ok_or(AuthorizeError::Unsignable("URL"))?;
    let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    let host = match uri.port_u16().filter(|port| *port != usual) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let mut signed = vec![("host".to_owned(), host)];
    for name in headers
        .keys()
        .filter(|name| !UNSIGNED.contains(name) && **name != header::HOST)
    {
        let mut values = Vec::new();
        for value in headers.get_all(name) {
            let text = value.to_str().map_err(|_| AuthorizeError::Unsignable("header"))?;
            values.push(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        }
        signed.push((name.as_str().to_owned(), values.join(",")));
    }
    signed.sort();
    Ok(signed)
}

/// A part of a query in its canonical encoding, whatever its encoding is.
fn recoded(part: &str) -> String {
    let (mut decoded, mut rest) = (Vec::with_capacity(part.len()), part.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%');
        let escaped = escaped.and_then(|digits| hex::decode(digits).ok());
        if let Some(byte) = escaped {
            decoded.extend(byte);
            rest = &after[2..];
        } else {
            // A form's space (WHATWG URL, section 5.1), which AWS's own clients read as one.
            decoded.push(if first == b'+' { b' ' } else { first });
            rest = after;
        }
    }
    super::percent_bytes(&decoded)
}

fn hash(parts: impl IntoIterator<Item: AsRef<[u8]>>) -> String {
    let hash = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
    hex::encode(hash.finalize())
}

/// HMAC takes a key of any length (RFC 2104, section 2), so this cannot fail.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests;
