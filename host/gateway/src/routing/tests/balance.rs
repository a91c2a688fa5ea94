//! Chains with steps of several targets.

use std::sync::Arc;
use std::time::Duration;

use jackfield_config::{Sticky, Strategy};

use super::scene::{FakeProvider, FakeStream, Scene, Try, after, fail, target};
use crate::affinity::{Affinities, Affinity, Place};
use crate::attempt::Then;
use crate::error::Class;
use crate::routing::{Answer, Balance, Share, Step, Target};

const CHUNK: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;

/// A step of two targets, `a` and `b`, between two others.
fn scene(strategy: Strategy, sticky: Sticky, [a, b]: [Vec<Try>; 2]) -> Scene {
    let before = target("before", None);
    let mut scene = Scene::new(vec![
        before,
        counted("a", a),
        counted("b", b),
        target("last", Some(vec![])),
    ]);
    let share = |name: &str| Share {
        weight: 1,
        place: Place::of([name.as_bytes()]),
    };
    let step = Step::new(1, strategy, sticky, vec![share("a"), share("b")]);
    scene.chain.balance = Balance::new(vec![step]);
    scene
}

fn counted(name: &str, script: Vec<Try>) -> Target<FakeProvider> {
    Target {
        load: Some(Arc::default()),
        ..target(name, Some(script))
    }
}

/// How often each target was tried in so many requests, which all must be answered.
async fn tried(scene: &mut Scene, requests: usize) -> [usize; 3] {
    let count = |scene: &Scene| [1, 2, 3].map(|index| scene.tried_ms(index).len());
    let before = count(scene);
    for _ in 0..requests {
        scene.route().await.unwrap();
    }
    let after = count(scene);
    [0, 1, 2].map(|index| after[index] - before[index])
}

#[tokio::test(start_paused = true)]
async fn each_target_of_a_step_gets_its_share() {
    let mut scene = scene(Strategy::Weighted, Sticky::None, [vec![], vec![]]);
    let [a, b, last] = tried(&mut scene, 100).await;
    assert!((48..=52).contains(&a), "{a}");
    assert_eq!((a + b, last), (100, 0));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_down_leaves_its_share_to_the_others_of_its_step() {
    let failures = || (0..2).map(|_| fail(Class::Overloaded)).collect::<Vec<_>>();
    let mut scene = scene(Strategy::Weighted, Sticky::None, [failures(), vec![]]);
    tried(&mut scene, 8).await;
    assert_eq!(tried(&mut scene, 20).await, [0, 20, 0], "its breaker is open");
}

#[tokio::test(start_paused = true)]
async fn after_the_last_target_of_a_step_the_chain_goes_on() {
    let failures = || (0..2).map(|_| fail(Class::Refused)).collect::<Vec<_>>();
    let mut scene = scene(Strategy::LeastBusy, Sticky::None, [failures(), failures()]);
    assert_eq!(tried(&mut scene, 2).await, [2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn the_quick_target_is_preferred() {
    let slow = (0..100).map(|_| after(500, Try::Answer)).collect();
    let quick = (0..100).map(|_| after(100, Try::Answer)).collect();
    let mut scene = scene(Strategy::LeastLatency, Sticky::None, [slow, quick]);
    let [slow, quick, _] = tried(&mut scene, 80).await;
    assert!((1..=8).contains(&slow), "{slow} and {quick}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_has_become_slow_is_left_and_found_again() {
    let phase = |ms, count| (0..count).map(move |_| after(ms, Try::Answer));
    let changing = phase(100, 10).chain(phase(900, 12)).chain(phase(100, 400)).collect();
    let steady = phase(300, 600).collect();
    let mut scene = scene(Strategy::LeastLatency, Sticky::None, [changing, steady]);
    scene.chain.policy.deadline = Duration::from_hours(1);
    let [_, steady, _] = tried(&mut scene, 60).await;
    assert!(steady >= 35, "{steady}");
    tried(&mut scene, 300).await;
    let [changing, ..] = tried(&mut scene, 64).await;
    assert!(changing >= 58, "{changing}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_in_flight_until_it_is_over() {
    let stream = || Try::Stream(FakeStream::of([(CHUNK, Then::More), ("", Then::End)]));
    let streams = || (0..3).map(|_| stream()).collect::<Vec<_>>();
    let mut scene = scene(Strategy::LeastBusy, Sticky::None, [streams(), streams()]);
    let in_flight = |scene: &Scene| {
        let loads = [1, 2].map(|index| scene.chain.targets[index].load.clone().unwrap());
        loads.map(|load| load.in_flight())
    };
    let Answer::Stream(first) = scene.route().await.unwrap() else {
        panic!("a whole answer");
    };
    let Answer::Stream(second) = scene.route().await.unwrap() else {
        panic!("a whole answer");
    };
    assert_eq!(in_flight(&scene), [1, 1], "the second went where the first did not");
    drop(first);
    assert_eq!(in_flight(&scene).iter().sum::<usize>(), 1);
    drop(second);
    assert_eq!(in_flight(&scene), [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_stays_and_moves_only_while_its_target_is_down() {
    let failures = || vec![Try::Answer, fail(Class::Overloaded), fail(Class::Overloaded)];
    let mut scene = scene(Strategy::Weighted, Sticky::Conversation, [failures(), failures()]);
    scene.affinities = Affinities {
        conversation: Some(Affinity::of([&b"hello"[..]])),
        user: None,
    };
    let first = tried(&mut scene, 1).await;
    let (own, other) = if first[0] == 1 { (0, 1) } else { (1, 0) };
    assert_eq!(first[own], 1);
    let second = tried(&mut scene, 2).await;
    assert_eq!(
        (second[own], second[other]),
        (2, 2),
        "it fails, and the other answers, then fails too"
    );
}

#[tokio::test(start_paused = true)]
async fn a_plain_chain_has_no_order_of_its_own() {
    let scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    let order = scene
        .chain
        .balance
        .order(&scene.chain.targets, Affinities::default(), true);
    assert_eq!(format!("{order:?}"), "Order([])");
}
