//! What HTTP demands of every answer, also where the framework turns a request away before any of our code sees it.

use http::Method;
use jackfield_tests::client::Answer;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::patience::patiently;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::scene::{Api, KEPT, assert_marked};

/// Every path of the public API, and some that cannot be decoded.
const PATHS: [&str; 24] = [
    "/",
    "/%ff",
    "/admin/snapshot",
    "/admin/%ff",
    "/docs",
    "/healthz",
    "/openapi.json",
    "/readyz",
    "/v1/chat/completions",
    "/v1/chat/completions?x=%ff",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/messages",
    "/v1/messages/%ff",
    "/v1/messages/count_tokens",
    "/v1/models",
    "/v1/models/%ff",
    "/v1/models/a/%c0%af",
    "/v1/pricing",
    "/v1/rerank",
    "/v1/user/key",
    "/v1/user/key/%ff",
    "/v1/user/requests",
    "/v1/user/streams/kill",
];

#[tokio::test]
async fn every_refusal_of_every_route_has_its_word() {
    let api = Api::with("", KEPT).await;
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::HEAD,
    ];
    for path in PATHS {
        for method in &methods {
            let body = (method == Method::POST).then_some("{");
            let answer = api.ada().request(method.clone(), path, body).await;
            let told = format!("{method} {path}: {answer:?}");
            assert!(answer.status < 500 || answer.status == 503, "{told}");
            assert_eq!(answer.status >= 400, answer.error_code().is_some(), "{told}");
            if answer.status >= 400 && method != Method::HEAD {
                assert!(
                    !answer.text().is_empty() && answer.header("content-type").is_some(),
                    "{told}"
                );
            }
            if answer.status == 405 {
                assert!(answer.header("allow").is_some(), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_the_clients_fault() {
    let api = Api::with("", KEPT).await;
    for (method, path) in [
        (Method::GET, "/v1/models/%ff"),
        (Method::GET, "/v1/models/%C0%AE"),
        (Method::DELETE, "/v1/user/key/%ff"),
    ] {
        let answer = api.ada().request(method, path, None).await;
        assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_REQUEST")));
        assert!(answer.text().contains("cannot be decoded"), "{}", answer.text());
        assert_marked(&answer);
    }
    let json = Api::with("error_format: json", KEPT).await;
    let answer = json.ada().get("/v1/models/%ff").await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("cannot be decoded")
    );
}

/// The status of the answer to a request of these lines.
async fn status(api: &Api, lines: &[&str]) -> String {
    let mut stream = TcpStream::connect(api.gateway.address()).await.unwrap();
    let text = format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n"));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    patiently("the answer", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    assert_eq!(answer.matches("HTTP/1.").count(), 1, "{answer}");
    let word = answer.to_lowercase().contains("x-error-code: invalid_request");
    assert_eq!(answer[9..12].starts_with('4'), word, "{answer}");
    answer[9..12].to_owned()
}

#[tokio::test]
async fn a_request_names_one_host() {
    let api = Api::with("", KEPT).await;
    let get = "GET /healthz HTTP/1.1";
    assert_eq!(status(&api, &[get, "host: llm.example"]).await, "200");
    assert_eq!(status(&api, &[get, "host: 127.0.0.1:8080"]).await, "200");
    assert_eq!(status(&api, &["GET /healthz HTTP/1.0"]).await, "200");
    for hosts in [
        &[][..],
        &["host: a", "host: a"],
        &["host: a", "host: b"],
        &["host: a, b"],
        &["host: a/b"],
        &["host: u@a"],
        &["host:"],
    ] {
        let lines = [&[get][..], hosts].concat();
        assert_eq!(status(&api, &lines).await, "400", "{hosts:?}");
    }
    assert_eq!(
        status(&api, &["GET /healthz HTTP/1.0", "host: a", "host: b"]).await,
        "400"
    );
    let absolute = ["GET http://a/healthz HTTP/1.1"];
    assert_eq!(status(&api, &absolute).await, "400", "also if the line names one");
}

#[tokio::test]
async fn the_admin_token_is_asked_for_and_its_scheme_may_be_in_any_case() {
    let token = "the-token-of-the-operators";
    let gateway = Gateway::start(&format!(
        "server: {{ auth: off, admin: {{ token: \"{token}\" }} }}\nproviders: {{}}\nmodels: {{}}\n"
    ))
    .await;
    let ask = async |authorization: &str| -> Answer {
        let client = gateway.operator().header("authorization", authorization);
        client.get("/admin/snapshot").await
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(ask(&format!("{scheme} {token}")).await.status, 200, "{scheme}");
    }
    for wrong in [
        token,
        "Basic eDp5",
        "Bearer",
        "Bearer ",
        &format!("Bearer {token}x"),
        &format!("Token {token}"),
    ] {
        let refused = ask(wrong).await;
        assert_eq!(
            (refused.status, refused.error_code()),
            (401, Some("AUTHENTICATION_ERROR"))
        );
        assert_marked(&refused);
    }
}

#[tokio::test]
async fn answers_vary_by_origin_where_pages_may_call() {
    let varies = |answer: &Answer| {
        let vary = answer.header("vary").unwrap_or_default();
        vary.split(',').any(|name| name.trim().eq_ignore_ascii_case("origin"))
    };
    for origins in ["\"https://app.example\"", "\"*\""] {
        let api = Api::with(&format!("cors: {{ origins: [{origins}] }}"), "").await;
        for origin in [None, Some("https://app.example"), Some("https://evil.example")] {
            let client = match origin {
                Some(origin) => api.client().header("origin", origin),
                None => api.client(),
            };
            for path in ["/v1/models", "/v1/nothing", "/v1/user/requests"] {
                let answer = client.get(path).await;
                assert!(varies(&answer), "{origins} {origin:?} {path}: {answer:?}");
            }
        }
    }
    let api = Api::start().await;
    assert!(!varies(
        &api.client()
            .header("origin", "https://a.example")
            .get("/v1/models")
            .await
    ));
}
