//! Which attempts are told that no other target is left.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::scene::{BREAKER, STAKES, Scene, Try, after, fail, target};
use crate::error::Class;

#[tokio::test(start_paused = true)]
async fn the_last_live_target_that_was_not_tried_is_told_so() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Overloaded)])),
        target("b", Some(vec![fail(Class::Overloaded)])),
        target("off", None),
    ]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=overloaded, b=overloaded, a=ok");
    assert_eq!(
        scene.was_last(0),
        [false, true],
        "in the second pass every target has failed once"
    );
    assert_eq!(scene.was_last(1), [true]);
}

#[tokio::test(start_paused = true)]
async fn a_target_behind_an_open_breaker_is_not_somewhere_to_go() {
    let mut scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    for _ in 0..BREAKER.failures {
        let permit = scene.chain.targets[1].breaker.admit(Instant::now(), STAKES).unwrap();
        permit.failed(Class::Overloaded, Instant::now());
    }
    scene.route().await.unwrap();
    assert_eq!(scene.was_last(0), [true]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_answer_learns_when_the_last_target_is_tried() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![after(9_000, fail(Class::Overloaded))])),
        target("b", Some(vec![after(20_000, Try::Answer)])),
    ]);
    let progress = Arc::clone(&scene.progress);
    let started = Instant::now();
    tokio::select! {
        _ = scene.route() => panic!("the silence was not noticed"),
        () = progress.last_target_for(Duration::from_secs(10)) => {}
    }
    assert_eq!(started.elapsed().as_secs(), 19);
}
