//! Breakers as the walk sees them.

use std::sync::Arc;
use std::time::Duration;

use jackfield_dialects::Operation;
use tokio::time::{Instant, advance};

use super::scene::{BREAKER, FakeProvider, FakeStream, STAKES, Scene, Try, after, fail, target};
use crate::attempt::Then;
use crate::error::{Class, Failure};
use crate::routing::breaker::{Permit, Stakes, Weight};
use crate::routing::{Answer, BreakerState, Status, Threshold};

const CONTENT: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
const END: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn open(scene: &Scene, index: usize, open_for: Duration) {
    let threshold = Threshold { open_for, ..BREAKER };
    let stakes = Stakes { threshold, ..STAKES };
    for _ in 0..BREAKER.failures {
        let permit = scene.chain.targets[index]
            .breaker
            .admit(Instant::now(), stakes)
            .unwrap();
        permit.failed(Class::Overloaded, Instant::now());
    }
}

/// The permit of a probe that is in flight at this target.
async fn half_opened(scene: &Scene, index: usize) -> Permit {
    open(scene, index, BREAKER.open_for);
    advance(BREAKER.open_for).await;
    let breaker = Arc::clone(&scene.chain.targets[index].breaker);
    let probe = breaker.admit(Instant::now(), STAKES).unwrap();
    assert!(matches!(state(scene, index), BreakerState::HalfOpen { .. }));
    probe
}

fn closed(failures: u32) -> BreakerState {
    BreakerState::Closed {
        failures: Weight::of_failures(failures),
    }
}

fn state(scene: &Scene, index: usize) -> BreakerState {
    scene.chain.targets[index].breaker.state()
}

