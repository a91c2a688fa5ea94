//! Collectors that are away, refuse, or never answer: requests are served as ever, and what is lost is counted.

use std::time::Instant;

use http::StatusCode;
use jackfield_tests::collector::{Collector, Manner};

use super::traced;
use crate::scene::{Scene, ask, eventually, says};

/// How many spans have ended so.
async fn spans(scene: &Scene, outcome: &str) -> f64 {
    let answer = scene.gateway.operator().get("/metrics").await;
    let page = answer.text();
    let line = format!("jackfield_trace_spans_total{{outcome=\"{outcome}\"}} ");
    let line = page.lines().find_map(|found| found.strip_prefix(&line));
    line.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

async fn asks(scene: &Scene, times: usize) {
    for _ in 0..times {
        assert_eq!(scene.client().chat(ask("solo")).await.status, 200);
    }
}

#[tokio::test]
async fn a_collector_that_never_answers_slows_nobody_down_and_what_has_no_room_is_counted() {
    let collector = Collector::start().await;
    collector.behave(Manner::Silent);
    let scene = traced(&collector.http(), "max_queued_requests: 3").await;
    scene.first.always(says("hi"));
    let began = Instant::now();
    asks(&scene, 1).await;
    collector.when("a batch", |got| got.headers.len() == 1).await;
    // The exporter waits for its answer now, for ten seconds.
    asks(&scene, 20).await;
    assert!(began.elapsed().as_secs() < 9, "{:?}", began.elapsed());
    let dropped = eventually("drops", async || spans(&scene, "dropped").await, |count| *count > 0.0).await;
    // Each request has at least its own span and that of its attempt.
    assert!(dropped >= 34.0, "{dropped}");
}

#[tokio::test]
async fn a_collector_that_refuses_is_told_once_and_what_it_refuses_is_counted() {
    let collector = Collector::start().await;
    collector.behave(Manner::Refuses(StatusCode::UNAUTHORIZED));
    let scene = traced(&collector.http(), "").await;
    scene.first.always(says("hi"));
    asks(&scene, 1).await;
    eventually(
        "failures",
        async || spans(&scene, "failed").await,
        |count| *count >= 2.0,
    )
    .await;
    assert_eq!(collector.so_far().headers.len(), 1);
    collector.behave(Manner::Takes);
    asks(&scene, 1).await;
    collector.spans(2).await;
    eventually(
        "exports",
        async || spans(&scene, "exported").await,
        |count| *count >= 2.0,
    )
    .await;
}

#[tokio::test]
async fn a_collector_that_comes_back_gets_what_waited() {
    for protocol in ["http", "grpc"] {
        let collector = Collector::start().await;
        collector.behave(Manner::Refuses(StatusCode::SERVICE_UNAVAILABLE));
        let endpoint = if protocol == "http" {
            collector.http()
        } else {
            collector.grpc()
        };
        let scene = traced(&endpoint, &format!("protocol: {protocol}")).await;
        scene.first.always(says("hi"));
        asks(&scene, 1).await;
        collector.when("the first try", |got| got.headers.len() == 1).await;
        collector.behave(Manner::Takes);
        collector.spans(2).await;
    }
}

#[tokio::test]
async fn a_shutdown_sends_what_is_left() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "").await;
    scene.first.always(says("hi"));
    asks(&scene, 3).await;
    scene.gateway.shut_down();
    scene.gateway.ended().await;
    let got = collector.so_far();
    assert!(got.spans.len() >= 6, "{}", got.spans.len());
}

#[tokio::test]
async fn a_collector_that_is_away_is_no_matter_for_requests_and_for_the_shutdown() {
    // Nobody listens there any more.
    let endpoint = Collector::start().await.http();
    let scene = traced(&endpoint, "").await;
    scene.first.always(says("hi"));
    asks(&scene, 3).await;
    scene.gateway.shut_down();
    scene.gateway.ended().await;
}
