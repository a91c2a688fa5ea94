//! Manifests as plugins write them, and what is wrong with some.

use super::*;

#[test]
fn a_manifest_needs_only_name_version_and_operations() {
    let manifest = Manifest::parse(br#"{"name":"x","version":"1","operations":["chat"]}"#).unwrap();
    assert_eq!(manifest.auth, AuthScheme::None);
    assert!(manifest.needs_upstream);
}

#[test]
fn operations_of_a_later_contract_are_kept_and_mean_nothing() {
    let text = br#"{"name":"x","version":"1","operations":["chat","of-tomorrow"]}"#;
    assert_eq!(Manifest::parse(text).unwrap().operations, ["chat", "of-tomorrow"]);
}

#[test]
fn a_manifest_without_operations_is_refused_with_a_remedy() {
    let error = Manifest::parse(br#"{"name":"x","version":"1","operations":[]}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "has an invalid manifest: `operations` is empty; name at least one, such as \"chat\""
    );
}

#[test]
fn a_setting_may_add_to_what_is_accepted_and_take_away() {
    let manifest = br#"{"name":"x","version":"1","operations":["chat"],"accepts":["top_k"],
        "accepts_with":{"preset":{"a":["thinking"],"b":["document"]}},"accepts_without":{"preset":["functions"]}}"#;
    let manifest = Manifest::parse(manifest).unwrap();
    let under = |settings: Value| {
        let settings = settings.as_object().unwrap();
        manifest.accepts_under(settings).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(under(serde_json::json!({"preset": "a"})), "top_k thinking");
    for (other, accepted) in [
        ("{}", "top_k functions"),
        (r#"{"preset":null}"#, "top_k functions"),
        (r#"{"preset":"c"}"#, "top_k"),
        (r#"{"preset":1}"#, "top_k"),
        (r#"{"other":"a"}"#, "top_k functions"),
    ] {
        assert_eq!(under(serde_json::from_str(other).unwrap()), accepted, "{other}");
    }
}

#[test]
fn a_setting_may_add_a_dialect() {
    let manifest = br#"{"name":"x","version":"1","operations":["chat"],"dialects":["openai-chat"],
        "dialects_with":{"responses":{"pass":["openai-responses"]}}}"#;
    let manifest = Manifest::parse(manifest).unwrap();
    let under = |settings: Value| manifest.dialects_under(settings.as_object().unwrap()).join(" ");
    assert_eq!(
        under(serde_json::json!({"responses": "pass"})),
        "openai-chat openai-responses"
    );
    for other in [
        serde_json::json!({}),
        serde_json::json!({"responses": "translate"}),
        serde_json::json!({"responses": true}),
    ] {
        assert_eq!(under(other), "openai-chat");
    }
}

#[test]
fn a_setting_may_take_a_dialect_away() {
    let manifest = br#"{"name":"x","version":"1","operations":["chat"],
        "dialects_without":{"origin":["anthropic-messages"]}}"#;
    let manifest = Manifest::parse(manifest).unwrap();
    let under = |settings: &str| {
        let settings: Value = serde_json::from_str(settings).unwrap();
        manifest.dialects_under(settings.as_object().unwrap()).join(" ")
    };
    for (settings, dialects) in [
        ("{}", "anthropic-messages"),
        (r#"{"origin":null}"#, "anthropic-messages"),
        (r#"{"origin":"deepseek"}"#, ""),
        (r#"{"other":"deepseek"}"#, "anthropic-messages"),
    ] {
        assert_eq!(under(settings), dialects, "{settings}");
    }
}

/// Why a manifest with these further members is refused.
fn refused(members: &str) -> String {
    let text = format!(r#"{{"name":"x","version":"1","operations":["chat"],{members}}}"#);
    Manifest::parse(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn urls_and_headers_obey_the_rules_of_the_configuration() {
    let url = |url: &str| refused(&format!(r#""base_url":"{url}""#));
    let problem = "has an invalid manifest: `base_url` is not an http or https URL";
    assert_eq!(url("ftp://x.example"), problem);
    assert_eq!(url(""), problem);
    assert!(url("https://u:p@x.example").ends_with("contains a user or password, which belongs in api_key"));
    let auth = |scheme: &str, name: &str| refused(&format!(r#""auth":{{"scheme":"{scheme}","name":"{name}"}}"#));
    assert!(auth("header", "Host").ends_with("`auth.name` is a connection header, which the gateway sets itself"));
    assert!(auth("header", "a b").ends_with("`auth.name` is not a valid header name"));
    assert!(auth("query", "").ends_with("`auth.name` is empty"));
    let service = |service: &str| refused(&format!(r#""auth":{{"scheme":"aws-sigv4","service":"{service}"}}"#));
    assert!(service("").ends_with("`auth.service` is empty"));
    assert!(service("a/b").ends_with("`auth.service` contains a character that no scope of a signature has"));
}

#[test]
fn a_manifest_is_small_and_its_name_is_plain() {
    let long = "x".repeat(about::LARGEST);
    assert!(refused(&format!(r#""more":"{long}""#)).ends_with("it is larger than 262144 bytes"));
    let named = |name: &str| {
        let text = format!(r#"{{"name":"{name}","version":"1","operations":["chat"]}}"#);
        Manifest::parse(text.as_bytes())
    };
    assert!(named("a-b").is_ok());
    assert!(named("a\nforged").is_err());
    assert!(named(&"x".repeat(129)).is_err());
}

#[test]
fn a_scheme_is_named_by_its_tag() {
    let header: AuthScheme = serde_json::from_str(r#"{"scheme":"header","name":"x-api-key"}"#).unwrap();
    assert_eq!(
        header,
        AuthScheme::Header {
            name: "x-api-key".to_owned()
        }
    );
    let signed: AuthScheme = serde_json::from_str(r#"{"scheme":"aws-sigv4","service":"bedrock"}"#).unwrap();
    let service = "bedrock".to_owned();
    assert_eq!(signed, AuthScheme::AwsSigv4 { service });
    let account: AuthScheme = serde_json::from_str(r#"{"scheme":"google-service-account"}"#).unwrap();
    assert_eq!(account, AuthScheme::GoogleServiceAccount { scope: None });
}

#[test]
fn a_setting_may_change_the_name_in_telemetry() {
    let manifest = br#"{"name":"x","version":"1","operations":["chat"],"telemetry_name":"vendor.x",
        "telemetry_name_with":{"preset":{"a":"vendor.a"},"place":{"*":"vendor.place"}}}"#;
    let manifest = Manifest::parse(manifest).unwrap();
    for (settings, name) in [
        ("{}", "vendor.x"),
        (r#"{"preset":"a"}"#, "vendor.a"),
        (r#"{"preset":"b"}"#, "vendor.x"),
        (r#"{"place":{"region":"eu"}}"#, "vendor.place"),
        (r#"{"place":null}"#, "vendor.x"),
    ] {
        let settings: Map<String, Value> = serde_json::from_str(settings).unwrap();
        assert_eq!(manifest.telemetry_name_under(&settings), name, "{settings:?}");
    }
    let plain = Manifest::parse(br#"{"name":"x","version":"1","operations":["chat"]}"#).unwrap();
    assert_eq!(plain.telemetry_name_under(&Map::new()), "x");
    let endless = format!(
        r#"{{"name":"x","version":"1","operations":["chat"],"telemetry_name_with":{{"a":{{"b":"{}"}}}}}}"#,
        "n".repeat(65)
    );
    let error = Manifest::parse(endless.as_bytes()).unwrap_err().to_string();
    assert!(
        error.ends_with("`telemetry_name` must have 1 to 64 characters"),
        "{error}"
    );
}
