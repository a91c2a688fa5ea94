//! Where a key goes, under every word of the operator's and every change of a plugin's.

use jackfield_config::TrustConfig;
use serde_json::{Value, json};

use super::*;

const SHA256: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const OURS: &str = "https://vendor.example/v1";
const THEIRS: &str = "https://evil.example/v1";

fn manifest(base_url: Option<&str>, auth: &Value) -> Manifest {
    let text = json!({ "name": "a", "version": "1", "operations": ["chat"], "base_url": base_url, "auth": auth });
    serde_json::from_value(text).unwrap()
}

fn bearer(base_url: &str) -> Manifest {
    manifest(Some(base_url), &json!({ "scheme": "bearer" }))
}

/// A configuration whose provider `p` has these further members.
fn config(members: &Value) -> Config {
    let mut provider = json!({ "adapter": "a" });
    provider
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    serde_json::from_value(json!({ "providers": { "p": provider } })).unwrap()
}

fn pinned(members: &Value, sha256: &str) -> Config {
    let mut config = config(members);
    config.plugins.pins.insert("a".to_owned(), sha256.to_owned());
    config
}

fn url(config: &Config, manifest: &Manifest) -> Result<Option<String>, Refusal> {
    let sha256 = SHA256;
    base_url(
        &config.providers["p"],
        Content {
            manifest,
            sha256,
            voucher: None,
        },
        config,
    )
}

/// What is wrong with a content that comes in place of `old` under an unchanged configuration.
fn update(config: &Config, old: &Manifest, new: &Manifest) -> Option<Refusal> {
    let content = Content {
        manifest: new,
        sha256: SHA256,
        voucher: None,
    };
    refusal(content, config, Some(InForce { manifest: old, config }))
}

#[test]
fn a_key_goes_only_where_the_operator_says() {
    let alone = config(&json!({ "api_key": "sk-1" }));
    let refused = url(&alone, &bearer(OURS)).unwrap_err();
    assert_eq!(
        refused.problem,
        "is missing, so its adapter `a` would say where the key goes"
    );
    assert!(
        refused.remedy.contains("`base_url: \"https://vendor.example/v1\"`"),
        "{}",
        refused.remedy
    );
    assert!(url(&config(&json!({ "headers": { "x-key": "k" } })), &bearer(OURS)).is_err());

    let own = config(&json!({ "api_key": "sk-1", "base_url": "https://own.example" }));
    assert_eq!(
        url(&own, &bearer(THEIRS)).unwrap().as_deref(),
        Some("https://own.example")
    );
    let trusting = config(&json!({ "api_key": "sk-1", "trust_base_url": true }));
    let other = pinned(&json!({ "api_key": "sk-1" }), &"0".repeat(64));
    assert!(url(&other, &bearer(OURS)).is_err(), "another content is pinned");
    let pinned = pinned(&json!({ "api_key": "sk-1" }), SHA256);
    let without_key = config(&json!({}));
    for agreed in [trusting, pinned, without_key] {
        assert_eq!(url(&agreed, &bearer(OURS)).unwrap().as_deref(), Some(OURS));
    }
}

#[test]
fn a_signature_by_a_listed_key_is_the_operators_word() {
    let config = config(&json!({ "api_key": "sk-1" }));
    let signed = Voucher::Signature("RWQ".to_owned());
    let (old, new) = (bearer(OURS), bearer(THEIRS));
    let content = Content {
        manifest: &new,
        sha256: SHA256,
        voucher: Some(&signed),
    };
    let url = base_url(&config.providers["p"], content, &config);
    assert_eq!(url.unwrap().as_deref(), Some(THEIRS));
    let before = InForce {
        manifest: &old,
        config: &config,
    };
    assert_eq!(refusal(content, &config, Some(before)), None);
    // An address of our own network is never a plugin's word.
    let local = bearer("http://127.0.0.1:1/v1");
    let content = Content {
        manifest: &local,
        ..content
    };
    assert!(refusal(content, &config, Some(before)).is_some());
}

#[test]
fn under_trust_a_pin_lets_in_the_plugin_that_it_names_and_no_other() {
    let mut config = config(&json!({}));
    config.plugins.pins.insert("other".to_owned(), SHA256.to_owned());
    let manifest = bearer(OURS);
    let content = Content {
        manifest: &manifest,
        sha256: SHA256,
        voucher: Some(&Voucher::Pin),
    };
    assert_eq!(
        refusal(content, &config, None),
        None,
        "without trust, everything is let in"
    );
    config.plugins.trust = Some(TrustConfig::default());
    let refused = refusal(content, &config, None).unwrap();
    assert_eq!(
        refused.problem,
        "is the adapter `a`, and its content is pinned for another plugin only"
    );
    assert_eq!(
        refused.remedy,
        format!("write `a: \"{SHA256}\"` in plugins.pins if that is meant")
    );
    config.plugins.pins.insert("a".to_owned(), SHA256.to_uppercase());
    assert_eq!(refusal(content, &config, None), None);
}

#[test]
fn an_update_moves_no_key_to_another_url() {
    let config = config(&json!({ "api_key": "sk-1", "trust_base_url": true }));
    assert_eq!(update(&config, &bearer(OURS), &bearer(OURS)), None);
    assert_eq!(
        update(&config, &bearer(OURS), &bearer("https://vendor.example/v1/")),
        None
    );
    let refused = update(&config, &bearer(OURS), &bearer(THEIRS)).unwrap();
    assert_eq!(
        refused.problem,
        "would send the key of providers.p to https://evil.example/v1; before, it went to https://vendor.example/v1"
    );
    assert!(
        refused
            .remedy
            .contains("`base_url: \"https://evil.example/v1\"` for providers.p"),
        "{}",
        refused.remedy
    );
    assert!(
        refused
            .remedy
            .contains(&format!("pin the plugin: `a: \"{SHA256}\"` in plugins.pins")),
        "{}",
        refused.remedy
    );
}

