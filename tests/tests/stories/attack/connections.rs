//! Connections that are opened for their own sake: too slow, too many, or too busy with nothing.

use jackfield_tests::patience::patiently;
use jackfield_tests::upstream::never_answers;
use tokio::io::AsyncWriteExt;

use super::clients::{Raw, Unreading, frame, preface};
use crate::scene::{Scene, ask, eventually, says};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// The beginning of a request of HTTP/2: HEADERS without its end, with `:method: GET` of the static table (RFC 7541).
fn unfinished_headers(stream: u32) -> Vec<u8> {
    frame(1, 1, stream, &[0x82])
}

/// A whole one: GET https / with an authority.
fn headers(stream: u32) -> Vec<u8> {
    frame(1, 5, stream, &[&[0x82, 0x87, 0x84, 0x41, 9][..], b"localhost"].concat())
}

#[tokio::test]
async fn whatever_a_connection_begins_with_it_has_one_deadline_for_its_first_head() {
    let scene = Scene::with_server("header_timeout: 100ms, idle_timeout: 1h").await;
    let halves: [&[u8]; 4] = [
        b"",
        b"P",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ",
    ];
    let unfinished = [preface(), [preface(), unfinished_headers(1)].concat()];
    let beginnings = halves.into_iter().chain(unfinished.iter().map(Vec::as_slice));
    for beginning in beginnings {
        Raw::sends(&scene.gateway, beginning).await.closed().await;
    }
}

#[tokio::test]
async fn a_head_that_goes_on_and_on_gets_no_more_time() {
    let scene = Scene::with_server("header_timeout: 200ms, idle_timeout: 1h").await;
    let begin = [preface(), unfinished_headers(1)].concat();
    for (begin, drop) in [
        (b"GET / HTTP/1.1\r\nx-a: ".to_vec(), b"a".to_vec()),
        (begin, frame(9, 0, 1, &[])),
        (preface(), frame(6, 0, 0, &[0; 8])),
    ] {
        let mut client = Raw::sends(&scene.gateway, begin).await;
        // Until the gateway has closed it, one more is always taken.
        let dripping = async { while client.stream.write_all(&drop).await.is_ok() {} };
        patiently("the end of a dripping client", dripping).await;
    }
}

#[tokio::test]
async fn a_head_of_http2_without_end_is_cut_short() {
    let scene = Scene::start().await;
    let mut client = Raw::sends(&scene.gateway, [preface(), unfinished_headers(1)].concat()).await;
    // A literal header that is not indexed: x-a, and a value of 16,000 bytes.
    let header = [&[0, 3][..], b"x-a", &[0x7f, 0x81, 0x7c], &[b'a'; 16_000]].concat();
    let flood = frame(9, 0, 1, &header);
    let flooding = async { while client.stream.write_all(&flood).await.is_ok() {} };
    patiently("the end of a flood", flooding).await;
    assert_eq!(scene.client().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn requests_that_are_reset_at_once_cost_the_connection() {
    let scene = Scene::start().await;
    let mut client = Raw::sends(&scene.gateway, preface()).await;
    let both = |stream| [headers(stream), frame(3, 0, stream, &[0, 0, 0, 8])].concat();
    let flood: Vec<u8> = (1..20_000).step_by(2).flat_map(both).collect();
    let flooding = async {
        if client.stream.write_all(&flood).await.is_ok() {
            client.closed().await;
        }
    };
    patiently("the end of a flood", flooding).await;
    assert_eq!(scene.client().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_client_that_only_ever_asks_and_resets_is_left() {
    let scene = Scene::start().await;
    scene.first.always(never_answers());
    let mut client = Unreading::connect(&scene.gateway, 0).await;
    let asking = async {
        while let Some(asked) = client.try_send(ask("solo")).await {
            tokio::select! {
                _ = scene.first.next_request() => {}
                _ = asked => {}
            }
        }
    };
    patiently("the end of a client that resets", asking).await;
    let asked = scene.first.requests().len();
    assert!(asked <= 110, "{asked}");
}

#[tokio::test]
async fn an_idle_connection_of_http2_is_closed_although_it_pings() {
    let scene = Scene::with_server("idle_timeout: 100ms").await;
    let mut client = Raw::sends(&scene.gateway, [preface(), headers(1)].concat()).await;
    let pinging = async { while client.stream.write_all(&frame(6, 0, 0, &[0; 8])).await.is_ok() {} };
    patiently("the end of a pinging client", pinging).await;
}

#[tokio::test]
async fn there_are_only_so_many_connections_and_the_log_says_why() {
    let scene = Scene::with_server("max_connections: 3").await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(Raw::sends(&scene.gateway, "P").await);
    }
    let refused = Raw::sends(&scene.gateway, "").await.closed().await;
    let refused = String::from_utf8_lossy(&refused);
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(
        refused.contains("x-error-code: OVERLOADED") && refused.contains("retry-after: 1"),
        "{refused}"
    );
    let why = "there are 3 connections, which is the limit (server.max_connections)";
    assert!(scene.gateway.logs().contains(why));
    held.pop();
    let served = async || {
        let mut client = Raw::sends(&scene.gateway, HEALTH).await;
        client.until("\r\n\r\n").await
    };
    eventually("room", served, |answer| answer.starts_with("HTTP/1.1 200 ")).await;
}

#[tokio::test]
async fn one_address_has_its_share_where_that_is_set() {
    let scene = Scene::with_server("max_connections_per_address: 2").await;
    let _held = [
        Raw::sends(&scene.gateway, "P").await,
        Raw::sends(&scene.gateway, "P").await,
    ];
    let refused = Raw::sends(&scene.gateway, "").await.closed().await;
    assert!(refused.starts_with(b"HTTP/1.1 503 "));
    let why = "127.0.0.1 has 2 connections, which is the limit (server.max_connections_per_address)";
    assert!(scene.gateway.logs().contains(why));
}

#[tokio::test]
async fn a_proxy_on_this_machine_may_have_them_all() {
    let scene = Scene::with_server("max_connections: 20").await;
    scene.first.always(says("served"));
    let mut held = Vec::new();
    for _ in 0..19 {
        held.push(Raw::sends(&scene.gateway, "P").await);
    }
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "served");
}
