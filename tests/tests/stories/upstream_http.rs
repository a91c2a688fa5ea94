//! What upstreams do with HTTP: codings, replies of the other shape, kept connections, and heads of any size.

use jackfield_tests::upstream::{Gate, Reply, json, no_answer, raw, sse, sse_typed, status, text};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::json as value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::scene::{Scene, Setup, ask, assert_complete, refuses, says, streams};

const CODINGS: [&str; 5] = ["gzip", "deflate", "raw-deflate", "br", "zstd"];

async fn anthropic_scene() -> Scene {
    Scene::with(Setup {
        adapter: "anthropic",
        ..Setup::default()
    })
    .await
}

fn speaks() -> Turn {
    Turn::says(&["one ", "two"])
}

#[tokio::test]
async fn coded_replies_are_decoded_and_none_is_asked_for() {
    let scene = Scene::start().await;
    let client = scene.client();
    for coding in CODINGS {
        scene.first.reply(says("plain again").coded(coding));
        let answer = client.chat(ask("solo")).await;
        assert_eq!(answer.content(), "plain again", "{coding}");
        scene.first.reply(refuses(400, "too long").coded(coding));
        let answer = client.chat(ask("solo")).await;
        assert_eq!((answer.status, answer.text()), (400, "too long"), "{coding}");
    }
    let asked = scene.first.next_request().await;
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn the_events_of_a_coded_stream_come_out_as_they_arrive() {
    for coding in CODINGS {
        let scene = Scene::start().await;
        let gate = Gate::new();
        scene
            .first
            .reply(streams(&["one ", "two"]).coded(coding).paced_by(&gate));
        let client = scene.client();
        let asking = async {
            let mut events = client.stream(ask("solo")).await;
            assert_eq!(events.next_content().await, "one ", "{coding}");
            gate.open_forever();
            let rest = events.collect().await;
            assert!(rest.content().ends_with("two") && rest.is_done(), "{coding}");
        };
        let opening = async {
            scene.first.next_request().await;
            // The role, and the first piece.
            gate.open();
            gate.open();
        };
        tokio::join!(asking, opening);
    }
}

#[tokio::test]
async fn a_broken_or_unknown_coding_is_a_broken_reply() {
    let scene = Scene::start().await;
    for (coding, reply) in [("gzip", says("x")), ("gzip", streams(&["x"])), ("compress", says("x"))] {
        scene.first.reply(reply.header("content-encoding", coding));
        scene.second.reply(says("well"));
        let answer = scene.client().chat(ask("duo")).await;
        assert_eq!(
            answer.header("x-jackfield-attempts"),
            Some("first=malformed, second=ok;model=second-model"),
            "{coding}"
        );
    }
}

#[tokio::test]
async fn a_document_in_place_of_a_stream_becomes_one() {
    let scene = Scene::start().await;
    scene.first.reply(json(200, openai::completion(&speaks(), 1)));
    assert_complete(&scene.client().stream(ask("solo")).await.collect().await, "one two");
    // Whatever its content type says.
    let mislabelled = raw([openai::completion(&speaks(), 1).to_string()]);
    scene.first.reply(mislabelled.byte_by_byte());
    assert_complete(&scene.client().stream(ask("solo")).await.collect().await, "one two");
    let scene = anthropic_scene().await;
    scene.first.reply(json(200, anthropic::message(&speaks())));
    assert_complete(&scene.client().stream(ask("solo")).await.collect().await, "one two");
    scene.first.reply(json(200, anthropic::message(&speaks())));
    let request = value!({ "model": "solo", "max_tokens": 9, "stream": true,
        "messages": [{ "role": "user", "content": "hello" }] });
    let answer = scene
        .client()
        .header("anthropic-version", "2023-06-01")
        .post("/v1/messages", request)
        .await;
    assert!(
        answer.text().contains("one two") && answer.text().contains("event: message_stop"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn an_error_in_place_of_a_stream_keeps_its_class_and_its_wait() {
    let slow = value!({ "error": { "message": "slow down", "type": "rate_limit_error", "code": null } });
    let spent = value!({ "error": { "message": "no money", "type": "insufficient_quota", "code": null } });
    for (error, class) in [(slow, "rate-limited"), (spent, "refused")] {
        for reply in [json(200, &error), raw([error.to_string()])] {
            let scene = Scene::start().await;
            scene.first.reply(reply.header("retry-after", "3600"));
            scene.second.reply(streams(&["well"]));
            let stream = scene.client().stream(ask("duo")).await;
            let attempts = format!("first={class}, second=ok;model=second-model");
            assert_eq!(stream.header("x-jackfield-attempts"), Some(&*attempts));
            assert_complete(&stream.collect().await, "well");
        }
    }
}

#[tokio::test]
async fn a_stream_in_place_of_a_document_becomes_one() {
    let scene = Scene::start().await;
    scene.first.reply(sse(openai::chunks(&speaks(), 1, true)));
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(answer.content(), "one two");
    assert_eq!(answer.json()["object"], "chat.completion");
    // One that breaks off is no answer.
    scene.first.reply(sse(&openai::chunks(&speaks(), 1, true)[..2]));
    scene.second.reply(says("well"));
    assert_eq!(scene.client().chat(ask("duo")).await.content(), "well");
    let scene = anthropic_scene().await;
    let reply = || sse_typed(&anthropic::events(&speaks()));
    scene.first.reply(reply()).then(reply());
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "one two");
    let request = value!({ "model": "solo", "max_tokens": 9, "messages": [{ "role": "user", "content": "hello" }] });
    let answer = scene
        .client()
        .header("anthropic-version", "2023-06-01")
        .post("/v1/messages", request)
        .await;
    assert_eq!(answer.json()["content"][0]["text"], "one two");
}

#[tokio::test]
async fn a_whole_last_line_needs_no_line_end() {
    let scene = anthropic_scene().await;
    let whole = |turn: &Turn| {
        let reply = sse_typed(&anthropic::events(turn)).in_one_write();
        let length = reply.len() - 2;
        (reply, length)
    };
    let (reply, length) = whole(&speaks());
    scene.first.reply(reply.clone().ends_after(length));
    assert_complete(&scene.client().stream(ask("solo")).await.collect().await, "one two");
    scene.first.reply(reply.ends_after(length - 1));
    let rest = scene.client().stream(ask("solo")).await.collect().await;
    assert!(rest.error().is_some() && !rest.is_done());
}

#[tokio::test]
async fn a_date_in_retry_after_is_understood() {
    let scene = Scene::start().await;
    let busy = refuses(429, "slow down")
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("retry-after", "Sunday, 06-Nov-94 09:49:37 GMT");
    scene.first.reply(busy);
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(answer.header("retry-after"), Some("3600"));
}

#[tokio::test]
async fn an_error_that_does_not_end_is_an_error_all_the_same() {
    let scene = Scene::start().await;
    let endless = text(400, "that is ").write("not allowed").then_stall();
    scene.first.reply(endless);
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("that is not allowed"), "{}", answer.text());
}

#[tokio::test]
async fn a_page_in_front_of_an_upstream_is_not_the_clients_fault_and_not_quoted() {
    let scene = Scene::start().await;
    for page in [
        "<html><h1>Bad Request</h1></html>",
        "<!DOCTYPE html>\n<body>Bad Request</body>",
    ] {
        scene.first.reply(text(400, page).header("content-type", "text/html"));
        scene.second.reply(says("well"));
        let answer = scene.client().chat(ask("duo")).await;
        assert_eq!(answer.content(), "well");
        assert_eq!(
            answer.header("x-jackfield-attempts"),
            Some("first=refused, second=ok;model=second-model")
        );
    }
    assert!(!scene.gateway.logs().contains("<h1>"));
}

#[tokio::test]
async fn a_kept_connection_that_is_gone_is_replaced_once() {
    let scene = Scene::start().await;
    let client = scene.client();
    scene.first.reply(says("one")).then(no_answer()).then(says("two"));
    assert_eq!(client.chat(ask("solo")).await.content(), "one");
    let answer = client.chat(ask("solo")).await;
    assert_eq!(answer.content(), "two");
    assert_eq!(
        answer.header("x-jackfield-attempts"),
        Some("first=ok;model=first-model")
    );
    assert_eq!(scene.first.requests().len(), 3);
    // A fresh connection that ends in the same way is not tried again.
    scene.first.reply(no_answer()).then(no_answer()).then(says("three"));
    assert_eq!(client.chat(ask("solo")).await.status, 502);
}

#[tokio::test]
async fn a_reply_may_have_hundreds_of_headers_in_any_script() {
    let scene = Scene::start().await;
    let mut reply = says("a big head");
    for number in 0..200 {
        reply = reply.header(&format!("x-limit-{number}"), "1");
    }
    scene.first.reply(reply.header("x-big", &"a".repeat(60_000)));
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "a big head");
}

#[tokio::test]
async fn interim_responses_are_passed_over_unless_they_have_no_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let scene = Scene::with(Setup {
        base_url: Some(&base_url),
        ..Setup::default()
    })
    .await;
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let body = openai::completion(&Turn::says(&["after hints"]), 1).to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    for (hints, attempts) in [
        (10, "first=ok;model=first-model"),
        (100_000, "first=overloaded, second=ok;model=second-model"),
    ] {
        scene.second.reply(says("well"));
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 * 1024];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            // The gateway may have left before all of it is written.
            let _ = stream
                .write_all([&hint.repeat(hints), &*head, &*body].concat().as_bytes())
                .await;
        };
        let client = scene.client();
        let (answer, ()) = tokio::join!(client.chat(ask("duo")), answering);
        assert_eq!(answer.header("x-jackfield-attempts"), Some(attempts));
    }
}

#[tokio::test]
async fn lawful_oddities_of_a_body_are_no_fault() {
    let scene = Scene::start().await;
    let completion = openai::completion(&speaks(), 1).to_string();
    let odd: [Reply; 4] = [
        status(200).write(format!("\u{FEFF}{completion}")),
        status(200).write("\n\n").write("\r\n").write(completion.clone()),
        status(201)
            .header("content-encoding", "identity")
            .write(completion.clone()),
        text(200, &format!("{completion}\n\n")),
    ];
    for reply in odd {
        scene.first.reply(reply);
        assert_eq!(scene.client().chat(ask("solo")).await.content(), "one two");
    }
}
