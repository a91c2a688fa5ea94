//! Access tokens: JSON Web Tokens (RFC 7519), signed with HS256 by whoever runs the users' accounts.

mod signature;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::store::check_id;

/// By how much the issuer's clock may be ahead of ours before a token counts as not yet valid.
const AHEAD: Duration = Duration::from_mins(1);

/// What verifies tokens: the secrets that are in use. None of them: no token is valid.
#[derive(Clone, Default)]
pub struct Tokens {
    keys: Vec<DecodingKey>,
}

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claims {
    /// The user's id.
    pub sub: String,
    /// The name of the user's plan.
    pub plan: String,
}

/// Why a token is not accepted. This is for the log; what a client may know is [`TokenError::told`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has not the form of a token.
    #[error("it is not a JSON Web Token")]
    Malformed,
    /// Its header names another algorithm, or none.
    #[error("its header does not say HS256")]
    OtherAlgorithm,
    /// None of the secrets made its signature.
    #[error("its signature was made with none of tokens.secrets")]
    WrongSignature,
    /// It would be valid for ever.
    #[error("it has no exp")]
    NoExpiry,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("its nbf is in the future")]
    NotYetValid,
    /// Its claims are not those of an access token.
    #[error("its sub or plan is missing or cannot be a name, or its exp or nbf is no number")]
    BadClaims,
}

/// The claims as they are sent. Claims that are not named here, such as `aud` and `iss`, say nothing to us.
#[derive(Deserialize)]
struct Sent {
    sub: Option<String>,
    plan: Option<String>,
    /// Seconds since 1970; RFC 7519, section 2, allows fractions.
    exp: Option<f64>,
    nbf: Option<f64>,
}

// === impl Tokens ===

impl Tokens {
    /// Takes the secrets of the configuration; any of them verifies.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        signature::install();
        let key = |secret: &str| DecodingKey::from_secret(secret.as_bytes());
        Self {
            keys: secrets.into_iter().map(key).collect(),
        }
    }

    /// Whether what a client sent is to be verified here. A key has no dot.
    pub fn looks_like_one(sent: &str) -> bool {
        sent.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// What a token says, if it is valid at `now`.
    ///
    /// # Errors
    /// Why it is not. Nothing is said of the claims of a token whose signature is wrong.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        if !Self::looks_like_one(token) {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::OtherAlgorithm)?;
        // A token with critical extensions must be refused by who does not know them (RFC 7515, section 4.1.11).
        if header.alg != Algorithm::HS256 || header.crit.is_some() {
            return Err(TokenError::OtherAlgorithm);
        }
        let rules = rules();
        for key in &self.keys {
            match decode::<Sent>(token, key, &rules) {
                Ok(sent) => return sent.claims.check(now),
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
        write!(f, "{} secrets", self.keys.len())
    }
}

/// Only the signature is left to the library: the claims are checked here, where the time is a value.
fn rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules
}

// === impl Sent ===

impl Sent {
    fn check(self, now: SystemTime) -> Result<Claims, TokenError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let exp = self.exp.ok_or(TokenError::NoExpiry)?;
        if exp <= now.as_secs_f64() {
            return Err(TokenError::Expired);
        }
        if self.nbf.is_some_and(|nbf| nbf > (now + AHEAD).as_secs_f64()) {
            return Err(TokenError::NotYetValid);
        }
        let named = |name: Option<String>| name.filter(|name| check_id(name).is_ok()).ok_or(TokenError::BadClaims);
        Ok(Claims {
            sub: named(self.sub)?,
            plan: named(self.plan)?,
        })
    }
}

// === impl TokenError ===

impl TokenError {
    /// What the client is told: whether to fetch a new token, and nothing by which a forger could learn.
    pub fn told(self) -> &'static str {
        match self {
            Self::Expired => "The access token has expired.",
            _ => "The credential is not valid.",
        }
    }
}

#[cfg(test)]
mod tests;
