//! Shutting down: readiness goes first, what runs may finish, and what runs too long is told so.

use jackfield_tests::client::Ending;
use jackfield_tests::upstream::{Gate, never_answers};

use crate::scene::{Scene, ask, assert_broke_off, assert_complete, begins, eventually, says, streams};

/// Begins the shutdown, and waits until it shows.
async fn drains(scene: &Scene) {
    scene.gateway.shut_down();
    let client = scene.client();
    let ready = async || client.get("/readyz").await.status;
    eventually("the end of readiness", ready, |status| *status == 503).await;
}

#[tokio::test]
async fn readiness_goes_off_and_a_running_stream_finishes() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(streams(&["to ", "the end"]).pause_before(2, &gate));
    let client = scene.client();
    assert_eq!(client.get("/readyz").await.status, 200);
    let mut stream = client.stream(ask("solo")).await;
    assert_eq!(stream.next_content().await, "to ");

    drains(&scene).await;
    let answer = client.chat(ask("solo")).await;
    assert_eq!((answer.status, answer.error_code()), (503, Some("OVERLOADED")));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(client.get("/readyz").await.error_code(), Some("OVERLOADED"));
    assert_eq!(client.get("/healthz").await.status, 200);

    gate.open();
    assert_complete(&stream.collect().await, "the end");
    scene.gateway.ended().await;
}

#[tokio::test]
async fn a_buffered_request_finishes_too() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(says("finished").after(&gate));
    let client = scene.client();
    let draining = async {
        scene.first.next_request().await;
        drains(&scene).await;
        gate.open();
    };
    let (answer, ()) = tokio::join!(client.chat(ask("solo")), draining);
    assert_eq!(answer.content(), "finished");
    scene.gateway.ended().await;
}

#[tokio::test]
async fn a_stream_beyond_the_drain_timeout_ends_with_an_error_event() {
    let scene = Scene::with_server("drain_timeout: 50ms").await;
    scene.first.reply(begins(&["never ", "finished"]).then_stall());
    let mut stream = scene.client().stream(ask("solo")).await;
    assert_eq!(stream.next_content().await, "never ");
    assert_eq!(stream.next_content().await, "finished");
    scene.gateway.shut_down();
    let rest = stream.collect().await;
    assert_broke_off(&rest, "The gateway is shutting down.");
    assert_eq!(rest.ending, Ending::Clean);
    scene.first.hung_up().await;
    scene.gateway.ended().await;
}

#[tokio::test]
async fn a_request_without_an_answer_beyond_the_drain_timeout_gets_a_503() {
    let scene = Scene::with_server("drain_timeout: 50ms").await;
    scene.first.reply(never_answers());
    let client = scene.client();
    let stop = async {
        scene.first.next_request().await;
        scene.gateway.shut_down();
    };
    let (answer, ()) = tokio::join!(client.chat(ask("duo")), stop);
    assert_eq!((answer.status, answer.error_code()), (503, Some("OVERLOADED")));
    assert_eq!(scene.second.requests().len(), 0);
    scene.first.hung_up().await;
    scene.gateway.ended().await;
}

#[tokio::test]
async fn an_idle_gateway_ends_at_once() {
    let scene = Scene::start().await;
    // A connection that is kept must not hold it up.
    assert_eq!(scene.client().get("/healthz").await.status, 200);
    scene.gateway.shut_down();
    scene.gateway.ended().await;
}
