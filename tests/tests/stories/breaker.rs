//! Circuit breakers: when a target is skipped, when it is probed, and that a reload forgets nothing.

use jackfield_tests::upstream::{Gate, text};
use serde_json::Value;

use crate::scene::{Scene, Setup, ask, eventually, says};

/// Opens at the second failure and stays open for longer than any story lasts.
const OPENS: &str = "retry_count: 0, breaker: { failures: 2, open_for: 1h }";

/// Opens at the first failure, and a probe may pass soon, but not within the few requests of a story.
const NODS: &str = "retry_count: 0, breaker: { failures: 1, open_for: 1s }";

/// Opens at the first failure, and a probe may pass almost at once.
const BLINKS: &str = "retry_count: 0, breaker: { failures: 1, open_for: 50ms }";

#[tokio::test]
async fn a_target_that_keeps_failing_is_skipped() {
    let scene = Scene::with_routing(OPENS).await;
    scene.first.always(text(500, ""));
    scene.second.always(says("second"));
    let client = scene.client();
    for attempts in [
        "first=overloaded, second=ok;model=second-model",
        "first=overloaded, second=ok;model=second-model",
        "second=ok;model=second-model",
        "second=ok;model=second-model",
    ] {
        let answer = client.chat(ask("duo")).await;
        assert_eq!(answer.header("x-jackfield-attempts"), Some(attempts));
    }
    assert_eq!(scene.first.requests().len(), 2);
}

#[tokio::test]
async fn a_success_between_failures_keeps_it_closed() {
    let scene = Scene::with_routing(OPENS).await;
    let bad = || text(500, "");
    scene.first.reply(bad()).then(says("ok")).then(bad());
    scene.first.then(says("still asked"));
    scene.second.always(says("second"));
    let client = scene.client();
    for expected in ["second", "ok", "second", "still asked"] {
        assert_eq!(client.chat(ask("duo")).await.content(), expected);
    }
}

#[tokio::test]
async fn a_fault_of_the_client_is_not_held_against_the_target() {
    let scene = Scene::with_routing(OPENS).await;
    scene.first.always(text(400, "bad request"));
    let client = scene.client();
    for _ in 0..4 {
        assert_eq!(client.chat(ask("duo")).await.status, 400);
    }
    assert_eq!(scene.first.requests().len(), 4);
}

#[tokio::test]
async fn one_request_probes_and_the_others_go_past_it() {
    let scene = Scene::with_routing(NODS).await;
    let gate = Gate::new();
    scene.first.reply(text(500, ""));
    scene.first.then(says("recovered").after(&gate));
    scene.first.always(says("first"));
    scene.second.always(says("second"));
    let client = scene.client();
    assert_eq!(client.chat(ask("duo")).await.content(), "second");
    scene.first.next_request().await;
    // Requests are sent until one of them is the probe, which waits at the gate.
    let probe = async {
        let probed = |content: &String| content == "recovered";
        eventually("a probe", async || client.chat(ask("duo")).await.content(), probed).await
    };
    let others = async {
        scene.first.next_request().await;
        for _ in 0..5 {
            assert_eq!(client.chat(ask("duo")).await.content(), "second");
        }
        gate.open();
    };
    tokio::join!(probe, others);
    assert_eq!(client.chat(ask("duo")).await.content(), "first");
}

#[tokio::test]
async fn a_probe_that_fails_opens_it_again() {
    let scene = Scene::with_routing(BLINKS).await;
    scene.first.always(text(500, ""));
    scene.second.always(says("second"));
    let client = scene.client();
    for round in 1..=3 {
        let reached = || scene.first.requests().len() >= round;
        let ask = async || client.chat(ask("duo")).await.content();
        let content = eventually("a probe", ask, |_| reached()).await;
        assert_eq!(content, "second");
    }
}

#[tokio::test]
async fn when_all_are_open_the_one_that_opens_soonest_is_tried() {
    let routing = "retry_count: 0, breaker: { failures: 1, open_for: 1h }";
    let scene = Scene::with_routing(routing).await;
    scene.first.reply(text(500, "")).then(says("first again"));
    scene.second.reply(text(500, ""));
    let client = scene.client();
    assert_eq!(client.chat(ask("duo")).await.status, 502);
    let answer = client.chat(ask("duo")).await;
    assert_eq!(answer.content(), "first again");
    assert_eq!(
        answer.header("x-jackfield-attempts"),
        Some("first=ok;model=first-model")
    );
    assert_eq!(scene.second.requests().len(), 1);
}

#[tokio::test]
async fn a_reload_does_not_make_a_dead_target_look_alive() {
    let mut scene = Scene::with_routing(OPENS).await;
    scene.first.always(text(500, ""));
    scene.second.always(says("second"));
    let client = scene.client();
    client.chat(ask("duo")).await;
    client.chat(ask("duo")).await;
    let changed = scene.config(&Setup {
        routing: "retry_count: 1, breaker: { failures: 2, open_for: 1h }",
        ..Setup::default()
    });
    scene.gateway.reconfigure(&changed).await;
    assert_eq!(scene.gateway.snapshot().await["generation"], 2);
    let answer = client.chat(ask("duo")).await;
    assert_eq!(
        answer.header("x-jackfield-attempts"),
        Some("second=ok;model=second-model")
    );
    assert_eq!(scene.first.requests().len(), 2);
}

#[tokio::test]
async fn streams_that_break_off_count_as_failures() {
    let scene = Scene::with_routing(OPENS).await;
    scene.first.always(crate::scene::begins(&["half"]).then_cut());
    scene.second.always(crate::scene::streams(&["whole"]));
    let client = scene.client();
    for _ in 0..2 {
        let stream = client.stream(ask("duo")).await.collect().await;
        assert_eq!(stream.content(), "half");
    }
    let stream = client.stream(ask("duo")).await.collect().await;
    assert_eq!(stream.content(), "whole");
}

#[tokio::test]
async fn its_opening_and_closing_is_logged_and_its_state_is_shown() {
    let scene = Scene::with_routing("retry_count: 0, breaker: { failures: 2, open_for: 1h }").await;
    let target = async || scene.gateway.snapshot().await["targets"][0].clone();
    scene
        .first
        .reply(text(500, ""))
        .then(text(500, ""))
        .then(says("well again"));
    let client = scene.client();
    client.chat(ask("solo")).await;
    let standing = target().await;
    assert_eq!(
        (&standing["provider"], &standing["model"]),
        (&"first".into(), &"first-model".into())
    );
    assert_eq!(
        (&standing["state"], &standing["until"]),
        (&"closed".into(), &Value::Null)
    );
    assert_eq!(standing["consecutive_failures"], 1.0);
    client.chat(ask("solo")).await;
    let standing = target().await;
    assert_eq!(standing["state"], "open");
    assert!(standing["until"].as_u64().is_some());
    // The last resort answers.
    assert_eq!(client.chat(ask("solo")).await.content(), "well again");
    let standing = target().await;
    assert_eq!(
        (&standing["state"], &standing["consecutive_failures"]),
        (&"closed".into(), &0.0.into())
    );
    // Every story of this program writes into the same log.
    let logs = scene.gateway.logs();
    let has = |words: &[&str]| logs.lines().any(|line| words.iter().all(|word| line.contains(word)));
    let target = ["provider=\"first\"", "upstream_model=\"first-model\""];
    let opened = [&["breaker opened", "class=overloaded", "until=\"20"], &target[..]].concat();
    assert!(has(&opened), "{logs}");
    assert!(has(&[&["breaker closed"], &target[..]].concat()), "{logs}");
}
