//! The scripted upstream does what the script says: tests of the tests' own ground.

use serde_json::json as value;

use super::*;
use crate::client::{Client, Ending};

fn client(upstream: &Upstream) -> Client {
    Client::new(format!("http://{}", upstream.address()))
}

fn chunk(content: &str) -> String {
    value!({ "choices": [{ "index": 0, "delta": { "content": content } }] }).to_string()
}

#[tokio::test]
async fn replies_come_in_the_order_of_the_script() {
    let upstream = Upstream::start().await;
    upstream
        .reply(status(503).header("retry-after", "1"))
        .then(json(200, value!({ "a": 1 })));
    let client = client(&upstream);
    let first = client.chat(value!({})).await;
    assert_eq!((first.status, first.header("retry-after")), (503, Some("1")));
    assert_eq!(upstream.replies_left(), 1);
    assert_eq!(client.chat(value!({})).await.json(), value!({ "a": 1 }));
    assert_eq!(client.chat(value!({})).await.status, 501);
}

#[tokio::test]
async fn requests_are_remembered_and_can_be_waited_for() {
    let upstream = Upstream::start().await;
    upstream.answer(|request| text(200, &request.path));
    let client = client(&upstream).header("x-test", "yes");
    let answer = client.post("/v1/a?b=c", value!({ "n": 1 })).await;
    assert_eq!(answer.text(), "/v1/a?b=c");
    let request = upstream.next_request().await;
    assert_eq!(request.json(), value!({ "n": 1 }));
    assert_eq!(request.header("x-test"), Some("yes"));
    assert_eq!(client.get("/x").await.status, 200);
    assert_eq!(upstream.next_request().await.path, "/x");
    assert_eq!(upstream.requests().len(), 2);
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_stream_ends_with_done_unless_told_otherwise() {
    let upstream = Upstream::start().await;
    upstream
        .reply(sse([chunk("a"), chunk("b")]))
        .then(sse([chunk("c")]).without_done());
    let client = client(&upstream);
    let with = client.stream(value!({})).await.collect().await;
    assert_eq!((with.content().as_str(), with.is_done()), ("ab", true));
    let without = client.stream(value!({})).await.collect().await;
    assert_eq!((without.content().as_str(), without.is_done()), ("c", false));
    assert_eq!(without.ending, Ending::Clean);
}

#[tokio::test]
async fn splits_change_no_event() {
    let upstream = Upstream::start().await;
    let reply = sse_named([("message_stop", "{\"é\":1}"), ("ping", "{}")]);
    upstream
        .reply(reply.clone().byte_by_byte())
        .then(reply.clone().in_one_write());
    for offset in 1..reply.len() {
        upstream.reply(reply.clone().split_at(offset));
    }
    let client = client(&upstream);
    while upstream.replies_left() > 0 {
        let read = client.stream(value!({})).await.collect().await;
        let names: Vec<_> = read.events.iter().map(|event| event.name.as_deref()).collect();
        assert_eq!(names, [Some("message_stop"), Some("ping")]);
        assert_eq!(read.events[0].json(), value!({ "é": 1 }));
    }
}

#[tokio::test]
async fn each_opening_of_the_gate_lets_one_write_pass() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.reply(sse([chunk("a"), chunk("b")]).paced_by(&gate));
    upstream.always(status(200));
    let client = client(&upstream);
    let mut events = client.stream(value!({})).await;
    for expected in ["a", "b"] {
        // By the time of this answer, anything that had passed would be here.
        client.get("/").await;
        let early = tokio::select! {
            biased;
            content = events.next_content() => Some(content),
            () = std::future::ready(()) => None,
        };
        assert_eq!(early, None);
        gate.open();
        assert_eq!(events.next_content().await, expected);
    }
    gate.open_forever();
    assert!(events.collect().await.is_done());
}

