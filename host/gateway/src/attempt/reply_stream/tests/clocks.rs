//! Each clock on its own, except the connect timeout, which belongs to the HTTP client and is tested end to end.

use std::future::pending;
use std::time::Duration;

use hyper::body::Frame;
use jackfield_config::TimeoutsConfig;
use tokio::time::{Instant, advance, timeout};

use super::scene::{Scene, reply, timeouts};
use crate::attempt::clocks::Clocks;
use crate::attempt::reply_stream::Then;
use crate::attempt::{Limits, ReplyStream};
use crate::error::{Class, Failure};
use crate::upstream::error::UpstreamError;

/// An attempt that may take this long.
fn within(limit: Duration) -> Limits {
    Limits {
        deadline: Instant::now() + limit,
        last: false,
    }
}

fn far() -> Limits {
    within(Duration::from_hours(1))
}

/// The same at the last target.
fn last() -> Limits {
    Limits { last: true, ..far() }
}

/// The message that the stream broke off with, and after how many milliseconds.
async fn broke(scene: &mut Scene) -> (Failure, u128) {
    let started = Instant::now();
    match scene.next().await.1 {
        Then::Broke(failure) => (failure, started.elapsed().as_millis()),
        then => panic!("the stream ended as {then:?}"),
    }
}

fn assert_timeout(failure: &Failure, message: &str) {
    assert_eq!(failure.class, Class::Timeout);
    assert_eq!(failure.message, message);
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_reply_has_its_own_limit() {
    let mut clocks = Clocks::start(&timeouts(), true, far());
    let started = Instant::now();
    let sending = pending::<Result<(), UpstreamError>>();
    let failure = clocks.head(sending).await.unwrap_err();
    assert_timeout(&failure, "no reply within 5s");
    assert_eq!(started.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_whole_reply_may_take_longer_if_the_configuration_does_not_say_how_long() {
    let by_default = TimeoutsConfig::default();
    let own = TimeoutsConfig {
        whole_response: Some(Duration::from_secs(30)),
        ..timeouts()
    };
    for (timeouts, stream, seconds) in [
        (by_default, true, 60),
        (by_default, false, 300),
        (timeouts(), false, 5),
        (own, false, 30),
        (own, true, 5),
    ] {
        let mut clocks = Clocks::start(&timeouts, stream, far());
        let started = Instant::now();
        let sending = pending::<Result<(), UpstreamError>>();
        let failure = clocks.head(sending).await.unwrap_err();
        assert_timeout(&failure, &format!("no reply within {seconds}s"));
        assert_eq!(started.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_last_target_the_head_may_take_the_whole_time_of_the_attempt() {
    let mut clocks = Clocks::start(&timeouts(), true, last());
    let failure = clocks.head(pending::<Result<(), UpstreamError>>()).await.unwrap_err();
    assert_timeout(&failure, "not finished after 60s");
}

#[tokio::test(start_paused = true)]
async fn at_the_last_target_silence_counts_once_something_has_come() {
    let mut scene = Scene::limited(last());
    advance(Duration::from_secs(50)).await;
    scene.sends("data: {\"role\":\"assistant\"}\n\n");
    assert_eq!(scene.next().await.1, Then::More);
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "silent for 2s");
    assert_eq!(elapsed, 2_000);
}

#[tokio::test(start_paused = true)]
async fn at_the_last_target_a_whole_body_may_begin_late() {
    let (mut late, body) = reply();
    let mut clocks = Clocks::start(&timeouts(), false, last());
    let sends = async {
        tokio::time::sleep(Duration::from_secs(50)).await;
        body.send(Ok(Frame::data("late".into()))).unwrap();
        drop(body);
    };
    let (read, ()) = tokio::join!(clocks.body(&mut late, None, 100), sends);
    assert_eq!(read.unwrap(), "late");
}

#[tokio::test(start_paused = true)]
async fn a_sign_of_life_restarts_the_clock_of_the_first_content() {
    let mut scene = Scene::sse();
    for _ in 0..4 {
        advance(Duration::from_millis(1_900)).await;
        scene.sends("data: ping\n\n");
        assert_eq!(scene.next().await.1, Then::More);
        scene.stream.alive();
    }
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "silent for 2s");
    assert_eq!(elapsed, 2_000);
}

#[tokio::test(start_paused = true)]
async fn before_the_first_event_the_idle_clock_does_not_count() {
    let mut scene = Scene::sse();
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "no content within 3s");
    assert_eq!(elapsed, 3_000);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_stream() {
    let mut scene = Scene::sse();
    scene.sends("data: one\n\n");
    scene.next().await;
    scene.stream.content_seen();
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "silent for 2s");
    assert_eq!(elapsed, 2_000);
}

#[tokio::test(start_paused = true)]
async fn each_event_restarts_the_idle_clock() {
    let mut scene = Scene::sse();
    scene.stream.content_seen();
    for _ in 0..5 {
        advance(Duration::from_millis(1_900)).await;
        scene.sends("data: more\n\n");
        assert_eq!(scene.next().await.1, Then::More);
    }
}

#[tokio::test(start_paused = true)]
async fn comments_do_not_restart_the_idle_clock() {
    let mut scene = Scene::sse();
    scene.stream.content_seen();
    advance(Duration::from_millis(1_500)).await;
    scene.sends(": keep-alive\n\n");
    assert_eq!(scene.next().await, (vec![], Then::More));
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "silent for 2s");
    assert_eq!(elapsed, 500);
}

#[tokio::test(start_paused = true)]
async fn events_without_content_do_not_stop_the_first_content_clock() {
    let mut scene = Scene::sse();
    for _ in 0..2 {
        advance(Duration::from_millis(1_400)).await;
        scene.sends("data: {\"role\":\"assistant\"}\n\n");
        assert_eq!(scene.next().await.1, Then::More);
    }
    let (failure, elapsed) = broke(&mut scene).await;
    assert_timeout(&failure, "no content within 3s");
    assert_eq!(elapsed, 200);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_after_its_total_time_however_active_it_is() {
    let mut scene = Scene::sse();
    scene.stream.content_seen();
    let started = Instant::now();
    let failure = loop {
        advance(Duration::from_millis(1_500)).await;
        scene.sends("data: more\n\n");
        if let Then::Broke(failure) = scene.next().await.1 {
            break failure;
        }
        assert!(started.elapsed() < Duration::from_secs(70), "the attempt goes on");
    };
    assert_eq!(failure.class, Class::Timeout);
    assert!(failure.message.starts_with("not finished after 6"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_request_overrides_a_longer_clock() {
    let mut clocks = Clocks::start(&timeouts(), true, within(Duration::from_secs(1)));
    let failure = clocks.head(pending::<Result<(), UpstreamError>>()).await.unwrap_err();
    assert_timeout(&failure, "not finished after 1s");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_would_outlast_the_attempt_is_not_started() {
    let clocks = Clocks::start(&timeouts(), true, within(Duration::from_secs(10)));
    let started = Instant::now();
    clocks.pause(Duration::from_secs(9)).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 9);
    let failure = clocks.pause(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(failure.class, Class::Timeout);
    assert_eq!(started.elapsed().as_secs(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_whole_body_is_limited_by_the_idle_clock_and_by_size() {
    let (mut silent, _body) = reply();
    let mut clocks = Clocks::start(&timeouts(), true, far());
    let failure = clocks.body(&mut silent, None, 100).await.unwrap_err();
    assert_timeout(&failure, "silent for 2s");
    let (mut large, body) = reply();
    body.send(Ok(Frame::data("x".repeat(101).into()))).unwrap();
    let failure = Clocks::start(&timeouts(), true, far())
        .body(&mut large, None, 100)
        .await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.class, Class::Malformed);
    assert_eq!(failure.message, "the reply is larger than 100 bytes");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_read_loses_nothing() {
    let mut scene = Scene::sse();
    assert!(timeout(Duration::from_millis(10), scene.stream.next()).await.is_err());
    scene.sends("data: one\n\n");
    assert_eq!(scene.next().await.0, ["one"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_read_as_far_as_it_comes_and_not_for_long() {
    let clocks = Clocks::start(&timeouts(), false, far());
    let (mut slow, body) = reply();
    body.send(Ok(Frame::data("half of an err".into()))).unwrap();
    let began = Instant::now();
    assert_eq!(clocks.error_body(&mut slow).await, "half of an err");
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    let (mut endless, body) = reply();
    for _ in 0..100 {
        body.send(Ok(Frame::data(vec![b'x'; 1_000].into()))).unwrap();
    }
    assert_eq!(clocks.error_body(&mut endless).await.len(), 64 * 1024);
    let (mut broken, body) = reply();
    body.send(Ok(Frame::data("bro".into()))).unwrap();
    body.send(Err(std::io::Error::other("reset"))).unwrap();
    assert_eq!(clocks.error_body(&mut broken).await, "bro");
}

#[tokio::test(start_paused = true)]
async fn the_beginning_of_a_stream_is_read_until_it_shows_what_it_is() {
    let clocks = Clocks::start(&timeouts(), true, far());
    let (mut events, body) = reply();
    for piece in ["\n", "\u{FEFF}", " ", "data: 1", "\n\n"] {
        body.send(Ok(Frame::data(piece.into()))).unwrap();
    }
    drop(body);
    let head = clocks.peek(&mut events).await;
    assert!(head.piece.unwrap().starts_with("\n\u{FEFF} data: 1".as_bytes()));
    let (mut empty, body) = reply();
    drop(body);
    let head = clocks.peek(&mut empty).await;
    assert_eq!((head.piece, head.read), (None, Ok(())));
    let (mut silent, _body) = reply();
    assert_eq!(clocks.peek(&mut silent).await.read.unwrap_err().class, Class::Timeout);
    // What came before a failure counts, and so does the failure.
    let (mut broken, body) = reply();
    body.send(Ok(Frame::data("data: 1\n\n".into()))).unwrap();
    body.send(Err(std::io::Error::other("reset"))).unwrap();
    let head = clocks.peek(&mut broken).await;
    assert!(head.piece.is_some() && head.read.is_err());
}