#[tokio::test(start_paused = true)]
async fn consecutive_failures_open_the_breaker_and_the_target_is_skipped() {
    let overloaded = vec![fail(Class::Overloaded), fail(Class::Overloaded)];
    let mut scene = Scene::new(vec![target("a", Some(overloaded)), target("b", Some(vec![]))]);
    for _ in 0..3 {
        scene.route().await.unwrap();
    }
    assert_eq!(scene.tried_ms(0).len(), 2);
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn a_client_fault_does_not_count() {
    let faults = (0..5).map(|_| fail(Class::Client)).collect();
    let mut scene = Scene::new(vec![target("a", Some(faults))]);
    for _ in 0..5 {
        scene.defeat().await;
    }
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_followed_by_a_success_is_forgotten() {
    let script = vec![
        fail(Class::Overloaded),
        Try::Answer,
        fail(Class::Overloaded),
        Try::Answer,
    ];
    let mut scene = Scene::new(vec![target("a", Some(script))]);
    scene.route().await.unwrap();
    scene.route().await.unwrap();
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn if_every_breaker_is_open_the_target_that_may_be_probed_soonest_is_tried() {
    let mut scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    open(&scene, 0, Duration::from_secs(50));
    open(&scene, 1, Duration::from_secs(20));
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn while_a_probe_is_in_flight_others_go_to_the_next_target() {
    let mut scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    scene.chain.policy.deadline = Duration::from_mins(10);
    let _probe = half_opened(&scene, 0).await;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_being_probed_is_the_last_resort_too() {
    let mut scene = Scene::new(vec![target("a", Some(vec![]))]);
    scene.chain.policy.deadline = Duration::from_mins(10);
    let _probe = half_opened(&scene, 0).await;
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=ok");
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_streams_first_content_settles_a_probe() {
    let stream = FakeStream::of([(CONTENT, Then::More)]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    scene.chain.policy.deadline = Duration::from_mins(10);
    open(&scene, 0, BREAKER.open_for);
    advance(BREAKER.open_for).await;
    let _stream = scene.route().await.unwrap();
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_an_old_stream_does_not_close_a_breaker_that_has_opened_since() {
    let stream = FakeStream::of([(CONTENT, Then::More)]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    let stream = scene.route().await.unwrap();
    open(&scene, 0, BREAKER.open_for);
    drop(stream);
    assert!(matches!(state(&scene, 0), BreakerState::Open { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_weighs_less_if_the_client_asked_the_model_to_think() {
    let mut scene = Scene::new(vec![target(
        "a",
        Some(vec![fail(Class::Timeout), fail(Class::Timeout)]),
    )]);
    scene.thinking = true;
    scene.defeat().await;
    scene.defeat().await;
    assert_eq!(state(&scene, 0), closed(1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_probe_that_answers_closes_the_breaker() {
    let mut scene = Scene::new(vec![target("a", Some(vec![after(30_000, Try::Answer)]))]);
    scene.chain.policy.deadline = Duration::from_mins(10);
    open(&scene, 0, BREAKER.open_for);
    advance(BREAKER.open_for).await;
    scene.route().await.unwrap();
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_straggler_that_fails_does_not_prolong_an_open_breaker() {
    let scene = Scene::new(vec![target("a", Some(vec![]))]);
    let straggler = scene.chain.targets[0].breaker.admit(Instant::now(), STAKES).unwrap();
    open(&scene, 0, BREAKER.open_for);
    let until = Instant::now() + BREAKER.open_for;
    advance(Duration::from_secs(30)).await;
    straggler.failed(Class::Overloaded, Instant::now());
    assert_eq!(state(&scene, 0), BreakerState::Open { until });
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_a_success_only_once_it_has_ended_cleanly() {
    let stream = FakeStream::of([(CONTENT, Then::More), (END, Then::End)]);
    let mut scene = Scene::new(vec![target(
        "a",
        Some(vec![fail(Class::Overloaded), Try::Stream(stream)]),
    )]);
    let Ok(Answer::Stream(mut stream)) = scene.route().await else {
        panic!("no stream came");
    };
    assert_eq!(state(&scene, 0), closed(1));
    assert_eq!(stream.next().await.then, Then::More);
    assert_eq!(stream.next().await.then, Then::End);
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_off_counts_as_a_failure() {
    let broke = || Then::Broke(Failure::new(Class::Overloaded, "reset"));
    let stream = FakeStream::of([(CONTENT, Then::More), ("", broke())]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    let Ok(Answer::Stream(mut stream)) = scene.route().await else {
        panic!("no stream came");
    };
    stream.next().await;
    assert_eq!(stream.next().await.then, broke());
    assert_eq!(state(&scene, 0), closed(1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_on_a_stream_does_not_count_as_a_failure() {
    let stream = FakeStream::of([(CONTENT, Then::More)]);
    let mut scene = Scene::new(vec![target(
        "a",
        Some(vec![fail(Class::Overloaded), Try::Stream(stream)]),
    )]);
    drop(scene.route().await);
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn outcomes_show_in_the_health_of_target_and_provider() {
    let overloaded = (0..5).map(|_| fail(Class::Overloaded)).collect();
    let mut scene = Scene::new(vec![target("a", Some(overloaded)), target("b", Some(vec![]))]);
    scene.chain.policy.breaker.failures = 9;
    for _ in 0..5 {
        scene.route().await.unwrap();
    }
    let now = Instant::now();
    for (index, status) in [(0, Status::Down), (1, Status::Healthy)] {
        let target = &scene.chain.targets[index];
        assert_eq!(target.health.report(now, false).status, status);
        assert_eq!(target.provider_health.report(now, false).status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_request_does_to_the_adapter_says_nothing_about_the_target_and_takes_quota() {
    for class in [Class::Plugin, Class::Client, Class::Malformed] {
        let unprepared = || Try::Fail(Failure::new(class, "it trapped").unprepared());
        let mut scene = Scene::new(vec![target("a", Some((0..9).map(|_| unprepared()).collect()))]);
        scene.chain.policy.retry_count = 0;
        let permit = scene.chain.targets[0].breaker.admit(Instant::now(), STAKES).unwrap();
        permit.failed(Class::Overloaded, Instant::now());
        for _ in 0..9 {
            scene.defeat().await;
            assert!(scene.attempts.spent());
        }
        // Neither more failures, nor a success that forgets the one before.
        assert_eq!(state(&scene, 0), closed(1), "{class}");
        let report = scene.chain.targets[0].health.report(Instant::now(), false);
        assert_eq!(report.status, Status::Unknown, "{class}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_did_not_get_past_the_adapter_makes_way_for_another() {
    let script = vec![Try::Fail(Failure::new(Class::Client, "deep").unprepared()), Try::Answer];
    let mut scene = Scene::new(vec![target("a", Some(script))]);
    scene.chain.policy.deadline = Duration::from_hours(1);
    open(&scene, 0, BREAKER.open_for);
    advance(BREAKER.open_for).await;
    scene.defeat().await;
    assert!(matches!(state(&scene, 0), BreakerState::HalfOpen { .. }));
    scene.route().await.unwrap();
    assert_eq!(state(&scene, 0), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_forced_try_is_not_repeated() {
    let overloaded = || (0..9).map(|_| fail(Class::Overloaded)).collect();
    let mut scene = Scene::new(vec![target("a", Some(overloaded())), target("b", Some(overloaded()))]);
    open(&scene, 0, Duration::from_mins(10));
    open(&scene, 1, Duration::from_mins(20));
    scene.defeat().await;
    assert_eq!((scene.tried_ms(0).len(), scene.tried_ms(1).len()), (1, 0));
    assert_eq!(scene.elapsed_ms(), 0);
}

#[tokio::test(start_paused = true)]
async fn counting_tokens_and_chatting_do_not_share_a_breaker_nor_a_pause() {
    let mut scene = Scene::new(vec![target("a", Some(vec![]))]);
    scene.chain.targets[0].provider = Some(FakeProvider::supporting(
        "a",
        vec![Operation::CountTokens, Operation::Chat],
    ));
    let counter = scene
        .chain
        .supporting(Operation::CountTokens, jackfield_dialects::canonical());
    for _ in 0..BREAKER.failures {
        let permit = counter.targets[0].breaker.admit(Instant::now(), STAKES).unwrap();
        permit.failed(Class::Overloaded, Instant::now());
    }
    counter.targets[0].pause.extend(Instant::now() + Duration::from_mins(1));
    assert!(matches!(counter.targets[0].breaker.state(), BreakerState::Open { .. }));
    assert_eq!(state(&scene, 0), BreakerState::default());
    assert_eq!(scene.chain.targets[0].pause.until(Instant::now()), None);
    // The next count meets the same breaker.
    let again = scene
        .chain
        .supporting(Operation::CountTokens, jackfield_dialects::canonical());
    assert!(matches!(again.targets[0].breaker.state(), BreakerState::Open { .. }));
    scene.route().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_over_its_content_does_not_count_as_a_failure() {
    let refused = Then::Broke(Failure::new(Class::ContentPolicy, "filtered"));
    let stream = FakeStream::of([(CONTENT, Then::More), ("", refused)]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    let Ok(Answer::Stream(mut stream)) = scene.route().await else {
        panic!("no stream came");
    };
    stream.next().await;
    assert!(matches!(stream.next().await.then, Then::Broke(_)));
    assert_eq!(state(&scene, 0), BreakerState::default());
}
