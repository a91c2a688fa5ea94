//! What the server does not take: too much, too slowly, too many at once, or nothing that it knows.

use jackfield_tests::upstream::Gate;
use serde_json::{Value, json as value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scene::{Scene, ask, eventually, says};

const CHAT: &str = "/v1/chat/completions";

/// Sends these bytes and reads until the server closes the connection.
async fn exchange(scene: &Scene, bytes: &str) -> String {
    let mut stream = TcpStream::connect(scene.gateway.address()).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    jackfield_tests::patience::patiently("the connection's end", reading)
        .await
        .unwrap();
    answer
}

fn head(members: &str) -> String {
    format!("POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{members}\r\n")
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_not_read() {
    let scene = Scene::with_server("max_body_bytes: 1000").await;
    // Nothing of it is ever sent.
    let answer = exchange(&scene, &head("content-length: 1001\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("x-error-code: REQUEST_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn a_body_that_turns_out_too_large_is_refused() {
    let scene = Scene::with_server("max_body_bytes: 1000").await;
    let chunk = format!("3e9\r\n{}\r\n", "a".repeat(1001));
    let answer = exchange(&scene, &(head("transfer-encoding: chunked\r\n") + &chunk)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.ends_with("The body is larger than 1000 bytes."), "{answer}");
}

#[tokio::test]
async fn a_body_at_the_limit_is_served() {
    let mut question = ask("solo");
    let length = question.to_string().len();
    question["user"] = "u".repeat(1000 - length - r#","user":"""#.len()).into();
    assert_eq!(question.to_string().len(), 1000);
    let scene = Scene::with_server("max_body_bytes: 1000").await;
    scene.first.reply(says("fits"));
    assert_eq!(scene.client().chat(question).await.content(), "fits");
}

#[tokio::test]
async fn a_body_that_is_no_request_names_the_field() {
    let scene = Scene::start().await;
    let message = value!([{ "role": "user", "content": "hi" }]);
    for (body, field) in [
        ("{oops".to_owned(), "body: is not a JSON object"),
        ("[]".to_owned(), "body: is not a JSON object"),
        (String::new(), "body: is not a JSON object"),
        (value!({ "messages": message }).to_string(), "model: is missing"),
        (
            value!({ "model": 7, "messages": message }).to_string(),
            "model: must be",
        ),
        (value!({ "model": "solo" }).to_string(), "messages: is missing"),
        (
            value!({ "model": "solo", "messages": "hi" }).to_string(),
            "messages: must be",
        ),
        (
            value!({ "model": "solo", "messages": [] }).to_string(),
            "messages: is empty",
        ),
        (
            value!({ "model": "solo", "messages": message, "stream": "yes" }).to_string(),
            "stream: must be",
        ),
    ] {
        let answer = scene.client().post_text(CHAT, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.error_code(), Some("INVALID_REQUEST"));
        assert!(answer.text().starts_with(field), "{body}: {}", answer.text());
    }
    assert_eq!(scene.first.requests().len(), 0);
}

#[tokio::test]
async fn an_unknown_model_is_a_400() {
    let scene = Scene::start().await;
    let answer = scene.client().chat(ask("nobody")).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_MODEL")));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn another_content_type_is_a_415() {
    let scene = Scene::start().await;
    let client = scene.client().header("content-type", "text/plain");
    let answer = client.chat(ask("solo")).await;
    assert_eq!(answer.status, 415);
    assert_eq!(answer.error_code(), Some("UNSUPPORTED_MEDIA_TYPE"));
    scene.first.reply(says("hi"));
    let client = scene.client().header("content-type", "application/json; charset=utf-8");
    assert_eq!(client.chat(ask("solo")).await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_have_their_codes() {
    let client = Scene::start().await;
    let client = client.client();
    let answer = client.get("/v1/nothing").await;
    assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
    let answer = client.get(CHAT).await;
    assert_eq!((answer.status, answer.error_code()), (405, Some("METHOD_NOT_ALLOWED")));
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = client.post("/v1/models", value!({})).await;
    assert_eq!((answer.status, answer.error_code()), (405, Some("METHOD_NOT_ALLOWED")));
}

#[tokio::test]
async fn errors_can_be_json() {
    let scene = Scene::with_server("error_format: json").await;
    let answer = scene.client().chat(ask("nobody")).await;
    assert_eq!(answer.error_code(), Some("INVALID_MODEL"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let error = answer.json();
    assert_eq!(error["error"]["type"], "invalid_request_error");
    assert_eq!(error["error"]["code"], "INVALID_MODEL");
    assert_eq!(error["error"]["param"], Value::Null);
    assert!(error["error"]["message"].as_str().unwrap().contains("nobody"));
}

#[tokio::test]
async fn who_dawdles_with_the_head_is_cut_off() {
    let scene = Scene::with_server("header_timeout: 100ms").await;
    let answer = exchange(&scene, "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n").await;
    assert!(!answer.contains("200 OK"), "{answer}");
    assert_eq!(exchange(&scene, "").await, "");
}

#[tokio::test]
async fn who_dawdles_with_the_body_gets_a_408() {
    let scene = Scene::with_server("body_timeout: 100ms").await;
    let request = head("content-length: 100\r\n") + "{\"model\": ";
    let answer = exchange(&scene, &request).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("x-error-code: REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_reaches_no_upstream() {
    let scene = Scene::start().await;
    let mut stream = TcpStream::connect(scene.gateway.address()).await.unwrap();
    let request = head("content-length: 1000\r\n") + "{\"model\": \"solo\"";
    stream.write_all(request.as_bytes()).await.unwrap();
    drop(stream);
    let idle = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    eventually("an idle gateway", idle, |count| *count == 0).await;
    assert_eq!(scene.first.requests().len(), 0);
}

#[tokio::test]
async fn beyond_the_limit_of_concurrent_requests_load_is_shed() {
    let scene = Scene::with_server("max_concurrent_requests: 1").await;
    let gate = Gate::new();
    scene.first.reply(says("served").after(&gate));
    let client = scene.client();
    let served = client.chat(ask("solo"));
    let shed = async {
        scene.first.next_request().await;
        let answer = client.chat(ask("solo")).await;
        assert_eq!((answer.status, answer.error_code()), (503, Some("OVERLOADED")));
        assert_eq!(answer.header("retry-after"), Some("1"));
        // What costs nothing is served all the same.
        assert_eq!(client.get("/healthz").await.status, 200);
        assert_eq!(client.get("/v1/models").await.status, 200);
        gate.open();
    };
    let (served, ()) = tokio::join!(served, shed);
    assert_eq!(served.content(), "served");
    scene.first.reply(says("room again"));
    assert_eq!(client.chat(ask("solo")).await.content(), "room again");
}

#[tokio::test]
async fn a_running_stream_counts_until_it_ends() {
    let scene = Scene::with_server("max_concurrent_requests: 1").await;
    let gate = Gate::new();
    scene
        .first
        .reply(crate::scene::streams(&["a", "b"]).pause_before(2, &gate));
    let client = scene.client();
    let mut stream = client.stream(ask("solo")).await;
    stream.next_content().await;
    assert_eq!(client.chat(ask("solo")).await.status, 503);
    gate.open();
    stream.collect().await;
    scene.first.always(says("room again"));
    let status = async || client.chat(ask("solo")).await.status;
    eventually("room", status, |status| *status == 200).await;
}
