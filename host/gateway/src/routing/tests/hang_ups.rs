//! Clients that hang up while their request is in a chain.

use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::scene::{BREAKER, FakeStream, STAKES, Scene, Try, fail, target};
use crate::attempt::Then;
use crate::error::Class;
use crate::routing::BreakerState;

#[tokio::test(start_paused = true)]
async fn attempts_are_recorded_even_if_the_client_hangs_up() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Overloaded)])),
        target("b", Some(vec![Try::Hang])),
    ]);
    assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    assert_eq!(scene.attempts.records().len(), 2);
    assert_eq!(scene.attempts.provider(), Some("b"));
    assert!(scene.attempts.spent());
}

#[tokio::test(start_paused = true)]
async fn what_was_held_back_is_known_if_the_client_hangs_up() {
    let content = r#"{"choices":[{"index":0,"delta":{"content":"sixteen letters."}}]}"#;
    let stream = FakeStream::of([(content, Then::More)]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    scene.chain.policy.stream.whole = true;
    assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    let (usage, bytes) = scene.attempts.in_flight().unwrap();
    assert_eq!((usage.output_tokens, bytes), (None, 16));
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_client_hung_up_makes_way_for_another() {
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Hang]))]);
    let breaker = std::sync::Arc::clone(&scene.chain.targets[0].breaker);
    for _ in 0..BREAKER.failures {
        breaker
            .admit(Instant::now(), STAKES)
            .unwrap()
            .failed(Class::Overloaded, Instant::now());
    }
    advance(BREAKER.open_for).await;
    scene.chain.policy.deadline = Duration::from_mins(10);
    assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    assert!(breaker.admit(Instant::now(), STAKES).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_within_the_first_second_says_nothing_about_the_target() {
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Hang]))]);
    assert!(timeout(Duration::from_millis(900), scene.route()).await.is_err());
    assert_eq!(scene.chain.targets[0].breaker.state(), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn hang_ups_at_a_silent_target_open_its_breaker_at_last() {
    let silent = (0..8).map(|_| Try::Hang).collect();
    let mut scene = Scene::new(vec![target("a", Some(silent)), target("b", Some(vec![]))]);
    for _ in 0..8 {
        assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    }
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn hang_ups_at_a_target_that_has_said_something_do_not_count() {
    for _ in 0..8 {
        let stream = FakeStream::of([(r#"{"choices":[]}"#, Then::More)]);
        let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
        assert!(timeout(Duration::from_secs(50), scene.route()).await.is_err());
        assert_eq!(scene.chain.targets[0].breaker.state(), BreakerState::default());
    }
}
