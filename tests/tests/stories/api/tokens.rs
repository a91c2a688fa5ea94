//! Access tokens as whoever runs the users' accounts would make them, right and wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json as value};
use sha2::Sha256;

/// What the gateway verifies tokens with.
pub(crate) const SECRET: &str = "the-secret-of-the-issuer-has-32-bytes";

/// The header of every right token.
pub(crate) fn hs256() -> Value {
    value!({ "alg": "HS256", "typ": "JWT" })
}

/// A valid token of this user and plan.
pub(crate) fn token(user: &str, plan: &str) -> String {
    let claims = value!({ "sub": user, "plan": plan, "exp": from_now(3600) });
    sign(&hs256(), &claims, SECRET)
}

/// So many seconds from now, in seconds since 1970.
pub(crate) fn from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

/// A token of these parts (RFC 7515, section 3.1), signed with HS256 whatever its header says.
pub(crate) fn sign(header: &Value, claims: &Value, secret: &str) -> String {
    let signed = unsigned(header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// Header and claims without a signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
