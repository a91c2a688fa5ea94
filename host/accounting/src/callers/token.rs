//! Access tokens: JSON Web Tokens (RFC 7519), signed with HS256 by the operator's account system.

mod signature;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::store::check_id;

/// How far the issuer's clock may be ahead of ours before a token is rejected as not yet valid.
const LEEWAY: Duration = Duration::from_mins(1);

/// Verifies tokens with the secrets in use. Without any secret, no token is valid.
#[derive(Clone, Default)]
pub struct Tokens {
    keys: Vec<DecodingKey>,
    /// The names of this service, one of which a token must be meant for; empty if tokens are meant for no one in
    /// particular.
    audience: Vec<String>,
    /// Those whose tokens are accepted; empty if the secrets alone decide.
    issuers: Vec<String>,
}

/// The claims of a valid token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claims {
    /// The user's id.
    pub sub: String,
    /// The name of the user's plan.
    pub plan: String,
}

/// Why a token is rejected. The `Display` text is for the log; [`TokenError::client_message`] is for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not have the form of a token.
    #[error("the access token is not a JSON Web Token")]
    Malformed,
    /// Its header names another algorithm, none, or critical extensions.
    #[error("the access token's algorithm is not HS256")]
    OtherAlgorithm,
    /// Its signature matches none of the secrets.
    #[error("the access token's signature matches none of tokens.secrets")]
    WrongSignature,
    /// It has no `exp` and would never expire.
    #[error("the access token has no exp")]
    NoExpiry,
    /// Its `exp` has passed.
    #[error("the access token has expired")]
    Expired,
    /// Its `nbf` is more than a minute in the future.
    #[error("the access token's nbf is in the future")]
    NotYetValid,
    /// Its `aud` names other services only (RFC 7519, section 4.1.3), or none although `tokens.audience` is set.
    #[error("the access token's aud is none of tokens.audience")]
    OtherAudience,
    /// Its `iss` is missing or names somebody else (RFC 7519, section 4.1.1) although `tokens.issuer` is set.
    #[error("the access token's iss is none of tokens.issuer")]
    OtherIssuer,
    /// Its claims are missing or malformed.
    #[error(
        "the access token's sub or plan is missing or not a valid name, its iss or aud is not text, or its exp or nbf is \
         not a number"
    )]
    BadClaims,
}

/// The claims as they are sent. Others, such as `iat`, are ignored.
#[derive(Deserialize)]
struct RawClaims {
    sub: Option<String>,
    plan: Option<String>,
    iss: Option<String>,
    aud: Option<Audience>,
    /// Seconds since 1970; RFC 7519, section 2, allows fractions.
    exp: Option<f64>,
    nbf: Option<f64>,
}

/// Whom a token is meant for: one name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

// === impl Tokens ===

impl Tokens {
    /// Accepts tokens that are signed with any of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        signature::install();
        let key = |secret: &str| DecodingKey::from_secret(secret.as_bytes());
        Self {
            keys: secrets.into_iter().map(key).collect(),
            ..Self::default()
        }
    }

    /// Accepts only tokens whose `aud` contains one of these names. Without any, only tokens without an `aud`.
    #[must_use]
    pub fn meant_for<'a>(mut self, audience: impl IntoIterator<Item = &'a str>) -> Self {
        self.audience = audience.into_iter().map(str::to_owned).collect();
        self
    }

    /// Accepts only tokens whose `iss` is one of these. Without any, whoever has a secret may have issued it.
    #[must_use]
    pub fn issued_by<'a>(mut self, issuers: impl IntoIterator<Item = &'a str>) -> Self {
        self.issuers = issuers.into_iter().map(str::to_owned).collect();
        self
    }

    /// Whether a credential should be verified as a token rather than looked up as a key: it has two dots, a key none.
    pub fn looks_like_token(sent: &str) -> bool {
        sent.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// The claims of a token, if it is valid at `now`.
    ///
    /// # Errors
    /// Why it is not valid. The signature is checked before the claims: an error never reveals anything about the
    /// claims of a forged token.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        if !Self::looks_like_token(token) {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::OtherAlgorithm)?;
        // Unknown critical extensions must be rejected (RFC 7515, section 4.1.11), and we know none.
        if header.alg != Algorithm::HS256 || header.crit.is_some() {
            return Err(TokenError::OtherAlgorithm);
        }
        let rules = rules();
        for key in &self.keys {
            match decode::<RawClaims>(token, key, &rules) {
                Ok(token) => return token.claims.check(now, self),
                Err(error) => match error.kind() {
                    ErrorKind::InvalidSignature => {}
                    ErrorKind::Json(_) | ErrorKind::InvalidClaimFormat(_) => {
                        return Err(TokenError::BadClaims);
                    }
                    _ => return Err(TokenError::Malformed),
                },
            }
        }
        Err(TokenError::WrongSignature)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({} secrets)", self.keys.len())
    }
}

/// The library checks only the signature; [`RawClaims::check`] checks the claims, with the time as a value.
fn rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules
}

// === impl RawClaims ===

impl RawClaims {
    fn check(self, now: SystemTime, wanted: &Tokens) -> Result<Claims, TokenError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let exp = self.exp.ok_or(TokenError::NoExpiry)?;
        if exp <= now.as_secs_f64() {
            return Err(TokenError::Expired);
        }
        if self.nbf.is_some_and(|nbf| nbf > (now + LEEWAY).as_secs_f64()) {
            return Err(TokenError::NotYetValid);
        }
        if !Audience::includes(self.aud.as_ref(), &wanted.audience) {
            return Err(TokenError::OtherAudience);
        }
        let known = |issuer: &String| wanted.issuers.contains(issuer);
        if !wanted.issuers.is_empty() && !self.iss.as_ref().is_some_and(known) {
            return Err(TokenError::OtherIssuer);
        }
        let named = |name: Option<String>| name.filter(|name| check_id(name).is_ok()).ok_or(TokenError::BadClaims);
        Ok(Claims {
            sub: named(self.sub)?,
            plan: named(self.plan)?,
        })
    }
}

// === impl Audience ===

impl Audience {
    /// Whether a token with this `aud` is meant for a service with these names. A token with an `aud` must be rejected
    /// by everyone whom it does not name (RFC 7519, section 4.1.3), hence also by a service without a name.
    fn includes(aud: Option<&Self>, names: &[String]) -> bool {
        match aud {
            None => names.is_empty(),
            Some(Self::One(name)) => names.contains(name),
            Some(Self::Many(several)) => several.iter().any(|name| names.contains(name)),
        }
    }
}

// === impl TokenError ===

impl TokenError {
    /// The message for the client: whether it needs a new token, and nothing that would help a forger.
    pub fn client_message(self) -> &'static str {
        match self {
            Self::Expired => "The access token has expired.",
            _ => "The credential is not valid.",
        }
    }
}

#[cfg(test)]
mod tests;
