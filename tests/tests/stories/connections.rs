//! A client's connection: half closed, refused midway, idle, unread, and not of the usual form.

use std::time::{Duration, Instant};

use jackfield_tests::patience::patiently;
use jackfield_tests::upstream::{Gate, huge_json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scene::{Scene, Setup, ask, eventually, says, streams};

const CHAT: &str = "/v1/chat/completions";

/// More than the sockets between client and gateway hold.
const LARGE: usize = 24 << 20;

/// A client that sees every byte.
struct RawClient {
    stream: TcpStream,
    read: String,
}

// === impl RawClient ===

impl RawClient {
    async fn connect(scene: &Scene) -> Self {
        let stream = TcpStream::connect(scene.gateway.address()).await.unwrap();
        Self {
            stream,
            read: String::new(),
        }
    }

    /// One that has sent this.
    async fn sends(scene: &Scene, bytes: &str) -> Self {
        let mut client = Self::connect(scene).await;
        client.stream.write_all(bytes.as_bytes()).await.unwrap();
        client
    }

    /// Closes its sending side only.
    async fn sends_no_more(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Reads until this has come.
    async fn until(&mut self, what: &str) {
        let mut buffer = [0; 4096];
        while !self.read.contains(what) {
            let read = patiently(what, self.stream.read(&mut buffer)).await.unwrap();
            assert_ne!(read, 0, "{what} never came: {}", self.read);
            self.read += std::str::from_utf8(&buffer[..read]).unwrap();
        }
    }

    /// Everything up to the connection's end.
    async fn rest(mut self) -> String {
        patiently("the connection's end", self.stream.read_to_string(&mut self.read))
            .await
            .unwrap();
        self.read
    }
}

/// A request with these headers besides.
fn request(path: &str, members: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{members}content-length: {length}\r\n\r\n{body}")
}

fn question(stream: bool) -> String {
    let mut question = ask("solo");
    question["stream"] = stream.into();
    request(CHAT, "", &question.to_string())
}

#[tokio::test]
async fn a_client_that_sends_no_more_gets_its_whole_answer() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(says("for who listens").after(&gate));
    let mut client = RawClient::sends(&scene, &question(false)).await;
    client.sends_no_more().await;
    scene.first.next_request().await;
    gate.open();
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("for who listens"), "{answer}");
}

