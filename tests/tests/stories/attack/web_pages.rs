//! Pages in a browser on the gateway's own machine, where no key is required: they spend nothing and read nothing.

use jackfield_tests::gateway::{FREE, Gateway, Process};
use jackfield_tests::upstream::Upstream;

use crate::attack::raw::exchange;
use crate::scene::{ask, says};

const CHAT: &str = "/v1/chat/completions";

/// A gateway with these members of `server`, whose model `m` costs the operator money.
async fn start(server: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    upstream.always(says("paid for"));
    let url = upstream.base_url();
    let config = format!(
        r#"
server: {{ {server} }}
plans: {{ max: {{ tiers: [free] }} }}
keys: {{ ada: {{ key: "{KEY}", user: ada, plan: max }} }}
providers: {{ p: {{ adapter: openai, base_url: "{url}" }} }}
models: {{ m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }} }}
"#
    );
    (Gateway::start(&config).await, upstream)
}

const KEY: &str = "rk_abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

/// What a page sends with `fetch(…, { mode: "no-cors", method: "POST", body })`, to this host and with these headers.
fn post(host: &str, headers: &str) -> String {
    let body = ask("m").to_string();
    let length = body.len();
    format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

/// Asserts that it is refused with this code, and that nobody paid.
#[track_caller]
fn assert_refused(answer: &str, status: u16, code: &str, upstream: &Upstream) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains(&format!("x-error-code: {code}\r\n")), "{answer}");
    assert!(answer.len() < 3000, "{answer}");
    assert_eq!(upstream.requests().len(), 0);
}

#[tokio::test]
async fn a_page_of_another_site_spends_nothing() {
    let (gateway, upstream) = start("auth: off").await;
    for headers in [
        "origin: https://evil.example\r\n",
        "origin: https://evil.example\r\ncontent-type: application/json\r\n",
        "origin: https://evil.example\r\ncontent-type: text/plain\r\n",
        "origin: null\r\n",
        "sec-fetch-site: cross-site\r\n",
        "sec-fetch-site: cross-site\r\ncontent-type: application/json\r\n",
    ] {
        let answer = exchange(&gateway, &post("127.0.0.1", headers)).await;
        assert_refused(&answer, 403, "ORIGIN_NOT_ALLOWED", &upstream);
        assert!(answer.contains("server.cors.origins"), "{answer}");
    }
}

#[tokio::test]
async fn a_page_whose_name_points_here_reads_nothing() {
    let (gateway, upstream) = start("auth: off").await;
    let json = "content-type: application/json\r\n";
    for host in ["evil.example", "localhost.evil.example:8080", "192.168.0.7", "x.local"] {
        let answer = exchange(&gateway, &post(host, json)).await;
        assert_refused(&answer, 403, "HOST_NOT_ALLOWED", &upstream);
        assert!(answer.contains("server.hosts"), "{answer}");
        let list = format!("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        assert_refused(&exchange(&gateway, &list).await, 403, "HOST_NOT_ALLOWED", &upstream);
    }
    let absolute = post("127.0.0.1", json).replacen(CHAT, &format!("http://evil.example{CHAT}"), 1);
    assert_refused(&exchange(&gateway, &absolute).await, 403, "HOST_NOT_ALLOWED", &upstream);
    for host in ["localhost", "127.0.0.1:1", "127.8.8.8", "[::1]:8080", "build-host"] {
        let answer = exchange(&gateway, &post(host, json)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
}

#[tokio::test]
async fn operators_paths_are_not_for_pages_either() {
    let (gateway, _upstream) = start("auth: required").await;
    let operator = gateway.operator();
    assert_eq!(operator.get("/admin/snapshot").await.status, 200);
    for (name, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer = operator.clone().header(name, value).get("/admin/snapshot").await;
        assert_eq!(answer.status, 403, "{name}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_proxys_name_and_listed_pages_are_let_in() {
    let (gateway, _upstream) =
        start("auth: off, hosts: [llm.example], cors: { origins: [\"https://app.example\"] }").await;
    let client = gateway.client();
    for (name, value) in [
        ("host", "llm.example"),
        ("host", "LLM.example:8443"),
        ("origin", "https://app.example"),
    ] {
        let answer = client.clone().header(name, value).chat(ask("m")).await;
        assert_eq!(answer.status, 200, "{value}: {}", answer.text());
    }
    let page = client
        .clone()
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(page.chat(ask("m")).await.status, 200);
    assert_eq!(client.header("host", "other.example").chat(ask("m")).await.status, 403);
}

#[tokio::test]
async fn a_page_has_to_name_a_content_type_that_needs_a_preflight() {
    let (gateway, upstream) = start("auth: required, cors: { origins: [\"*\"] }").await;
    let key = format!("authorization: Bearer {KEY}\r\norigin: https://app.example\r\n");
    for content in [
        "",
        "content-type: text/plain\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
    ] {
        let answer = exchange(&gateway, &post("gateway.example", &format!("{key}{content}"))).await;
        assert_refused(&answer, 415, "UNSUPPORTED_MEDIA_TYPE", &upstream);
    }
    let json = format!("{key}content-type: application/json\r\n");
    let answer = exchange(&gateway, &post("gateway.example", &json)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // Programs that are no pages may leave it out, as they may with vendors.
    let program = format!("authorization: Bearer {KEY}\r\n");
    let answer = exchange(&gateway, &post("gateway.example", &program)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn whoever_lets_every_page_in_without_a_key_is_warned() {
    let config = format!(
        "server: {{ auth: off, cors: {{ origins: [\"*\"] }} }}\nproviders: {{ e: {{ adapter: echo }} }}\n\
         models: {{ m: {{ {FREE}, chain: [{{ provider: e, model: m }}] }} }}\n"
    );
    let gateway = Process::start(&config).await;
    let warning = "any web page that a browser on this machine opens can call every model";
    gateway.logged(warning).await;
    let plugins = gateway.config_dir().with_file_name("plugins");
    let checked = gateway.run(&["check", "--plugins", plugins.to_str().unwrap()]).await;
    assert!(checked.contains(warning) && checked.contains("no faults"), "{checked}");
}
