//! Connections to upstreams as `connections` wants them: how long they are kept, how they are probed, and in which version.

mod frames;

use std::fs;
use std::sync::Arc;

use jackfield_tests::patience::patiently;
use jackfield_tests::upstream::{Gate, Upstream};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use self::frames::{ACK, Frames, PING};
use crate::scene::{Scene, Setup, ask, assert_complete, eventually, refuses, says, streams};

const AUTHORITY: &str = include_str!("certificates/authority.crt");
const CERTIFICATE: &str = include_str!("certificates/server.crt");
const KEY: &str = include_str!("certificates/server.key");

/// A scene whose first upstream is reached with these `connections`.
async fn scene(connections: &str, base_url: Option<&str>) -> Scene {
    let first = format!("connections: {{ {connections} }}");
    Scene::with(Setup {
        first: &first,
        base_url,
        ..Setup::default()
    })
    .await
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    (listener, base_url)
}

#[tokio::test]
async fn an_idle_connection_is_closed_when_its_time_is_over() {
    let scene = scene("idle_timeout: 100ms", None).await;
    scene.first.always(says("well"));
    let client = scene.client();
    // By default, two of them would take longer than any test may.
    patiently("two connections to end", async {
        for _ in 0..2 {
            assert_eq!(client.chat(ask("solo")).await.content(), "well");
            scene.first.connection_ended().await;
        }
    })
    .await;
    assert_eq!(scene.first.connections(), 2);
}

#[tokio::test]
async fn a_provider_may_keep_no_connection_while_others_do() {
    let scene = scene("max_idle: 0", None).await;
    scene.first.reply(says("one")).then(says("two"));
    let client = scene.client();
    for content in ["one", "two"] {
        assert_eq!(client.chat(ask("solo")).await.content(), content);
    }
    assert_eq!(scene.first.connections(), 2);
    scene.second.reply(says("three")).then(says("four"));
    for content in ["three", "four"] {
        scene.first.reply(refuses(503, "busy"));
        assert_eq!(client.chat(ask("duo")).await.content(), content);
    }
    assert_eq!(scene.second.connections(), 1);
}

#[tokio::test]
async fn a_change_counts_for_new_connections_and_breaks_no_running_one() {
    let mut scene = Scene::start().await;
    let gate = Gate::new();
    scene
        .first
        .reply(streams(&["be", "fore"]).pause_before(2, &gate))
        .then(says("one"))
        .then(says("two"));
    let mut running = scene.client().stream(ask("solo")).await;
    assert_eq!(running.next_content().await, "be");
    let config = scene.config(&Setup::default()) + "connections: { max_idle: 0 }\n";
    scene.gateway.reconfigure(&config).await;
    let client = scene.client();
    for content in ["one", "two"] {
        assert_eq!(client.chat(ask("solo")).await.content(), content);
    }
    assert_eq!(scene.first.connections(), 3);
    gate.open();
    assert_complete(&running.collect().await, "fore");
}

#[tokio::test]
async fn http2_without_tls_is_pinged_as_often_as_is_said() {
    let (listener, base_url) = listener().await;
    let connections = "http_version: http2, http2_ping_after: 50ms, http2_pong_within: 60s";
    let scene = scene(connections, Some(&base_url)).await;
    let client = scene.client();
    let upstream = async {
        let mut upstream = Frames::accept(&listener).await;
        upstream.answer("by frames").await;
        upstream
    };
    let (answer, mut upstream) = tokio::join!(client.chat(ask("solo")), upstream);
    assert_eq!(answer.content(), "by frames");
    // By default, so many would take longer than any test may.
    for _ in 0..12 {
        upstream
            .until(|frame| frame.kind == PING && frame.flags & ACK == 0)
            .await;
    }
    // It is used for the next request.
    let (answer, ()) = tokio::join!(client.chat(ask("solo")), upstream.answer("once more"));
    assert_eq!(answer.content(), "once more");
}

#[tokio::test]
async fn http2_that_answers_no_ping_is_given_up() {
    let (listener, base_url) = listener().await;
    let connections = "http_version: http2, http2_ping_after: 50ms, http2_pong_within: 50ms";
    let scene = Scene::with(Setup {
        routing: "retry_count: 0, breaker: { failures: 100 }",
        first: &format!("connections: {{ {connections} }}"),
        base_url: Some(&base_url),
        ..Setup::default()
    })
    .await;
    scene.second.always(says("well"));
    let client = scene.client();
    let upstream = async || {
        let mut upstream = Frames::accept(&listener).await;
        let mut pings = 0;
        while let Some(frame) = upstream.next().await {
            pings += usize::from(frame.kind == PING);
        }
        pings
    };
    // By default, so many would take longer than any test may.
    patiently("seven connections to be given up", async {
        for _ in 0..7 {
            let (answer, pings) = tokio::join!(client.chat(ask("duo")), upstream());
            assert_eq!(answer.content(), "well");
            assert!(pings > 0);
        }
    })
    .await;
}

/// What an upstream that offers both versions agrees on with a gateway of these `connections`, within TLS.
async fn agreed(connections: &str) -> Option<Vec<u8>> {
    let chain = CertificateDer::pem_slice_iter(CERTIFICATE.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let chain = chain.collect::<Result<_, _>>().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, _) = listener().await;
    let base_url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    let ca = serde_json::Value::from(AUTHORITY);
    let scene = Scene::with(Setup {
        first: &format!("tls: {{ ca: {ca} }}, connections: {{ {connections} }}"),
        base_url: Some(&base_url),
        ..Setup::default()
    })
    .await;
    let upstream = async {
        let (stream, _) = patiently("a connection", listener.accept()).await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
    };
    let client = scene.client();
    let (_, agreed) = tokio::join!(client.chat(ask("solo")), upstream);
    agreed
}

#[tokio::test]
async fn within_tls_only_the_versions_that_are_said_are_offered() {
    assert_eq!(agreed("").await.as_deref(), Some(&b"h2"[..]));
    assert_eq!(agreed("http_version: http2").await.as_deref(), Some(&b"h2"[..]));
    assert_ne!(agreed("http_version: http1").await.as_deref(), Some(&b"h2"[..]));
}

/// The ticks until the kernel probes the connection to this upstream: its timer of kind 2 (`proc_net_tcp` of Linux).
fn ticks_until_probe(upstream: &Upstream) -> Option<u32> {
    let connections = fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{:04X}", upstream.address().port());
    let mut lines = connections.lines().map(|line| line.split_whitespace());
    let timer = lines.find_map(|mut fields| (fields.nth(2)? == remote).then(|| fields.nth(2)).flatten())?;
    u32::from_str_radix(timer.strip_prefix("02:")?, 16).ok()
}

#[tokio::test]
async fn tcp_is_probed_after_as_much_silence_as_is_said() {
    let scene = scene("tcp_probe_after: 1h", None).await;
    scene.first.reply(says("well"));
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "well");
    let ask = async || {
        tokio::task::yield_now().await;
        ticks_until_probe(&scene.first)
    };
    // A hundred ticks are a second; the default is fifteen.
    eventually("a timer of an hour", ask, |ticks| {
        ticks.is_some_and(|ticks| ticks > 100_000)
    })
    .await;
}
