//! Conversations that hold a tool's result, in each of the three ways of routing them.

use std::sync::Arc;

use jackfield_config::ToolConversations;
use tokio::time::Instant;

use super::scene::{BREAKER, FakeProvider, STAKES, Scene, Try, fail, fail_with_retry_after, target};
use crate::error::Class;
use crate::routing::Target;

fn scene(mode: ToolConversations, targets: Vec<Target<FakeProvider>>) -> Scene {
    let mut scene = Scene::new(targets);
    scene.pinned = true;
    scene.chain.policy.tool_conversations = mode;
    scene
}

/// Two targets, of which the first follows this script.
fn duo(mode: ToolConversations, script: Vec<Try>) -> Scene {
    scene(mode, vec![target("a", Some(script)), target("b", Some(vec![]))])
}

#[tokio::test(start_paused = true)]
async fn chain_tries_the_first_target_again_and_then_the_others() {
    let mut scene = duo(ToolConversations::Chain, vec![fail(Class::Overloaded)]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, a=ok");
    assert_eq!(scene.tried_ms(0), [0, 250]);
    let script = vec![fail(Class::Overloaded), fail(Class::Malformed)];
    let mut scene = duo(ToolConversations::Chain, script);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, a=malformed, b=ok");
}

#[tokio::test(start_paused = true)]
async fn chain_leaves_a_target_that_cannot_answer_soon_at_once() {
    for first in [
        fail(Class::Refused),
        fail(Class::Timeout),
        fail_with_retry_after(Class::RateLimited, 5_000),
    ] {
        let mut scene = duo(ToolConversations::Chain, vec![first]);
        scene.route().await.unwrap();
        assert!(scene.attempts.to_string().ends_with(", b=ok"), "{}", scene.attempts);
        assert_eq!((scene.attempts.records().len(), scene.elapsed_ms()), (2, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn chain_tries_no_target_twice_if_there_are_no_retries() {
    let mut scene = duo(ToolConversations::Chain, vec![fail(Class::Overloaded)]);
    scene.chain.policy.retry_count = 0;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, b=ok");
}

#[tokio::test(start_paused = true)]
async fn chain_tries_only_the_first_target_twice_in_a_pass() {
    let mut scene = scene(
        ToolConversations::Chain,
        vec![
            target("a", Some((0..3).map(|_| fail(Class::Overloaded)).collect())),
            target("b", Some(vec![fail(Class::Overloaded)])),
        ],
    );
    scene.chain.policy.breaker.failures = 9;
    scene.route().await.unwrap();
    let expected = "a=overloaded, a=overloaded, b=overloaded, a=overloaded, b=ok";
    assert_eq!(scene.attempts.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn same_target_retries_the_first_target_and_no_other() {
    let mut scene = duo(
        ToolConversations::SameTarget,
        vec![fail(Class::Overloaded), fail(Class::Overloaded)],
    );
    scene.chain.policy.breaker.failures = 9;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, a=overloaded, a=ok");
    assert_eq!(scene.was_last(0), [true, true, true]);
    let mut scene = duo(ToolConversations::SameTarget, vec![fail(Class::Refused)]);
    scene.defeat().await;
    assert_eq!(scene.attempts.to_string(), "a=refused");
}

#[tokio::test(start_paused = true)]
async fn first_only_gets_one_attempt_at_one_target() {
    let mut scene = duo(ToolConversations::FirstOnly, vec![fail(Class::Overloaded)]);
    scene.defeat().await;
    assert_eq!(scene.attempts.to_string(), "a=overloaded");
    assert_eq!(scene.elapsed_ms(), 0);
    assert_eq!(scene.was_last(0), [true]);
}

#[tokio::test(start_paused = true)]
async fn each_way_skips_a_target_that_is_off() {
    for mode in [
        ToolConversations::Chain,
        ToolConversations::SameTarget,
        ToolConversations::FirstOnly,
    ] {
        let targets = vec![target("a", None), target("b", Some(vec![])), target("c", Some(vec![]))];
        let mut scene = scene(mode, targets);
        scene.route().await.unwrap();
        assert_eq!(scene.attempts.to_string(), "b=ok");
    }
}

#[tokio::test(start_paused = true)]
async fn each_way_skips_a_target_whose_breaker_is_open() {
    for mode in [
        ToolConversations::Chain,
        ToolConversations::SameTarget,
        ToolConversations::FirstOnly,
    ] {
        let mut scene = duo(mode, vec![]);
        for _ in 0..BREAKER.failures {
            let breaker = Arc::clone(&scene.chain.targets[0].breaker);
            let permit = breaker.admit(Instant::now(), STAKES).unwrap();
            permit.failed(Class::Overloaded, Instant::now());
        }
        scene.route().await.unwrap();
        assert_eq!(scene.attempts.to_string(), "b=ok");
    }
}
