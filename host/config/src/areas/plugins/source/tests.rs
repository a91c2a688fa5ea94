//! References and URLs, good and bad.

use super::*;

const HEX: &str = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";

fn origin(from: &str, sha256: Option<&str>) -> Result<Origin, &'static str> {
    let config = SourceConfig {
        name: "a".to_owned(),
        from: from.to_owned(),
        sha256: sha256.map(ToOwned::to_owned),
    };
    config.origin().map_err(|bad| bad.problem)
}

#[test]
fn a_reference_is_read_and_shown_as_it_was_written() {
    for text in [
        format!("oci://ghcr.io/acme/gemini:1.4@sha256:{HEX}"),
        format!("oci://localhost:5000/a@sha256:{HEX}"),
        format!("oci://[::1]:5000/a-b/c.d__e@sha256:{HEX}"),
    ] {
        assert_eq!(origin(&text, None).unwrap().to_string(), text);
    }
    let reference: Reference = "oci://ghcr.io/acme/gemini:1.4".parse().unwrap();
    assert_eq!(reference.tag.as_deref(), Some("1.4"));
    assert_eq!(reference.base(), "https://ghcr.io");
    let local: Reference = "oci://127.0.0.1:5000/a".parse().unwrap();
    assert_eq!(local.base(), "http://127.0.0.1:5000");
    let hub: Reference = "oci://docker.io/acme/a".parse().unwrap();
    assert_eq!(hub.base(), "https://registry-1.docker.io");
    assert_eq!(hub.at(HEX).digest.as_deref(), Some(HEX));
}

#[test]
fn what_names_no_content_is_refused() {
    assert_eq!(
        origin("oci://ghcr.io/acme/gemini:1.4", None).unwrap_err(),
        "names no digest, and a tag can be moved to something else"
    );
    assert_eq!(
        origin("https://a.example/a.wasm", None).unwrap_err(),
        "has no sha256, without which nobody can tell what is fetched"
    );
    assert!(
        origin("https://a.example/a.wasm", Some("12"))
            .unwrap_err()
            .contains("64 digits")
    );
    let both = origin(&format!("oci://ghcr.io/a@sha256:{HEX}"), Some(HEX));
    assert!(both.unwrap_err().contains("has a sha256 besides"));
}

#[test]
fn what_is_no_reference_is_refused() {
    for text in [
        "oci://",
        "oci://ghcr.io",
        "oci://ghcr.io/",
        "oci:///a",
        "oci://ghcr.io/A",
        "oci://ghcr.io/a//b",
        "oci://ghcr.io/../a",
        "oci://ghcr.io/a_",
        "oci://ghcr.io/a...b",
        "oci://u:p@ghcr.io/a",
        "oci://ghcr.io/a:",
        "oci://ghcr.io/a:-b",
        "oci://ghcr.io/a@sha256:12",
        "oci://ghcr.io/a@sha512:12",
        "oci://ghcr.io/a?b",
    ] {
        assert!(text.parse::<Reference>().is_err(), "{text}");
    }
}

#[test]
fn plain_http_is_for_loopback_alone() {
    for url in [
        "http://127.0.0.1:8000/a.wasm",
        "http://localhost/a.wasm",
        "http://[::1]/a.wasm",
    ] {
        assert!(origin(url, Some(HEX)).is_ok(), "{url}");
    }
    for url in [
        "http://a.example/a.wasm",
        "http://127.0.0.1.example/a",
        "http://10.0.0.1/a",
    ] {
        let problem = origin(url, Some(HEX)).unwrap_err();
        assert!(problem.starts_with("is plain http"), "{url}: {problem}");
    }
    for url in [
        "ftp://a.example/a",
        "a.wasm",
        "file:///a.wasm",
        "https://",
        "https://a b",
    ] {
        let problem = origin(url, Some(HEX)).unwrap_err();
        assert!(problem.starts_with("is neither"), "{url}: {problem}");
    }
    let secret = origin("https://u:p@a.example/a.wasm", Some(HEX)).unwrap_err();
    assert!(secret.starts_with("contains a user or password"), "{secret}");
}

#[test]
fn a_url_is_shown_without_its_query() {
    let origin = origin("https://a.example/a.wasm?token=secret", Some(HEX)).unwrap();
    assert_eq!(origin.to_string(), "https://a.example/a.wasm");
    assert_eq!(
        (origin.base().as_str(), origin.host()),
        ("https://a.example", "a.example")
    );
}
