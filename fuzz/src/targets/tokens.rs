//! Access tokens: what nobody signed is refused, whatever it says, and what was signed must say enough.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jackfield_accounting::callers::token::Tokens;
use serde_json::Value;
use sha2::Sha256;

/// Words of tokens.
pub const WORDS: &[&str] = &[
    "{\"alg\":\"HS256\"}\n",
    "\"alg\":\"none\"",
    "\"alg\":\"RS256\"",
    "\"typ\":\"JWT\"",
    "\"crit\":[\"a\"]",
    "\"jwk\":{}",
    "\"sub\":\"ada\"",
    "\"plan\":\"free\"",
    "\"exp\":1800000001",
    "\"exp\":1799999999",
    "\"exp\":1e308",
    "\"exp\":-1",
    "\"exp\":\"1800000001\"",
    "\"nbf\":1900000000",
    "\"aud\":[1]",
    "..",
    "null",
];

/// The secret that signs here.
const SECRET: &str = "the secret of the fuzz target, long enough";

/// The time of every check, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

/// A token as it is sent; and the header and, after a line's end, the claims of one that is signed here.
pub fn run(data: &[u8]) {
    let tokens = Tokens::new([SECRET]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let text = String::from_utf8_lossy(data);
    assert!(tokens.verify(&text, now).is_err(), "nobody signed it");
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signature(&signed, SECRET);
    let accepted = tokens.verify(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&signature)), now);
    if let Ok(accepted) = accepted {
        check_accepted(header, claims, &accepted.sub, &accepted.plan);
    }
    let other = URL_SAFE_NO_PAD.encode(self::signature(&signed, "another secret"));
    assert!(
        tokens.verify(&format!("{signed}.{other}"), now).is_err(),
        "another secret signed it"
    );
    let mut forged = signature;
    forged[data.len() % 32] ^= 1;
    let forged = URL_SAFE_NO_PAD.encode(forged);
    assert!(
        tokens.verify(&format!("{signed}.{forged}"), now).is_err(),
        "its signature was changed"
    );
}

/// What a token that is accepted must say.
fn check_accepted(header: &[u8], claims: &[u8], sub: &str, plan: &str) {
    let read = |text| serde_json::from_slice::<Value>(text).ok();
    // Members that say nothing to us may hold what only a stricter reader refuses, such as half a surrogate pair.
    let (Some(header), Some(claims)) = (read(header), read(claims)) else {
        return;
    };
    assert_eq!(header["alg"], "HS256");
    assert!(header["crit"].is_null(), "an unknown extension is refused");
    assert_eq!(claims["sub"], sub);
    assert_eq!(claims["plan"], plan);
    let expires = claims["exp"].as_f64().expect("a token expires");
    #[expect(clippy::cast_precision_loss, reason = "a time of this century is exact in a float")]
    let now = NOW as f64;
    assert!(expires > now, "an expired token is refused");
}

fn signature(text: &str, secret: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a secret of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
