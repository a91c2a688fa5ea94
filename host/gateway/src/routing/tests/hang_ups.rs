//! Clients that hang up while their request is in a chain.

use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::scene::{BREAKER, Scene, Try, fail, target};
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
    assert!(scene.attempts.sent());
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_client_hung_up_makes_way_for_another() {
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Hang]))]);
    let breaker = std::sync::Arc::clone(&scene.chain.targets[0].breaker);
    for _ in 0..BREAKER.failures {
        breaker.admit(Instant::now()).unwrap().failed(Instant::now(), BREAKER);
    }
    advance(BREAKER.open_for).await;
    scene.chain.policy.deadline = Duration::from_mins(10);
    assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    assert!(breaker.admit(Instant::now()).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_does_not_count_against_a_closed_breaker() {
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Hang]))]);
    assert!(timeout(Duration::from_secs(5), scene.route()).await.is_err());
    assert_eq!(scene.chain.targets[0].breaker.state(), BreakerState::default());
}
