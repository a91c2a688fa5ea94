//! The vectors of AWS's own test suite for Signature Version 4, whose data stand in the `aws-sigv4` crate.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::*;

/// 2015-08-30T12:36:00Z, the time of the whole suite.
fn then() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636)
}

fn signer(session_token: Option<&str>) -> SigV4 {
    let key = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let token = session_token.map(Secret::new);
    SigV4::new(
        ("us-east-1", "service"),
        (&Secret::new("AKIDEXAMPLE"), &key),
        token.as_ref(),
    )
    .unwrap()
}

fn request(
    method: Method,
    target: &str,
    headers: &[(&'static str, &'static str)],
    body: &'static str,
) -> OutgoingRequest {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    OutgoingRequest {
        method,
        url: format!("https://example.amazonaws.com{target}"),
        headers: map,
        body: Bytes::from_static(body.as_bytes()).into(),
    }
}

/// The names of the signed headers, and the signature.
fn signed(signer: &SigV4, mut request: OutgoingRequest) -> (String, String) {
    signer.sign(&mut request, then()).unwrap();
    assert!(request.headers[header::AUTHORIZATION].is_sensitive());
    let text = request.headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let beginning = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=";
    let rest = text.strip_prefix(beginning).unwrap();
    let (names, signature) = rest.split_once(", Signature=").unwrap();
    (names.to_owned(), signature.to_owned())
}

/// Method, target, headers and body, and the signature.
type Vector = (
    Method,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

/// The vectors of which each has something that the others have not; some with every letter that needs no escape.
const VECTORS: [Vector; 11] = [
    (
        Method::GET,
        "/",
        &[],
        "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        Method::GET,
        "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        &[],
        "",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    (
        Method::GET,
        "/?Param1=value1",
        &[],
        "",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    (
        Method::GET,
        "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        &[],
        "",
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    ),
    (
        Method::GET,
        "/?Param2=value2&Param1=value1",
        &[],
        "",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        Method::GET,
        "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        &[],
        "",
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ),
    (
        Method::GET,
        "/?%E1%88%B4=bar",
        &[],
        "",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    (
        Method::GET,
        "/",
        &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
        "",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        Method::GET,
        "/",
        &[
            ("My-Header1", "value2"),
            ("My-Header1", "value2"),
            ("My-Header1", "value1"),
        ],
        "",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        Method::POST,
        "/",
        &[("My-Header1", "VALUE1")],
        "",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    (
        Method::POST,
        "/",
        &[
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("Content-Length", "13"),
            (
                "X-Amz-Content-Sha256",
                "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
            ),
        ],
        "Param1=value1",
        "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
    ),
];

#[test]
fn the_signatures_are_those_of_the_vendors_suite() {
    for (method, target, headers, body, signature) in VECTORS {
        let signed = signed(&signer(None), request(method, target, headers, body));
        assert_eq!(signed.1, signature, "{target} {headers:?}");
    }
}

#[test]
fn a_session_token_is_sent_and_signed() {
    let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    let signed = signed(&signer(Some(token)), request(Method::GET, "/", &[], ""));
    let signature = "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8";
    assert_eq!(
        signed,
        ("host;x-amz-date;x-amz-security-token".to_owned(), signature.to_owned())
    );
}

/// What no vector of the suite has: a path with escapes in it. By `SigV4Auth` of botocore 1.44.8.
#[test]
fn a_path_with_escapes_is_signed_as_the_vendors_sdk_signs_it() {
    for (target, signature) in [
        (
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
            "38c8492d86a18e1850e59be102aaedd1ec3626b5e75233f34c14984b3cfd48d5",
        ),
        (
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude/converse-stream",
            "2ae9edc69c85891809c93c5c19dc70ef2945664d2e471c780f6e1c3ab4cdbcc5",
        ),
    ] {
        let headers = &[("Content-Type", "application/json")];
        let signed = signed(
            &signer(None),
            request(Method::POST, target, headers, "{\"messages\":[]}"),
        );
        assert_eq!(
            signed,
            ("content-type;host;x-amz-date".to_owned(), signature.to_owned())
        );
    }
}

#[test]
fn a_path_is_encoded_twice() {
    let uri = |text: &'static str| Uri::from_static(text);
    assert_eq!(
        path(&uri("https://x.example/test/@connections/JBDvjfGEIAMCERw%3D")),
        "/test/%40connections/JBDvjfGEIAMCERw%253D"
    );
    assert_eq!(
        path(&uri("https://x.example/model/arn%3Aaws%2Fa/b")),
        "/model/arn%253Aaws%252Fa/b"
    );
}

#[test]
fn a_host_has_its_port_unless_it_is_the_usual_one() {
    let host = |text: &'static str| {
        headers(&HeaderMap::new(), &Uri::from_static(text)).unwrap()[0]
            .1
            .clone()
    };
    assert_eq!(host("http://127.0.0.1:8123/x"), "127.0.0.1:8123");
    assert_eq!(host("https://a.example:443/x"), "a.example");
    assert_eq!(host("http://a.example:443/x"), "a.example:443");
}

#[test]
fn what_the_way_may_change_is_not_signed() {
    let others = [
        ("User-Agent", "x"),
        ("Authorization", "Bearer x"),
        ("X-Amzn-Trace-Id", "x"),
    ];
    let bare = signed(&signer(None), request(Method::GET, "/", &[], ""));
    assert_eq!(signed(&signer(None), request(Method::GET, "/", &others, "")), bare);
}

#[test]
fn a_secret_is_never_shown() {
    let signer = signer(Some("token-of-a-session"));
    assert_eq!(
        format!("{signer:?}"),
        "[secret] in a signature for service in us-east-1"
    );
    let broken = Secret::new("a\nb");
    let error = SigV4::new(("r", "s"), (&broken, &broken), None).unwrap_err();
    assert_eq!(error, CredentialError::BadSecret);
}