#[tokio::test]
async fn after_a_while_it_is_asked_whether_it_still_listens() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(says("it does").after(&gate));
    let mut client = RawClient::sends(&scene, &question(false)).await;
    client.sends_no_more().await;
    client.until("HTTP/1.1 100 Continue\r\n\r\n").await;
    gate.open();
    let answer = client.rest().await;
    assert!(answer.contains("100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("it does"), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_no_more_gets_its_stream_to_the_end() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(streams(&["to ", "the end"]).pause_before(2, &gate));
    let mut client = RawClient::sends(&scene, &question(true)).await;
    client.until("to ").await;
    client.sends_no_more().await;
    client.until(": keep-alive").await;
    gate.open();
    let answer = client.rest().await;
    assert!(answer.contains("the end") && answer.contains("[DONE]"), "{answer}");
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_a_400_for_who_still_listens() {
    let scene = Scene::start().await;
    let cut = format!("POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{{\"model\"");
    let mut client = RawClient::sends(&scene, &cut).await;
    client.sends_no_more().await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(scene.first.requests().len(), 0);
}

#[tokio::test]
async fn who_is_refused_while_still_sending_can_read_why() {
    let scene = Scene::with_server("max_body_bytes: 1000").await;
    let body = "a".repeat(LARGE);
    for (status, path, members) in [
        (413, CHAT, ""),
        (404, "/v1/nothing", ""),
        (405, "/v1/models", ""),
        (415, CHAT, "content-type: text/plain\r\n"),
        (415, CHAT, "content-encoding: compress\r\n"),
        (413, "/v1/messages", "anthropic-version: 2023-06-01\r\n"),
        (400, CHAT, "host: localhost\r\n"),
    ] {
        // Only once all is sent, it reads.
        let client = RawClient::sends(&scene, &request(path, members, &body)).await;
        let answer = client.rest().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path} {members}: {answer}"
        );
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn without_a_key_a_large_request_is_a_401() {
    let scene = Scene::with(Setup {
        server: "auth: required",
        ..Setup::default()
    })
    .await;
    let client = RawClient::sends(&scene, &request(CHAT, "", &"a".repeat(LARGE))).await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(
        answer.contains("www-authenticate: Bearer realm=\"jackfield\"\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_small_refusal_keeps_the_connection() {
    let scene = Scene::start().await;
    scene.first.reply(says("after all"));
    let mut client = RawClient::sends(&scene, &request("/v1/nothing", "", "{}")).await;
    client.until("There is nothing at").await;
    assert!(!client.read.contains("connection: close"), "{}", client.read);
    client.stream.write_all(question(false).as_bytes()).await.unwrap();
    client.until("after all").await;
}

#[tokio::test]
async fn an_idle_connection_has_a_clock_of_its_own() {
    let scene = Scene::with_server("header_timeout: 50ms, idle_timeout: 400ms").await;
    let mut client = RawClient::sends(&scene, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    client.until("200 OK").await;
    let idle = Instant::now();
    client.rest().await;
    assert!(idle.elapsed() >= Duration::from_millis(300), "{:?}", idle.elapsed());
}

#[tokio::test]
async fn the_next_head_has_the_clock_of_heads() {
    let scene = Scene::with_server("header_timeout: 50ms, idle_timeout: 1h").await;
    let mut client = RawClient::sends(&scene, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    client.until("200 OK").await;
    client.stream.write_all(b"GET /hea").await.unwrap();
    client.rest().await;
}

#[tokio::test]
async fn who_reads_nothing_is_left_and_the_row_says_so() {
    let scene = Scene::with_server("write_timeout: 100ms").await;
    scene.first.reply(huge_json(LARGE));
    let members = "x-request-id: never-read\r\n";
    let mut client = RawClient::sends(&scene, &request(CHAT, members, &ask("solo").to_string())).await;
    client.until("200 OK").await;
    let idle = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    eventually("an idle gateway", idle, |count| *count == 0).await;
    let line = async || line_of(&scene, "never-read");
    let line = eventually("the line of the request", line, Option::is_some)
        .await
        .unwrap();
    assert!(line.contains("not taken in full: the client stopped reading"), "{line}");
}

/// The line of this request in the log.
fn line_of(scene: &Scene, id: &str) -> Option<String> {
    let logs = scene.gateway.logs();
    let line = logs.lines().find(|line| line.contains(id))?;
    Some(line.to_owned())
}

#[tokio::test]
async fn a_shutdown_waits_until_a_slow_client_has_read_everything() {
    let scene = Scene::start().await;
    scene.first.reply(huge_json(LARGE));
    let members = "x-request-id: slow-reader\r\n";
    let mut client = RawClient::sends(&scene, &request(CHAT, members, &ask("solo").to_string())).await;
    client.until("200 OK").await;
    scene.gateway.shut_down();
    let ready = async || scene.client().get("/readyz").await.status;
    eventually("the end of readiness", ready, |status| *status == 503).await;
    let answer = client.rest().await;
    assert_eq!(answer.matches('a').count() / LARGE, 1);
    assert!(answer.ends_with('}'));
    scene.gateway.ended().await;
    let line = line_of(&scene, "slow-reader").unwrap();
    assert!(line.contains(" ok "), "{line}");
}

#[tokio::test]
async fn a_reply_that_a_shutdown_cuts_off_is_not_ok() {
    let scene = Scene::with_server("drain_timeout: 50ms").await;
    scene.first.reply(huge_json(LARGE));
    let members = "x-request-id: cut-off\r\n";
    let mut client = RawClient::sends(&scene, &request(CHAT, members, &ask("solo").to_string())).await;
    client.until("200 OK").await;
    scene.gateway.shut_down();
    scene.gateway.ended().await;
    let line = line_of(&scene, "cut-off").unwrap();
    assert!(
        line.contains("not taken in full: the gateway is shutting down"),
        "{line}"
    );
}

#[tokio::test]
async fn http_1_1_names_its_host_once_and_http_1_0_need_not() {
    let scene = Scene::start().await;
    for (status, head) in [
        (400, "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"),
        (
            400,
            "GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        ),
        (400, "GET /healthz HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n"),
        (200, "GET /healthz HTTP/1.0\r\n\r\n"),
        (
            431,
            &format!(
                "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-a: {}\r\n\r\n",
                "a".repeat(600_000)
            ),
        ),
        (
            400,
            "POST /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n123456",
        ),
    ] {
        let answer = RawClient::sends(&scene, head).await.rest().await;
        let first = answer.lines().next().unwrap_or_default();
        assert!(
            first.contains(&format!(" {status} ")),
            "{}: {first}",
            &head[..60.min(head.len())]
        );
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let scene = Scene::start().await;
    let last = "GET /v1/nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let both = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n{last}");
    let answer = RawClient::sends(&scene, &both).await.rest().await;
    let (first, second) = answer.split_once("HTTP/1.1 404 ").expect("a second answer");
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(second.contains("There is nothing at /v1/nothing."), "{answer}");
}

#[tokio::test]
async fn trailers_of_a_chunked_request_are_read_past() {
    let scene = Scene::start().await;
    scene.first.reply(says("read"));
    let body = ask("solo").to_string();
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\nx-checksum: 7\r\n\r\n");
    let head =
        format!("POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
    let answer = RawClient::sends(&scene, &(head + &chunked)).await.rest().await;
    assert!(answer.contains("\"read\""), "{answer}");
}

#[tokio::test]
async fn a_body_is_asked_for_only_if_it_is_wanted() {
    let scene = Scene::with_server("max_body_bytes: 1000").await;
    let head = |length: usize| {
        format!("POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n")
    };
    let refused = RawClient::sends(&scene, &head(1001)).await.rest().await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    scene.first.reply(says("wanted"));
    let body = ask("solo").to_string();
    let mut client = RawClient::sends(&scene, &head(body.len())).await;
    client.until("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.stream.write_all(body.as_bytes()).await.unwrap();
    client.until("wanted").await;
}
