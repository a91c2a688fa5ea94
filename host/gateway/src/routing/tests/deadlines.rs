//! One deadline for all attempts of a request.

use std::time::Duration;

use super::scene::{Scene, after, fail, fail_with_retry_after, target};
use crate::error::{Class, ErrorKind};

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_end_after_the_deadline_is_not_started() {
    let late = fail_with_retry_after(Class::RateLimited, 11_000);
    let mut scene = Scene::new(vec![target("a", Some(vec![late]))]);
    scene.chain.policy.deadline = Duration::from_secs(10);
    scene.defeat().await;
    assert_eq!(scene.elapsed_ms(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_no_further_target_is_tried() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![after(2_000, fail(Class::Timeout))])),
        target("b", Some(vec![])),
    ]);
    scene.chain.policy.deadline = Duration::from_secs(2);
    assert_eq!(scene.defeat().await.kind, ErrorKind::ProviderTimeout);
    assert_eq!(scene.attempts.to_string(), "a=timeout");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_arrival_of_the_request() {
    let mut scene = Scene::new(vec![target("a", Some(vec![fail(Class::Overloaded)]))]);
    scene.chain.policy.deadline = Duration::from_secs(2);
    // The time it took to receive the body.
    tokio::time::advance(Duration::from_millis(1_900)).await;
    scene.defeat().await;
    assert_eq!(scene.attempts.to_string(), "a=overloaded");
    assert_eq!(
        scene.elapsed_ms(),
        1_900,
        "a back-off of 250 ms ends behind the deadline"
    );
}
