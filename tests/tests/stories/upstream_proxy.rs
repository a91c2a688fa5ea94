//! What is behind a proxy, named by the environment or by the configuration: upstreams, guards and sources of plugins,
//! with tunnels and without.

use std::fs;
use std::future::Future;

use jackfield_tests::gateway::{FREE, Gateway, built_plugin};
use jackfield_tests::upstream::{Upstream, json, status};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::scene::{ask, says};

fn config(base_url: &str, members: &str) -> String {
    format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\n\
         providers: {{ far: {{ adapter: openai, base_url: \"{base_url}\", api_key: sk-far, {members} }} }}\n\
         models: {{ far: {{ {FREE}, chain: [{{ provider: far, model: m }}] }} }}\n"
    )
}

#[tokio::test]
async fn a_plain_request_goes_to_the_proxy_with_its_credential() {
    let proxy = Upstream::start().await;
    proxy.always(says("by proxy"));
    let url = format!("http://user:pa%20ss@{}", proxy.address());
    let base_url = "http://upstream.invalid:81/v1";
    let own = format!("proxy: \"{url}\"");
    for (members, variables) in [("", vec![("HTTP_PROXY", &*url)]), (&*own, vec![])] {
        let gateway = Gateway::start_with(&config(base_url, members), &variables).await;
        assert_eq!(gateway.client().chat(ask("far")).await.content(), "by proxy");
        let request = proxy.next_request().await;
        assert_eq!(request.header("host"), Some("upstream.invalid:81"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpwYSBzcw=="));
        assert_eq!(request.header("authorization"), Some("Bearer sk-far"));
        assert_eq!(request.path, "/v1/chat/completions");
    }
}

#[tokio::test]
async fn exceptions_and_none_go_straight_to_the_upstream() {
    let (upstream, proxy) = (Upstream::start().await, Upstream::start().await);
    upstream.always(says("straight"));
    let url = format!("http://{}", proxy.address());
    let except = [("ALL_PROXY", &*url), ("no_proxy", "127.0.0.0/8")];
    let all = [("ALL_PROXY", &*url)];
    for (members, variables) in [("", &except[..]), ("proxy: none", &all[..])] {
        let gateway = Gateway::start_with(&config(&upstream.base_url(), members), variables).await;
        assert_eq!(gateway.client().chat(ask("far")).await.content(), "straight");
    }
    assert_eq!(proxy.connections(), 0);
}

/// A gateway whose replies a guard looks at that has this URL and these members.
fn guarded(base_url: &str, guard: &str, members: &str) -> String {
    config(base_url, "proxy: none")
        + &format!("shapers: {{ moderate: {{ http: {{ url: \"{guard}\", {members} }}, grant: [reply] }} }}\n")
}

#[tokio::test]
async fn a_guard_is_asked_by_way_of_the_proxy() {
    let (upstream, proxy) = (Upstream::start().await, Upstream::start().await);
    upstream.always(says("harsh"));
    proxy.always(json(200, r#"{"action":"GUARDRAIL_INTERVENED","texts":["mild"]}"#));
    let url = format!("http://user:pa%20ss@{}", proxy.address());
    let own = format!("proxy: \"{url}\"");
    for (members, variables) in [("", vec![("HTTP_PROXY", &*url)]), (&*own, vec![])] {
        let config = guarded(&upstream.base_url(), "http://guard.invalid:81/check", members);
        let gateway = Gateway::start_with(&config, &variables).await;
        assert_eq!(gateway.client().chat(ask("far")).await.content(), "mild");
        let request = proxy.next_request().await;
        assert_eq!(request.header("host"), Some("guard.invalid:81"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpwYSBzcw=="));
        assert_eq!(request.json()["texts"][0], "harsh");
    }
    let all = [("ALL_PROXY", &*url)];
    let config = guarded(
        &upstream.base_url(),
        &format!("{}/check", proxy.base_url()),
        "proxy: none",
    );
    let gateway = Gateway::start_with(&config, &all).await;
    assert_eq!(gateway.client().chat(ask("far")).await.content(), "mild");
    let straight = proxy.next_request().await;
    assert_eq!(straight.header("proxy-authorization"), None);
}

#[tokio::test]
async fn a_guard_with_tls_is_asked_through_a_tunnel() {
    let upstream = Upstream::start().await;
    upstream.always(says("harsh"));
    let (url, asked) = refusing().await;
    let config = guarded(&upstream.base_url(), "https://guard.invalid/check", "api_key: sk-guard");
    let gateway = Gateway::start_with(&config, &[("HTTPS_PROXY", &url)]).await;
    let client = gateway.client();
    let (answer, asked) = tokio::join!(client.chat(ask("far")), asked);
    assert_eq!(answer.error_code(), Some("SHAPER_FAILED"));
    assert!(asked.starts_with("CONNECT guard.invalid:443 HTTP/1.1\r\n"), "{asked}");
    assert!(!asked.contains("sk-guard") && !gateway.logs().contains("secret-word"));
}

#[tokio::test]
async fn plugins_are_fetched_by_way_of_the_proxy() {
    let proxy = Upstream::start().await;
    let plugin = fs::read(built_plugin("echo")).unwrap();
    let sha256 = format!("{:x}", Sha256::digest(&plugin));
    proxy.always(status(200).write(plugin));
    let config = |url: &str| {
        format!(
            "server: {{ auth: off }}\nplugins: {{ deadline: 10s, sources: [{{ name: echo, from: \"{url}\", sha256: {sha256} }}] }}\n\
             providers: {{ p: {{ \"adapter\": echo }} }}\n\
             models: {{ far: {{ {FREE}, chain: [{{ provider: p, model: m }}] }} }}\n"
        )
    };
    let url = format!("http://{}", proxy.address());
    // Nobody listens at this port; plain http is for this machine only.
    let from = "http://127.0.0.1:9/echo.wasm";
    let mut gateway = Gateway::start_with(&config(from), &[("HTTP_PROXY", &url)]).await;
    let request = proxy.next_request().await;
    assert_eq!(
        (request.header("host"), &*request.path),
        (Some("127.0.0.1:9"), "/echo.wasm")
    );
    gateway
        .until(|snapshot| snapshot["plugins"][0]["sha256"] == sha256)
        .await;
    assert_eq!(gateway.client().chat(ask("far")).await.content(), "hello");

    let (url, asked) = refusing().await;
    let from = "https://plugins.invalid/echo.wasm";
    let _gateway = Gateway::start_with(&config(from), &[("HTTPS_PROXY", &url)]).await;
    let asked = asked.await;
    assert!(asked.starts_with("CONNECT plugins.invalid:443 HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQtd29yZA=="),
        "{asked}"
    );
}

/// A proxy that opens no tunnel: its URL, and what it will have been asked.
async fn refusing() -> (String, impl Future<Output = String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret-word@{}", listener.local_addr().unwrap());
    let asked = async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        let refusal = b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal).await.unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    };
    (url, asked)
}

#[tokio::test]
async fn an_encrypted_request_asks_the_proxy_for_a_tunnel() {
    let (url, asked) = refusing().await;
    let config = config("https://upstream.invalid/v1", &format!("proxy: \"{url}\""));
    let gateway = Gateway::start(&config).await;
    let client = gateway.client();
    let (answer, asked) = tokio::join!(client.chat(ask("far")), asked);
    assert_eq!(answer.status, 502);
    assert!(
        asked.starts_with("CONNECT upstream.invalid:443 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQtd29yZA=="),
        "{asked}"
    );
    assert!(!asked.contains("sk-far"), "the credential is for the upstream alone");
    let logs = gateway.logs();
    assert!(logs.contains("proxy authorization required") && !logs.contains("secret-word"));
}
