//! Tokens that are accepted, and every reason why one is not.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;

const OLD: &str = "the-old-secret-of-at-least-32-bytes";
const NEW: &str = "the-new-secret-of-at-least-32-bytes";
const NOW: u64 = 1_800_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

fn token(claims: &Value, secret: &str) -> String {
    signature::install();
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

fn verified(claims: &Value) -> Result<Claims, TokenError> {
    Tokens::new([NEW, OLD]).verify(&token(claims, NEW), now())
}

fn claims(exp: u64) -> Value {
    json!({ "sub": "ada", "plan": "max", "exp": exp })
}

#[test]
fn a_token_signed_with_any_of_the_secrets_yields_user_and_plan() {
    let tokens = Tokens::new([NEW, OLD]);
    for secret in [NEW, OLD] {
        let said = tokens.verify(&token(&claims(NOW + 1), secret), now());
        let (sub, plan) = ("ada".to_owned(), "max".to_owned());
        assert_eq!(said, Ok(Claims { sub, plan }));
    }
}

#[test]
fn a_known_token_of_the_standard_is_verified() {
    // RFC 7515, appendix A.1: its claims have no sub, but only a right signature lets us see that.
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    signature::install();
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75\
        aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let tokens = Tokens {
        keys: vec![DecodingKey::from_base64_secret(&standard(secret)).unwrap()],
        ..Tokens::default()
    };
    let expiry = UNIX_EPOCH + Duration::from_mins(21_680_323);
    let before = expiry - Duration::from_secs(1);
    assert_eq!(tokens.verify(token, before), Err(TokenError::BadClaims));
    assert_eq!(tokens.verify(token, expiry), Err(TokenError::Expired));
}

/// The standard's alphabet of Base64 for that of URLs.
fn standard(url: &str) -> String {
    let padding = "=".repeat((4 - url.len() % 4) % 4);
    url.replace('-', "+").replace('_', "/") + &padding
}

#[test]
fn every_bad_token_is_refused_for_its_own_reason() {
    let mut without = claims(NOW + 1);
    without.as_object_mut().unwrap().remove("exp");
    let with = |name: &str, value: Value| {
        let mut claims = claims(NOW + 1);
        claims[name] = value;
        verified(&claims)
    };
    assert_eq!(verified(&claims(NOW)), Err(TokenError::Expired));
    assert_eq!(verified(&without), Err(TokenError::NoExpiry));
    assert_eq!(with("exp", json!(null)), Err(TokenError::NoExpiry));
    assert_eq!(with("exp", json!("2099")), Err(TokenError::BadClaims));
    assert_eq!(with("sub", json!("")), Err(TokenError::BadClaims));
    assert_eq!(with("sub", json!(17)), Err(TokenError::BadClaims));
    assert_eq!(with("plan", json!(null)), Err(TokenError::BadClaims));
    assert_eq!(with("nbf", json!(NOW + 61)), Err(TokenError::NotYetValid));
    assert!(with("nbf", json!(NOW + 60)).is_ok());
    assert!(with("exp", json!(1_800_000_000.5)).is_ok());
    assert_eq!(with("aud", json!(["https://a", 7])), Err(TokenError::BadClaims));
}

#[test]
fn a_token_that_is_meant_for_another_service_is_refused() {
    let with_aud = |aud: Value| {
        let mut claims = claims(NOW + 1);
        claims["aud"] = aud;
        token(&claims, NEW)
    };
    let nameless = Tokens::new([NEW]);
    let named = Tokens::new([NEW]).meant_for(["https://llm.example", "llm"]);
    for aud in [json!("https://billing.example"), json!(["other"]), json!([]), json!("")] {
        let refused = Err(TokenError::OtherAudience);
        assert_eq!(nameless.verify(&with_aud(aud.clone()), now()), refused, "{aud}");
        assert_eq!(named.verify(&with_aud(aud.clone()), now()), refused, "{aud}");
    }
    for aud in [json!("llm"), json!(["other", "https://llm.example"])] {
        assert!(named.verify(&with_aud(aud), now()).is_ok());
    }
    let without = token(&claims(NOW + 1), NEW);
    assert!(nameless.verify(&without, now()).is_ok());
    assert_eq!(named.verify(&without, now()), Err(TokenError::OtherAudience));
}

#[test]
fn a_token_of_another_issuer_is_refused_where_issuers_are_named() {
    let issued_by = |iss: Value| {
        let mut claims = claims(NOW + 1);
        claims["iss"] = iss;
        token(&claims, NEW)
    };
    let named = Tokens::new([NEW]).issued_by(["https://id.example", "old"]);
    for iss in [json!("https://id.example"), json!("old")] {
        assert!(named.verify(&issued_by(iss), now()).is_ok());
    }
    // Compared as text: a URI that is written in another way is another one (RFC 7519, section 2, `StringOrURI`).
    for iss in [json!("https://id.example/"), json!("OLD"), json!(""), json!(null)] {
        let refused = named.verify(&issued_by(iss.clone()), now());
        assert_eq!(refused, Err(TokenError::OtherIssuer), "{iss}");
        assert!(Tokens::new([NEW]).verify(&issued_by(iss), now()).is_ok());
    }
    let several = named.verify(&issued_by(json!(["old"])), now());
    assert_eq!(several, Err(TokenError::BadClaims));
    assert_eq!(
        named.verify(&token(&claims(NOW + 1), NEW), now()),
        Err(TokenError::OtherIssuer)
    );
}

#[test]
fn a_wrong_signature_is_reported_before_any_fault_of_the_claims() {
    let forged = token(&claims(NOW - 1), "a secret of somebody else, 32 bytes");
    let tokens = Tokens::new([NEW, OLD]);
    assert_eq!(tokens.verify(&forged, now()), Err(TokenError::WrongSignature));
    assert_eq!(
        Tokens::default().verify(&token(&claims(NOW + 1), NEW), now()),
        Err(TokenError::WrongSignature)
    );
}

#[test]
fn a_token_that_was_changed_is_refused() {
    let tokens = Tokens::new([NEW]);
    let mine = token(&claims(NOW + 1), NEW);
    let theirs = token(&json!({ "sub": "root", "plan": "max", "exp": NOW + 1 }), OLD);
    let (head, _) = mine.rsplit_once('.').unwrap();
    let signature = mine.rsplit('.').next().unwrap();
    let (other, _) = theirs.rsplit_once('.').unwrap();
    for changed in [format!("{other}.{signature}"), format!("{head}.")] {
        let refused = tokens.verify(&changed, now());
        assert_eq!(refused, Err(TokenError::WrongSignature), "{changed}");
    }
}

#[test]
fn only_hs256_is_accepted_whatever_the_header_says() {
    let (head, rest) = split(&token(&claims(NOW + 1), NEW));
    assert!(!head.is_empty());
    // {"alg":"none"}, {"alg":"HS384"}, {"alg":"RS256"}, {"alg":"HS256","crit":["x"]}, and something that is not JSON.
    for header in [
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJIUzM4NCJ9",
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsieCJdfQ",
        "AAAA",
    ] {
        let refused = Tokens::new([NEW]).verify(&format!("{header}.{rest}"), now());
        assert_eq!(refused, Err(TokenError::OtherAlgorithm), "{header}");
    }
}

fn split(token: &str) -> (String, String) {
    let (head, rest) = token.split_once('.').unwrap();
    (head.to_owned(), rest.to_owned())
}

#[test]
fn what_is_no_token_is_no_reason_to_panic() {
    for sent in ["", ".", "..", "...", "a.b", "a.b.c", "é.é.é", "rk_00"] {
        assert!(Tokens::new([NEW]).verify(sent, now()).is_err(), "{sent}");
    }
}

#[test]
fn a_client_learns_only_that_a_token_has_expired() {
    assert_eq!(TokenError::Expired.client_message(), "The access token has expired.");
    for error in [
        TokenError::Malformed,
        TokenError::OtherAlgorithm,
        TokenError::WrongSignature,
        TokenError::NoExpiry,
        TokenError::NotYetValid,
        TokenError::OtherAudience,
        TokenError::OtherIssuer,
        TokenError::BadClaims,
    ] {
        assert_eq!(error.client_message(), "The credential is not valid.");
    }
}

#[test]
fn secrets_do_not_print_themselves() {
    assert_eq!(format!("{:?}", Tokens::new([NEW, OLD])), "Tokens(2 secrets)");
}