#[tokio::test]
async fn the_head_can_wait_for_a_gate() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream
        .reply(text(200, "late").after(&gate))
        .always(text(200, "at once"));
    let client = client(&upstream);
    let answers = async { tokio::join!(client.get("/late"), client.get("/")) };
    let opening = async {
        upstream.next_request().await;
        upstream.next_request().await;
        gate.open();
    };
    let ((late, _), ()) = tokio::join!(answers, opening);
    assert_eq!(late.status, 200);
}

#[tokio::test]
async fn the_end_of_a_body_can_wait_for_a_gate() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.reply(sse([chunk("a")]).without_done().pause_before(1, &gate));
    let mut events = client(&upstream).stream(value!({})).await;
    assert_eq!(events.next_content().await, "a");
    gate.open();
    let rest = events.collect().await;
    assert_eq!((rest.events.len(), rest.ending), (0, Ending::Clean));
}

#[tokio::test]
async fn a_cut_body_breaks_the_connection_after_its_last_write() {
    let upstream = Upstream::start().await;
    upstream.reply(sse([chunk("a")]).without_done().then_cut());
    upstream.reply(json(200, chunk("whole")).cut_after(5));
    let client = client(&upstream);
    for events in [1, 0] {
        let read = client.stream(value!({})).await.collect().await;
        assert_eq!(read.events.len(), events);
        assert!(matches!(read.ending, Ending::Cut(_)), "{:?}", read.ending);
    }
    assert_eq!(upstream.hang_ups(), 0);
}

#[tokio::test]
async fn a_client_that_leaves_a_stalled_body_is_noticed() {
    let upstream = Upstream::start().await;
    upstream.reply(sse([chunk("a")]).without_done().then_stall());
    let mut events = client(&upstream).stream(value!({})).await;
    assert_eq!(events.next_content().await, "a");
    assert_eq!(upstream.hang_ups(), 0);
    events.hang_up();
    upstream.hung_up().await;
}

#[tokio::test]
async fn a_client_that_gives_up_waiting_for_the_head_is_noticed() {
    let upstream = Upstream::start().await;
    upstream.reply(never_answers());
    let client = client(&upstream);
    tokio::select! {
        answer = client.chat(value!({})) => panic!("answered: {answer:?}"),
        request = upstream.next_request() => assert_eq!(request.path, "/v1/chat/completions"),
    }
    upstream.hung_up().await;
}

#[tokio::test]
async fn a_complete_reply_is_no_hang_up() {
    let upstream = Upstream::start().await;
    upstream.always(sse([chunk("a")]));
    client(&upstream).stream(value!({})).await.collect().await;
    client(&upstream).chat(value!({})).await;
    assert_eq!((upstream.requests().len(), upstream.hang_ups()), (2, 0));
}

#[tokio::test]
async fn huge_replies_are_as_big_as_asked() {
    let upstream = Upstream::start().await;
    upstream.reply(huge_json(3_000_000)).then(huge_event(2_000_000));
    let client = client(&upstream);
    assert_eq!(client.chat(value!({})).await.content().len(), 3_000_000);
    let read = client.stream(value!({})).await.collect().await;
    assert_eq!((read.content().len(), read.events.len()), (2_000_000, 2));
}

#[tokio::test]
async fn redirects_name_their_target() {
    let upstream = Upstream::start().await;
    upstream.reply(redirect(307, "http://127.0.0.1:1/"));
    let answer = client(&upstream).chat(value!({})).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some("http://127.0.0.1:1/"))
    );
}

#[tokio::test]
async fn a_dropped_request_breaks_the_connection() {
    let upstream = Upstream::start().await;
    upstream.reply(no_answer());
    let mut stream = tokio::net::TcpStream::connect(upstream.address())
        .await
        .expect("connects");
    let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request)
        .await
        .expect("writes");
    let mut answer = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
    // The system may report the closing as a reset.
    assert!(answer.is_empty() && matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_refusing_address_refuses() {
    let nobody = refusing();
    let error = tokio::net::TcpStream::connect(nobody.address())
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(nobody.base_url(), format!("http://{}/v1", nobody.address()));
}
