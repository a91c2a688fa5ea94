//! Streams from an upstream, with a body in memory and a paused clock.

mod clocks;
mod decoding;
mod elsewhere;
mod scene;

use super::{Events, Then};
use crate::attempt::ReplyStream;
use crate::error::{Class, Reached};
use crate::upstream::framing::Framing;
use scene::{Scene, data};

#[tokio::test(start_paused = true)]
async fn events_are_cut_however_the_network_splits_them() {
    let mut scene = Scene::sse();
    scene.sends("data: one\n\ndata: t");
    assert_eq!(scene.next().await, (vec!["one".to_owned()], Then::More));
    scene.sends("wo\n\n");
    assert_eq!(scene.next().await, (vec!["two".to_owned()], Then::More));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_body_is_the_end_of_the_stream() {
    let mut scene = Scene::sse();
    scene.sends("data: one\n\n");
    scene.ends();
    assert_eq!(scene.next().await, (vec!["one".to_owned()], Then::More));
    assert_eq!(scene.next().await, (vec![], Then::End));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_keeps_the_events_before_it() {
    let mut scene = Scene::sse();
    scene.sends("data: one\n\ndata: tw");
    scene.breaks();
    let (events, mut then) = scene.next().await;
    assert_eq!(events, ["one"]);
    if then == Then::More {
        then = scene.next().await.1;
    }
    let Then::Broke(failure) = then else {
        panic!("the stream ended as {then:?}");
    };
    assert_eq!(failure.class, Class::Overloaded);
    assert_eq!(failure.reached, Reached::Upstream);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_large_is_malformed() {
    let mut scene = Scene::sse();
    scene.sends(&format!("data: {}\n\n", "x".repeat(5_000)));
    let Then::Broke(failure) = scene.next().await.1 else {
        panic!("the event passed");
    };
    assert_eq!(failure.class, Class::Malformed);
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_the_adapter_is_one_batch() {
    let mut stream = Scene::answered("one\ntwo");
    let batch = stream.next().await;
    assert_eq!(
        (data(&batch.events), batch.then),
        (vec!["one".to_owned(), "two".to_owned()], Then::End)
    );
    assert!(matches!(batch.events, Events::Lines(lines) if lines == "one\ntwo"));
}

#[tokio::test(start_paused = true)]
async fn other_framings_are_cut_too() {
    let mut scene = Scene::framed(Framing::Ndjson, None);
    scene.sends("{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(scene.next().await.0, ["{\"a\":1}", "{\"a\":2}"]);
}
