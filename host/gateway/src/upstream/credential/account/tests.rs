//! What a key file must be, and what an assertion says.

use serde_json::Value;

use super::*;

const KEY_FILE: &str = include_str!("key.json");

/// A key file with this member changed; null takes it out.
fn with(member: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(KEY_FILE).unwrap();
    let members = file.as_object_mut().unwrap();
    if value.is_null() {
        members.shift_remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    file.to_string()
}

fn problem(key_file: &str) -> String {
    ServiceAccount::read(key_file, None).unwrap_err().problem()
}

#[test]
fn an_assertion_is_a_signed_jwt_of_one_hour() {
    let account = ServiceAccount::read(KEY_FILE, None).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636);
    let assertion = account
        .assertion("https://www.googleapis.com/auth/cloud-platform", now)
        .unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let decoded = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(
        decoded(header),
        json!({"alg": "RS256", "typ": "JWT", "kid": "example-key-id"})
    );
    assert_eq!(
        decoded(claims),
        json!({
            "iss": "gateway@example-project.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": 1_440_938_160,
            "exp": 1_440_941_760,
        })
    );
    // By Python's cryptography 48.0, over the same header and claims: RSASSA-PKCS1-v1_5 has one signature for a text.
    let expected = "HJEeI4f38_dDl5XbLUb0hMmjRSUL4EOMFH11aA4ywrlbFquZ-sCAo6HRhL-oRbQXvVZVn7f9HMe3oqs7O43_6n7xEPkMlA2VCTtoncXOq0Fl5CQhQjnZX6F6vGBDqFtj9NNvC3oTBuvAr-ZTS7x_clJsSc00pT0uUpC2m4rhtxZyNs-hpSuPNRN9ik3PjVn95VmHSGUd4TNJhI1wuLi6MtaM2faGUgMn-kMgQFI__A7XCJUbMlvAlKSfd-E6X2DKPUYhFy3ksgdNDoTHb-hM6c4dmcE9MXyn6lXEnnMneRDOAlUDxQ_vRS53f6lCIZZ5AC4NMJ6FyDGdkbe3YX2RDw";
    assert_eq!(signature, expected);
}

#[test]
fn a_key_file_is_what_googles_console_writes() {
    assert!(problem("nonsense").ends_with("is not JSON with `client_email` and `private_key`"));
    assert!(problem(&with("client_email", Value::Null)).ends_with("with `client_email` and `private_key`"));
    assert!(problem(&with("type", "authorized_user".into())).ends_with("another `type` than `service_account`"));
    for key in [
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let problem = problem(&with("private_key", key.into()));
        assert!(
            problem.ends_with("a `private_key` that is no RSA key in PEM form"),
            "{problem}"
        );
    }
}

#[test]
fn a_key_file_names_no_source_of_tokens_but_googles() {
    for other in [
        "https://tokens.example/token",
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com.evil.example/token",
        "https://oauth2.googleapis.com:8443/token",
        "https://user@oauth2.googleapis.com/token",
        "http://127.0.0.1/token",
    ] {
        let file = with("token_uri", other.into());
        assert!(
            problem(&file).ends_with("a `token_uri` that is no https URL of Google's"),
            "{other}"
        );
        let operators = ServiceAccount::read(&file, Some("https://tokens.example/token")).unwrap();
        assert_eq!(operators.token_url, "https://tokens.example/token");
    }
    for own in [Value::Null, "https://accounts.google.com/o/oauth2/token".into()] {
        assert!(ServiceAccount::read(&with("token_uri", own), None).is_ok());
    }
}

#[test]
fn nothing_of_the_key_is_shown() {
    let account = ServiceAccount::read(KEY_FILE, None).unwrap();
    let shown = format!("{account:?}");
    assert_eq!(
        shown,
        "the service account gateway@example-project.iam.gserviceaccount.com"
    );
}