#[test]
fn an_update_moves_no_key_to_another_place() {
    let config = config(&json!({ "api_key": "sk-1", "base_url": OURS }));
    let by = |auth: Value| manifest(Some(OURS), &auth);
    let old = by(json!({ "scheme": "header", "name": "x-key" }));
    for (auth, written) in [
        (
            json!({ "scheme": "query", "name": "key" }),
            "`auth: { scheme: query, name: \"key\" }`",
        ),
        (
            json!({ "scheme": "header", "name": "x-note" }),
            "`auth: { scheme: header, name: \"x-note\" }`",
        ),
        (json!({ "scheme": "bearer" }), "`auth: { scheme: bearer }`"),
        (json!({ "scheme": "none" }), "`auth: { scheme: none }`"),
    ] {
        let refused = update(&config, &old, &by(auth)).unwrap();
        assert!(
            refused.problem.ends_with("; before, it went in the header x-key"),
            "{}",
            refused.problem
        );
        assert!(refused.remedy.contains(written), "{}", refused.remedy);
    }
    assert_eq!(update(&config, &old, &old.clone()), None);
}

#[test]
fn what_the_configuration_says_itself_no_update_moves() {
    let new = manifest(Some(THEIRS), &json!({ "scheme": "query", "name": "key" }));
    for indifferent in [
        json!({ "api_key": "sk-1", "base_url": OURS, "auth": { "scheme": "bearer" } }),
        json!({ "base_url": OURS, "headers": { "x-key": "k" } }),
        json!({}),
    ] {
        assert_eq!(
            update(&config(&indifferent), &bearer(OURS), &new),
            None,
            "{indifferent}"
        );
    }
    let agreed = pinned(&json!({ "api_key": "sk-1" }), &SHA256.to_uppercase());
    assert_eq!(update(&agreed, &bearer(OURS), &new), None);
}

#[test]
fn a_key_that_is_new_has_not_been_moved() {
    let (old, new) = (
        config(&json!({})),
        config(&json!({ "api_key": "sk-1", "trust_base_url": true })),
    );
    let before = InForce {
        manifest: &bearer(OURS),
        config: &old,
    };
    let manifest = bearer(THEIRS);
    let content = Content {
        manifest: &manifest,
        sha256: SHA256,
        voucher: None,
    };
    assert_eq!(refusal(content, &new, Some(before)), None);
    assert_eq!(refusal(content, &new, None), None);
}

#[test]
fn a_pinned_plugin_has_the_pinned_content_or_none() {
    let config = pinned(&json!({}), &"0".repeat(64));
    let refused = update(&config, &bearer(OURS), &bearer(OURS)).unwrap();
    assert!(
        refused
            .problem
            .starts_with("is the adapter `a` with another content than plugins.pins says (000")
    );
    assert!(
        refused.remedy.ends_with(&format!("write `a: \"{SHA256}\"` there")),
        "{}",
        refused.remedy
    );
}

#[test]
fn a_local_address_is_the_configurations_own_word() {
    let local = bearer("http://169.254.169.254/latest");
    for trusting in [json!({}), json!({ "api_key": "sk-1", "trust_base_url": true })] {
        let refused = update(&config(&trusting), &bearer(OURS), &local).unwrap();
        assert_eq!(
            refused.problem,
            "names a local address as the base URL of providers.p: http://169.254.169.254/latest"
        );
        assert!(refused.remedy.contains("`base_url: \"http://169.254.169.254/latest\"`"));
    }
    let refused = url(&config(&json!({})), &local).unwrap_err();
    assert_eq!(
        refused.problem,
        "is missing, and its adapter `a` names a local address: http://169.254.169.254/latest"
    );
    let own = config(&json!({ "base_url": "http://127.0.0.1:11434/v1" }));
    assert_eq!(update(&own, &bearer(OURS), &local), None);
}

#[test]
fn an_update_changes_neither_the_service_nor_the_scope_of_a_credential() {
    let scheme = |scheme: &str, member: &str, value: &str| manifest(None, &json!({ "scheme": scheme, member: value }));
    let at = |auth: Value| config(&json!({ "base_url": OURS, "auth": auth }));
    let key = json!({ "scheme": "aws-sigv4", "region": "r", "access_key_id": "i", "secret_access_key": "s" });
    let (old, new) = (
        scheme("aws-sigv4", "service", "bedrock"),
        scheme("aws-sigv4", "service", "s3"),
    );
    let refused = update(&at(key.clone()), &old, &new).unwrap();
    assert_eq!(
        refused.problem,
        "would send the key of providers.p into a signature for s3; before, it went into a signature for bedrock"
    );
    let mut own = key;
    own["service"] = "bedrock".into();
    assert_eq!(update(&at(own), &old, &new), None);

    let account = json!({ "scheme": "google-service-account", "service_account": "{}" });
    let named = |scope: &str| scheme("google-service-account", "scope", scope);
    let refused = update(&at(account.clone()), &named("https://a"), &named("https://b")).unwrap();
    assert!(
        refused.problem.ends_with("as a token for https://a"),
        "{}",
        refused.problem
    );
    let mut own = account;
    own["scope"] = "https://a".into();
    assert_eq!(update(&at(own), &named("https://a"), &named("https://b")), None);
    let unused = json!({ "scheme": "bearer" });
    let bearer = config(&json!({ "base_url": OURS, "api_key": "k", "auth": unused }));
    assert_eq!(update(&bearer, &old, &new), None);
}
