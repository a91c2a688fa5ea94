//! Streams whose last target is silent: the head goes out without it, and what comes then is an event.

use jackfield_tests::upstream::{Gate, never_answers};
use serde_json::json as value;

use crate::scene::{Scene, ask, assert_complete, begins, eventually, refuses, says, streams};

const MESSAGES: &str = "/v1/messages";

#[tokio::test]
async fn the_head_goes_out_before_the_last_target_has_answered() {
    let scene = Scene::with_server("stream_head_after: 20ms, keep_alive: 20ms, expose_attempts: true").await;
    let gate = Gate::new();
    scene.first.reply(streams(&["at ", "last"]).after(&gate));
    let stream = scene.client().stream(ask("solo")).await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert!(stream.header("x-request-id").is_some());
    assert_eq!(stream.header("x-jackfield-attempts"), None, "not known yet");
    gate.open();
    assert_complete(&stream.collect().await, "at last");
}

#[tokio::test]
async fn a_target_that_has_answered_and_is_silent_is_covered_as_well() {
    let scene = Scene::with_server("stream_head_after: 20ms, keep_alive: 20ms").await;
    let gate = Gate::new();
    scene.first.reply(streams(&["thought"]).pause_before(1, &gate));
    let stream = scene.client().stream(ask("solo")).await;
    gate.open();
    assert_complete(&stream.collect().await, "thought");
}

#[tokio::test]
async fn a_rate_limit_after_the_head_is_an_event_that_says_so() {
    for (path, kind) in [
        ("/v1/chat/completions", "rate_limit_error"),
        (MESSAGES, "rate_limit_error"),
    ] {
        let scene = Scene::with_server("stream_head_after: 20ms").await;
        let gate = Gate::new();
        scene.first.reply(refuses(429, "slow down").after(&gate));
        let mut prompt = ask("solo");
        prompt["max_tokens"] = value!(8);
        let stream = scene.client().stream_from(path, prompt).await;
        assert_eq!(stream.status, 200);
        gate.open();
        let rest = stream.collect().await;
        assert_eq!(rest.events.last().unwrap().json()["error"]["type"], kind);
    }
}

#[tokio::test]
async fn a_failure_after_the_head_is_an_event_with_its_words() {
    let scene = Scene::with_server("stream_head_after: 20ms").await;
    let gate = Gate::new();
    scene.first.reply(refuses(503, "busy").after(&gate));
    let stream = scene
        .client()
        .header("x-request-id", "too-late")
        .stream(ask("solo"))
        .await;
    assert_eq!(stream.status, 200);
    gate.open();
    let rest = stream.collect().await;
    let error = rest.events.last().unwrap().json();
    assert_eq!(error["error"]["code"], "PROVIDER_ERROR");
    assert_eq!(error["error"]["type"], "api_error");
    assert!(!rest.is_done());
    let line = async || {
        let logs = scene.gateway.logs();
        logs.lines()
            .find(|line| line.contains("too-late") && line.contains("jackfield::request"))
            .map(str::to_owned)
    };
    let line = eventually("the line of the request", line, Option::is_some)
        .await
        .unwrap();
    assert!(line.contains("status=502"), "{line}");
}

#[tokio::test]
async fn a_refusal_after_the_head_is_told_in_anthropics_words() {
    let scene = Scene::with_server("stream_head_after: 20ms").await;
    let gate = Gate::new();
    scene.first.reply(refuses(400, "too long").after(&gate));
    let client = scene.client().header("anthropic-version", "2023-06-01");
    let mut question = ask("solo");
    question["max_tokens"] = value!(10);
    let stream = client.stream_from(MESSAGES, question).await;
    gate.open();
    let rest = stream.collect().await;
    let error = rest.events.last().unwrap().json();
    assert_eq!(error["type"], "error");
    assert_eq!(error["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn a_client_that_hangs_up_after_the_head_ends_the_attempt() {
    let scene = Scene::with_server("stream_head_after: 20ms").await;
    scene.first.reply(never_answers());
    let stream = scene.client().stream(ask("solo")).await;
    stream.hang_up();
    scene.first.hung_up().await;
}

#[tokio::test]
async fn a_failure_before_it_keeps_its_status_and_another_target_its_chance() {
    let scene = Scene::with_server("stream_head_after: 1h").await;
    scene.first.reply(refuses(503, "busy"));
    let answer = scene.client().stream(ask("solo")).await;
    assert_eq!(answer.status, 502);
    scene.first.reply(begins(&[]).then_cut());
    scene.second.reply(streams(&["second"]));
    assert_complete(&scene.client().stream(ask("duo")).await.collect().await, "second");
}

#[tokio::test]
async fn a_whole_reply_is_never_begun_ahead() {
    let scene = Scene::with_server("stream_head_after: 1ms").await;
    let gate = Gate::new();
    scene.first.reply(says("whole").after(&gate));
    let client = scene.client();
    let opening = async {
        scene.first.next_request().await;
        // Longer than the head of a stream would take: three requests there and back.
        for _ in 0..3 {
            client.get("/healthz").await;
        }
        gate.open();
    };
    let (answer, ()) = tokio::join!(client.chat(ask("solo")), opening);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.content(), "whole");
}
