//! Streams that break off after their first content: continued by another target, or given out only when complete.

use jackfield_dialects::Continuation;

use super::scene::{FakeStream, Scene, Try, fail, target, target_without_prefill};
use crate::attempt::Then;
use crate::error::{Class, Failure};
use crate::routing::breaker::Weight;
use crate::routing::{Answer, BreakerState, ClientStream, StreamPolicy};

const REQUEST: &[u8] = br#"{"model":"m","messages":[{"role":"user","content":"count"}],"max_tokens":100}"#;
const ONE: &str = r#"{"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":"one, "}}]}"#;
const TWO: &str = r#"{"id":"b","choices":[{"index":0,"delta":{"content":"two"}}]}"#;
const STOP: &str = r#"{"id":"b","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn broke() -> Then {
    Then::Broke(Failure::new(Class::Overloaded, "the connection broke"))
}

fn breaks() -> Vec<Try> {
    vec![Try::Stream(FakeStream::of([(ONE, Then::More), ("", broke())]))]
}

fn goes_on() -> Vec<Try> {
    vec![Try::Stream(FakeStream::of([
        (TWO, Then::More),
        (STOP, Then::More),
        ("[DONE]", Then::End),
    ]))]
}

fn whole() -> Vec<Try> {
    let batches = [
        (ONE, Then::More),
        (TWO, Then::More),
        (STOP, Then::More),
        ("[DONE]", Then::End),
    ];
    vec![Try::Stream(FakeStream::of(batches))]
}

/// The stream that the chain answers with.
async fn stream(scene: &mut Scene) -> Box<ClientStream<FakeStream>> {
    match scene.route().await {
        Ok(Answer::Stream(stream)) => stream,
        other => panic!("{other:?} is no stream"),
    }
}

/// Everything that a client gets of the stream, and how it ends.
async fn read(stream: &mut ClientStream<FakeStream>) -> (String, Then) {
    let mut events = String::new();
    loop {
        let piece = stream.next().await;
        events.push_str(std::str::from_utf8(&piece.events).unwrap());
        if piece.then != Then::More {
            return (events, piece.then);
        }
    }
}

/// The content of all chunks.
fn text(events: &str) -> String {
    let chunks = events.lines().filter_map(|line| line.strip_prefix("data: "));
    let chunks = chunks.filter_map(|data| serde_json::from_str::<serde_json::Value>(data).ok());
    chunks
        .filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect()
}

fn continued(scene: &mut Scene) {
    scene.continuation = Continuation::of(REQUEST);
    scene.chain.policy.stream.continues = true;
}

fn given_out_whole(scene: &mut Scene) {
    scene.chain.policy.stream = StreamPolicy {
        whole: true,
        ..StreamPolicy::default()
    };
}

#[tokio::test(start_paused = true)]
async fn another_target_goes_on_with_the_text() {
    let mut scene = Scene::new(vec![target("a", Some(breaks())), target("b", Some(goes_on()))]);
    continued(&mut scene);
    let mut stream = stream(&mut scene).await;
    let (events, then) = read(&mut stream).await;
    assert_eq!((text(&events).as_str(), then), ("one, two", Then::End));
    let second = scene.chain.targets[1].provider.as_ref().unwrap();
    let body: serde_json::Value = serde_json::from_str(&second.bodies()[0]).unwrap();
    assert_eq!(body["messages"][1]["content"], "one,");
    assert_eq!(body["max_tokens"], 98);
    assert_eq!(stream.resumed().to_string(), "b=ok");
    assert_eq!(stream.provider(), "b");
    // The first target's failure counts, the second's success too.
    assert_eq!(
        scene.chain.targets[0].breaker.state(),
        BreakerState::Closed {
            failures: Weight::of_failures(1)
        }
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_choice_the_stream_breaks_off() {
    let mut scene = Scene::new(vec![target("a", Some(breaks())), target("b", Some(goes_on()))]);
    let (events, then) = read(&mut *stream(&mut scene).await).await;
    assert_eq!((text(&events).as_str(), then), ("one, ", broke()));
    assert_eq!(scene.tried_ms(1).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_a_target_that_can_is_asked_to_go_on() {
    let targets = vec![target("a", Some(breaks())), target_without_prefill("b", goes_on())];
    let mut scene = Scene::new(targets);
    continued(&mut scene);
    let (events, then) = read(&mut *stream(&mut scene).await).await;
    assert_eq!((text(&events).as_str(), then), ("one, ", broke()));
    assert_eq!(scene.tried_ms(1).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_fails_to_go_on_is_followed_by_the_next() {
    let targets = vec![
        target("a", Some(breaks())),
        target("b", Some(vec![fail(Class::RateLimited)])),
        target("c", Some(goes_on())),
    ];
    let mut scene = Scene::new(targets);
    continued(&mut scene);
    let mut stream = stream(&mut scene).await;
    let (events, then) = read(&mut stream).await;
    assert_eq!((text(&events).as_str(), then), ("one, two", Then::End));
    assert_eq!(stream.resumed().to_string(), "b=rate-limited, c=ok");
}

#[tokio::test(start_paused = true)]
async fn if_nobody_goes_on_the_client_learns_why_the_stream_broke_off() {
    let targets = vec![
        target("a", Some(breaks())),
        target("b", Some(vec![fail(Class::RateLimited)])),
    ];
    let mut scene = Scene::new(targets);
    continued(&mut scene);
    let (events, then) = read(&mut *stream(&mut scene).await).await;
    assert_eq!((text(&events).as_str(), then), ("one, ", broke()));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_next_target_can_be_interrupted() {
    use std::time::Duration;
    use tokio::time::timeout;

    let slow = super::scene::after(20_000, goes_on().pop().unwrap());
    let mut scene = Scene::new(vec![target("a", Some(breaks())), target("b", Some(vec![slow]))]);
    continued(&mut scene);
    let mut stream = stream(&mut scene).await;
    assert_eq!(text(std::str::from_utf8(&stream.next().await.events).unwrap()), "one, ");
    for _ in 0..3 {
        assert!(timeout(Duration::from_secs(5), stream.next()).await.is_err());
    }
    let (events, then) = read(&mut stream).await;
    assert_eq!((text(&events).as_str(), then), ("two", Then::End));
    assert_eq!(scene.tried_ms(1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_given_out_whole_is_restarted_at_the_next_target() {
    let mut scene = Scene::new(vec![target("a", Some(breaks())), target("b", Some(whole()))]);
    given_out_whole(&mut scene);
    let mut stream = stream(&mut scene).await;
    let piece = stream.next().await;
    assert_eq!(piece.then, Then::End);
    assert_eq!(text(std::str::from_utf8(&piece.events).unwrap()), "one, two");
    assert_eq!(scene.attempts.to_string(), "a=overloaded, b=ok");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_no_target_completes_is_an_error_and_not_a_stream() {
    let mut scene = Scene::new(vec![target("a", Some(breaks())), target("b", Some(breaks()))]);
    scene.chain.policy.retry_count = 0;
    given_out_whole(&mut scene);
    let error = scene.defeat().await;
    assert_eq!(error.kind, crate::error::ErrorKind::ProviderError);
}
