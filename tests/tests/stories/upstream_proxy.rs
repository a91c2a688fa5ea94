//! Upstreams behind a proxy: named by the environment or by the provider, with tunnels and without.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
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

#[tokio::test]
async fn an_encrypted_request_asks_the_proxy_for_a_tunnel() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret-word@{}", listener.local_addr().unwrap());
    let config = config("https://upstream.invalid/v1", &format!("proxy: \"{url}\""));
    let gateway = Gateway::start(&config).await;
    let refusing = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    };
    let client = gateway.client();
    let (answer, asked) = tokio::join!(client.chat(ask("far")), refusing);
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
