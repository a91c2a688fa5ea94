//! Clients that ask and do not read: they hold nothing beyond the clocks, and what is killed is gone at once.

use jackfield_tests::upstream::{Gate, Upstream, huge_json, never_answers};
use serde_json::{Value, json as value};
use tokio::net::TcpStream;

use super::clients::{Raw, Unreading, broken};
use crate::scene::{Scene, Setup, ask, begins, eventually, streams};
use jackfield_tests::gateway::{FREE, Gateway};

const KEY: &str = "rk_1111111111111111111111111111111111111111111111111111111111111111";

fn stream() -> Value {
    let mut question = ask("solo");
    question["stream"] = true.into();
    question
}

async fn idle(gateway: &Gateway) {
    let count = async || gateway.snapshot().await["requests_under_way"].clone();
    eventually("an idle gateway", count, |count| *count == 0).await;
}

/// A gateway for one user, who may have one stream at a time.
async fn for_one(upstream: &Upstream, server: &str) -> Gateway {
    let url = upstream.base_url();
    let config = format!(
        r#"
server: {{ auth: required, {server} }}
plans: {{ one: {{ tiers: [free], limits: {{ concurrent_streams: 1 }} }} }}
keys: {{ ada: {{ key: "{KEY}", user: ada, plan: one }} }}
providers: {{ vendor: {{ adapter: openai, base_url: "{url}" }} }}
models: {{ solo: {{ tier: free, {FREE}, chain: [{{ provider: vendor, model: m }}] }} }}
"#
    );
    Gateway::start(&config).await
}

/// Demands that the gateway resets this answer.
async fn assert_reset(body: h2::RecvStream) {
    let error = broken(body).await;
    assert!(error.as_ref().is_some_and(h2::Error::is_reset), "{error:?}");
}

async fn kill(gateway: &Gateway) -> Value {
    let client = gateway.client().with_key(KEY);
    client.post("/v1/user/streams/kill", value!({})).await.json()
}

#[tokio::test]
async fn a_killed_stream_that_nobody_reads_is_gone_at_once() {
    let upstream = Upstream::start().await;
    upstream.always(begins(&["a"]).then_stall());
    let gateway = for_one(&upstream, "").await;
    let mut client = Unreading::connect(&gateway, 0).await.with_key(KEY);
    for _ in 0..3 {
        // Each time its place is free again.
        let body = client.ask(stream()).await;
        assert_eq!(kill(&gateway).await, value!({ "killed_streams": 1 }));
        upstream.hung_up().await;
        assert_reset(body).await;
        idle(&gateway).await;
    }
}

#[tokio::test]
async fn a_stream_killed_before_its_target_has_answered_is_gone_as_well() {
    let upstream = Upstream::start().await;
    upstream.always(never_answers());
    let gateway = for_one(&upstream, "stream_head_after: 10ms").await;
    let mut client = Unreading::connect(&gateway, 0).await.with_key(KEY);
    let body = client.ask(stream()).await;
    assert_eq!(kill(&gateway).await, value!({ "killed_streams": 1 }));
    upstream.hung_up().await;
    assert_reset(body).await;
    idle(&gateway).await;
}

#[tokio::test]
async fn with_http1_the_connection_of_a_killed_stream_is_closed() {
    let upstream = Upstream::start().await;
    let piece = "a".repeat(64 << 10);
    upstream.reply(begins(&vec![piece.as_str(); 400]).then_stall());
    let gateway = for_one(&upstream, "").await;
    let body = stream().to_string();
    let (members, length) = (format!("authorization: Bearer {KEY}\r\n"), body.len());
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n{members}content-length: {length}\r\n\r\n");
    let client = Raw::sends(&gateway, head + &body).await;
    // Its socket is full, for all that it can see.
    let waiting = async || peeked(&client.stream).await;
    eventually("a full socket", waiting, |bytes| *bytes == WAITING).await;
    assert_eq!(kill(&gateway).await, value!({ "killed_streams": 1 }));
    upstream.hung_up().await;
    idle(&gateway).await;
}

const WAITING: usize = 32 << 10;

/// How many bytes wait to be read, of those that are looked at.
async fn peeked(stream: &TcpStream) -> usize {
    let mut bytes = vec![0; WAITING];
    stream.peek(&mut bytes).await.unwrap()
}

#[tokio::test]
async fn a_connection_with_a_closed_window_holds_no_slots_beyond_its_time() {
    let scene = Scene::with_server("write_timeout: 200ms").await;
    scene.first.answer(|request| {
        let streams = request.json()["stream"] == true;
        if streams {
            begins(&["a"]).then_stall()
        } else {
            huge_json(1 << 20)
        }
    });
    let mut client = Unreading::connect(&scene.gateway, 0).await;
    let mut bodies = Vec::new();
    for index in 0..100 {
        let question = if index % 2 == 0 { stream() } else { ask("solo") };
        bodies.push(client.ask(question).await);
    }
    for body in bodies {
        assert_reset(body).await;
    }
    idle(&scene.gateway).await;
    // The connection itself has done nothing wrong.
    let body = client.ask(stream()).await;
    assert_reset(body).await;
}

#[tokio::test]
async fn an_answer_that_is_read_does_not_keep_another_that_is_not() {
    let scene = Scene::with_server("write_timeout: 200ms, keep_alive: 20ms").await;
    let gate = Gate::new();
    scene
        .first
        .always(streams(&["read ", "to the end"]).pause_before(2, &gate));
    let mut client = Unreading::connect(&scene.gateway, 600).await;
    let mut read = client.ask(stream()).await;
    // It takes its first bytes, and no comment beyond them.
    let unread = client.ask(stream()).await;
    let mut text = String::new();
    let reading = async {
        while let Some(data) = read.data().await {
            let data = data.unwrap();
            read.flow_control().release_capacity(data.len()).unwrap();
            text += &String::from_utf8_lossy(&data);
        }
    };
    let other = async {
        assert_reset(unread).await;
        gate.open_forever();
    };
    tokio::join!(reading, other);
    assert!(text.contains("to the end") && text.contains("[DONE]"), "{text}");
}

#[tokio::test]
async fn a_deadline_ends_a_stream_that_nobody_reads() {
    let scene = Scene::with(Setup {
        routing: "retry_count: 0, deadline: 200ms",
        ..Setup::default()
    })
    .await;
    scene.first.always(begins(&["a"]).then_stall());
    let mut client = Unreading::connect(&scene.gateway, 0).await;
    let body = client.ask(stream()).await;
    scene.first.hung_up().await;
    assert_reset(body).await;
    idle(&scene.gateway).await;
    let told = async || scene.gateway.logs().contains("not read by its client");
    eventually("a line that says why", told, |told| *told).await;
}
