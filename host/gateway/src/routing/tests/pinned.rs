//! Conversations that must stay with their backend.

use std::sync::Arc;

use tokio::time::Instant;

use super::scene::{BREAKER, Scene, fail, target};
use crate::error::Class;

#[tokio::test(start_paused = true)]
async fn a_pinned_request_gets_one_attempt_at_one_target() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Overloaded)])),
        target("b", Some(vec![])),
    ]);
    scene.pinned = true;
    scene.defeat().await;
    assert_eq!(scene.attempts.to_string(), "a=overloaded");
    assert_eq!(scene.elapsed_ms(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_request_skips_a_target_that_is_off() {
    let mut scene = Scene::new(vec![
        target("a", None),
        target("b", Some(vec![])),
        target("c", Some(vec![])),
    ]);
    scene.pinned = true;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn a_pinned_request_skips_a_target_whose_breaker_is_open() {
    let mut scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    for _ in 0..BREAKER.failures {
        let permit = Arc::clone(&scene.chain.targets[0].breaker)
            .admit(Instant::now())
            .unwrap();
        permit.failed(Instant::now(), BREAKER);
    }
    scene.pinned = true;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}
