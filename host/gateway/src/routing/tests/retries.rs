//! When a target is retried.

use super::scene::{Scene, after, fail, fail_with_retry_after, target};
use crate::error::{Class, ErrorKind};

#[tokio::test(start_paused = true)]
async fn passes_are_spaced_by_a_back_off_that_doubles() {
    let overloaded = vec![fail(Class::Overloaded), fail(Class::Overloaded)];
    let mut scene = Scene::new(vec![target("a", Some(overloaded))]);
    scene.route().await.unwrap();
    assert_eq!(scene.tried_ms(0), [0, 250, 750]);
}

#[tokio::test(start_paused = true)]
async fn the_jitter_decides_how_much_of_the_back_off_is_used() {
    let mut scene = Scene::new(vec![target("a", Some(vec![fail(Class::Overloaded)]))]);
    scene.chain.policy.jitter = || 0.1;
    scene.route().await.unwrap();
    assert_eq!(scene.tried_ms(0), [0, 25]);
}

#[tokio::test(start_paused = true)]
async fn after_the_last_pass_the_walk_ends_without_a_wait() {
    let overloaded = (0..3).map(|_| fail(Class::Overloaded)).collect();
    let mut scene = Scene::new(vec![target("a", Some(overloaded))]);
    scene.chain.policy.breaker.failures = 9;
    assert_eq!(scene.defeat().await.kind, ErrorKind::ProviderError);
    assert_eq!(scene.tried_ms(0), [0, 250, 750]);
    assert_eq!(scene.elapsed_ms(), 750);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_overrides_a_shorter_back_off() {
    let late = fail_with_retry_after(Class::RateLimited, 4_000);
    let mut scene = Scene::new(vec![target("a", Some(vec![late]))]);
    scene.route().await.unwrap();
    assert_eq!(scene.tried_ms(0), [0, 4_000]);
}

#[tokio::test(start_paused = true)]
async fn a_back_off_overrides_a_shorter_retry_after() {
    let soon = fail_with_retry_after(Class::RateLimited, 10);
    let mut scene = Scene::new(vec![target("a", Some(vec![soon]))]);
    scene.route().await.unwrap();
    assert_eq!(scene.tried_ms(0), [0, 250]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_holds_back_only_its_own_target() {
    let late = fail_with_retry_after(Class::RateLimited, 30_000);
    let mut scene = Scene::new(vec![
        target("a", Some(vec![late])),
        target("b", Some(vec![fail(Class::Overloaded)])),
    ]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=rate-limited, b=overloaded, b=ok");
    assert_eq!(scene.tried_ms(1), [0, 250]);
}

#[tokio::test(start_paused = true)]
async fn if_all_targets_have_a_retry_after_the_soonest_is_awaited() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail_with_retry_after(Class::RateLimited, 9_000)])),
        target("b", Some(vec![fail_with_retry_after(Class::RateLimited, 2_000)])),
    ]);
    scene.route().await.unwrap();
    assert_eq!(scene.tried_ms(0), [0]);
    assert_eq!(scene.tried_ms(1), [0, 2_000]);
}

#[tokio::test(start_paused = true)]
async fn without_retries_there_is_one_pass() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Overloaded)])),
        target("b", Some(vec![fail(Class::Timeout)])),
    ]);
    scene.chain.policy.retry_count = 0;
    scene.defeat().await;
    assert_eq!(scene.attempts.to_string(), "a=overloaded, b=timeout");
}

#[tokio::test(start_paused = true)]
async fn each_pass_begins_with_the_preferred_target() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![after(100, fail(Class::Overloaded))])),
        target("b", Some(vec![fail(Class::Overloaded)])),
    ]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, b=overloaded, a=ok");
    assert_eq!(scene.tried_ms(0), [0, 350]);
}
