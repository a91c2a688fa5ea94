//! What an upstream asked for with `Retry-After`, and how long that is remembered.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::advance;

use super::scene::{Scene, fail, fail_with_retry_after, target};
use crate::error::Class;

fn late(seconds: u64) -> super::scene::Try {
    fail_with_retry_after(Class::RateLimited, seconds * 1_000)
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_no_longer_than_the_maximum_in_all() {
    let mut scene = Scene::new(vec![target("a", Some(vec![late(68), late(68), late(68)]))]);
    let error = scene.defeat().await;
    assert_eq!(scene.tried_ms(0), [0, 15_000]);
    assert_eq!(scene.elapsed_ms(), 15_000);
    assert_eq!(
        error.retry_after.unwrap().as_secs(),
        68,
        "the client learns what was asked"
    );
}

#[tokio::test(start_paused = true)]
async fn two_short_waits_add_up() {
    let mut scene = Scene::new(vec![target("a", Some(vec![late(9), late(9)]))]);
    scene.chain.policy.breaker.failures = 9;
    scene.defeat().await;
    assert_eq!(scene.tried_ms(0), [0, 9_000]);
    assert_eq!(scene.elapsed_ms(), 9_000);
}

#[tokio::test(start_paused = true)]
async fn an_absurd_wait_is_survived() {
    let mut scene = Scene::new(vec![target(
        "a",
        Some(vec![fail_with_retry_after(Class::RateLimited, u64::MAX)]),
    )]);
    scene.chain.policy.retry_count = 0;
    let error = scene.defeat().await;
    assert_eq!(error.retry_after, Some(Duration::from_hours(24)));
}

#[tokio::test(start_paused = true)]
async fn other_requests_skip_the_target_until_its_pause_is_over() {
    let mut scene = Scene::new(vec![target("a", Some(vec![late(4)])), target("b", Some(vec![]))]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=rate-limited, b=ok");
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
    advance(Duration::from_secs(4)).await;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=ok");
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_after_the_maximum_whatever_the_upstream_asked_for() {
    let mut scene = Scene::new(vec![target("a", Some(vec![late(3_600)])), target("b", Some(vec![]))]);
    scene.route().await.unwrap();
    advance(Duration::from_secs(15)).await;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=ok");
}

#[tokio::test(start_paused = true)]
async fn if_every_target_pauses_the_one_that_is_ready_soonest_is_tried_at_once() {
    let mut scene = Scene::new(vec![target("a", Some(vec![late(9)])), target("b", Some(vec![late(3)]))]);
    scene.chain.policy.retry_count = 0;
    scene.defeat().await;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
    assert_eq!(scene.elapsed_ms(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_stands_in_the_chain_twice_has_one_standing() {
    for (class, expected) in [
        (Class::Refused, "a=refused, b=ok"),
        (Class::Timeout, "a=timeout, b=ok"),
        (Class::RateLimited, "a=rate-limited, b=ok"),
        (Class::Overloaded, "a=overloaded, a=overloaded, b=ok"),
    ] {
        let first = if class == Class::RateLimited {
            late(5)
        } else {
            fail(class)
        };
        let a = target("a", Some(vec![first, fail(class)]));
        let mut scene = Scene::new(vec![a.clone(), a, target("b", Some(vec![]))]);
        scene.route().await.unwrap();
        assert_eq!(scene.attempts.to_string(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_names_a_target_that_stands_in_the_chain_twice_once() {
    let a = target("a", Some((0..6).map(|_| fail(Class::Overloaded)).collect()));
    let mut scene = Scene::new(vec![a.clone(), a]);
    scene.chain.policy.retry_count = 0;
    let message = scene.defeat().await.message;
    assert_eq!(
        message,
        "Every provider of model `m` failed: a is overloaded or unreachable."
    );
    assert_eq!(scene.was_last(0), [true, true], "the same target is nowhere else to go");
}

#[tokio::test(start_paused = true)]
async fn the_client_is_told_when_the_first_upstream_wants_to_be_asked_again() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![late(7)])),
        target("b", Some(vec![late(5)])),
        target("c", Some(vec![fail(Class::Overloaded)])),
    ]);
    scene.chain.policy.retry_count = 0;
    assert_eq!(scene.defeat().await.retry_after.unwrap().as_secs(), 5);
    let pause = Arc::clone(&scene.chain.targets[0].pause);
    assert!(pause.until(tokio::time::Instant::now()).is_some());
}
