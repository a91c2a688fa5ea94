//! What each failure class leads to, and what the client reads when every target has failed.

use jackfield_dialects::Operation;
use tokio::time::Instant;

use super::scene::{BREAKER, FakeProvider, FakeStream, STAKES, Scene, Try, fail, fail_with_retry_after, target};
use crate::attempt::Then;
use crate::error::{Class, ErrorKind, Failure};
use crate::routing::{BreakerState, Status};

const RETRYABLE: [Class; 3] = [Class::RateLimited, Class::Overloaded, Class::Malformed];

#[tokio::test(start_paused = true)]
async fn the_first_target_answers_and_no_other_is_tried() {
    let mut scene = Scene::new(vec![target("a", Some(vec![])), target("b", Some(vec![]))]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=ok");
    assert!(scene.tried_ms(1).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_fault_ends_the_chain_with_the_upstreams_message() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Client)])),
        target("b", Some(vec![])),
    ]);
    let error = scene.defeat().await;
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.message, "the upstream's own words");
    assert_eq!(scene.attempts.to_string(), "a=client");
}

#[tokio::test(start_paused = true)]
async fn every_other_class_falls_through_to_the_next_target() {
    for class in RETRYABLE
        .into_iter()
        .chain([Class::Refused, Class::Plugin, Class::Timeout])
    {
        let mut scene = Scene::new(vec![target("a", Some(vec![fail(class)])), target("b", Some(vec![]))]);
        scene.route().await.unwrap();
        assert_eq!(scene.attempts.to_string(), format!("a={class}, b=ok"));
        assert_eq!(scene.elapsed_ms(), 0, "{class}: falling through must not wait");
    }
}

#[tokio::test(start_paused = true)]
async fn transient_failures_are_retried_in_a_later_pass() {
    for class in RETRYABLE {
        let mut scene = Scene::new(vec![target("a", Some(vec![fail(class)]))]);
        scene.route().await.unwrap();
        assert_eq!(scene.attempts.to_string(), format!("a={class}, a=ok"));
    }
}

#[tokio::test(start_paused = true)]
async fn targets_that_refused_or_timed_out_or_whose_adapter_failed_are_not_retried() {
    for (class, kind) in [
        (Class::Refused, ErrorKind::ProviderError),
        (Class::Plugin, ErrorKind::ProviderError),
        (Class::Timeout, ErrorKind::ProviderTimeout),
    ] {
        let mut scene = Scene::new(vec![target("a", Some(vec![fail(class)]))]);
        let error = scene.defeat().await;
        assert_eq!(error.kind, kind);
        assert_eq!(scene.attempts.to_string(), format!("a={class}"));
        assert_eq!(scene.elapsed_ms(), 0, "{class}: nothing is left to wait for");
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_names_providers_and_classes_but_does_not_quote_upstreams() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Refused)])),
        target("b", Some(vec![fail(Class::Plugin)])),
    ]);
    let error = scene.defeat().await;
    assert_eq!(
        error.message,
        "Every provider of model `m` failed: a refused to serve it, b failed in its adapter."
    );
    let source = error.source.unwrap().to_string();
    assert_eq!(source, "plugin: the upstream's own words");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_cannot_take_the_request_is_passed_over_and_not_blamed() {
    for pinned in [false, true] {
        let unsupported = || (0..BREAKER.failures).map(|_| fail(Class::Unsupported)).collect();
        let mut scene = Scene::new(vec![target("a", Some(unsupported())), target("b", Some(vec![]))]);
        scene.pinned = pinned;
        for _ in 0..BREAKER.failures {
            scene.route().await.unwrap();
            assert_eq!(scene.attempts.to_string(), "a=unsupported, b=ok");
        }
        let target = &scene.chain.targets[0];
        assert_eq!(target.breaker.state(), BreakerState::default());
        assert_eq!(target.health.report(Instant::now(), false).status, Status::Unknown);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_no_target_can_take_is_the_clients_to_mend() {
    let unsupported = |name| target(name, Some(vec![fail(Class::Unsupported)]));
    let mut scene = Scene::new(vec![unsupported("a"), unsupported("b")]);
    let error = scene.defeat().await;
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.message, "the upstream's own words");
    assert_eq!(scene.elapsed_ms(), 0, "nothing is left to wait for");
    let mut scene = Scene::new(vec![unsupported("a"), target("b", Some(vec![fail(Class::Refused)]))]);
    let error = scene.defeat().await;
    assert_eq!(
        error.message,
        "Every provider of model `m` failed: a cannot take the request, b refused to serve it."
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_is_forced_if_the_other_targets_cannot_take_the_request() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::Unsupported)])),
        target("b", Some(vec![])),
    ]);
    for _ in 0..BREAKER.failures {
        let breaker = &scene.chain.targets[1].breaker;
        let permit = breaker.admit(Instant::now(), STAKES).unwrap();
        permit.failed(Class::Overloaded, Instant::now());
    }
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=unsupported, b=ok");
}

#[tokio::test(start_paused = true)]
async fn the_error_is_a_timeout_only_if_all_targets_timed_out() {
    let timeout = || vec![fail(Class::Timeout), fail(Class::Timeout), fail(Class::Timeout)];
    let mut scene = Scene::new(vec![target("a", Some(timeout())), target("b", Some(timeout()))]);
    assert_eq!(scene.defeat().await.kind, ErrorKind::ProviderTimeout);
    let mut scene = Scene::new(vec![
        target("a", Some(timeout())),
        target("b", Some(vec![fail(Class::Refused)])),
    ]);
    assert_eq!(scene.defeat().await.kind, ErrorKind::ProviderError);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_reaches_the_client() {
    let late = || fail_with_retry_after(Class::RateLimited, 90_000);
    let mut scene = Scene::new(vec![target("a", Some(vec![late()]))]);
    scene.chain.policy.retry_count = 0;
    let error = scene.defeat().await;
    assert_eq!(error.retry_after.unwrap().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn targets_that_are_off_are_skipped() {
    let mut scene = Scene::new(vec![target("a", None), target("b", Some(vec![]))]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "b=ok");
}

#[tokio::test(start_paused = true)]
async fn a_model_whose_providers_are_all_off_is_not_configured() {
    let mut scene = Scene::new(vec![target("a", None), target("b", None)]);
    let error = scene.defeat().await;
    assert_eq!(error.kind, ErrorKind::NotConfigured);
    let expected = "The model `m` is not configured on this gateway: none of its providers is set up.";
    assert_eq!(error.message, expected);
    let source = error.source.unwrap().to_string();
    assert_eq!(source, "provider a: KEY is not set; provider b: KEY is not set");
    assert_eq!(scene.elapsed_ms(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_reached_no_upstream_is_not_counted_as_sent() {
    let unsent = || Try::Fail(Failure::new(Class::Refused, "no such host").unsent());
    let mut scene = Scene::new(vec![
        target("a", Some(vec![unsent()])),
        target("b", Some(vec![unsent()])),
    ]);
    scene.defeat().await;
    assert!(!scene.attempts.spent());
    let mut scene = Scene::new(vec![
        target("a", Some(vec![unsent()])),
        target("b", Some(vec![fail(Class::Refused)])),
    ]);
    scene.defeat().await;
    assert!(scene.attempts.spent());
}

#[tokio::test(start_paused = true)]
async fn only_targets_that_support_the_operation_stay_in_the_chain() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![])),
        target("b", None),
        target("c", Some(vec![])),
    ]);
    let both = vec![Operation::Chat, Operation::CountTokens];
    scene.chain.targets[2].provider = Some(FakeProvider::supporting("c", both));
    scene.chain = scene
        .chain
        .supporting(Operation::CountTokens, jackfield_dialects::canonical());
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "c=ok");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_reply_with_status_200_falls_through() {
    let broken = FakeStream::of([("{\"error\":{\"code\":\"rate_limit_exceeded\"}}", Then::More)]);
    let mut scene = Scene::new(vec![
        target("a", Some(vec![Try::Stream(broken)])),
        target("b", Some(vec![])),
    ]);
    scene.route().await.unwrap();
    assert_eq!(scene.attempts.to_string(), "a=rate-limited, b=ok");
}

#[tokio::test(start_paused = true)]
async fn secrets_are_redacted_from_failures_wherever_they_appear() {
    let told = || Try::Fail(Failure::new(Class::Client, "no entry for sk-123"));
    let mut scene = Scene::new(vec![target("a", Some(vec![told()]))]);
    assert_eq!(scene.defeat().await.message, "no entry for [secret]");
    let line = r#"{"error":{"message":"no entry for sk-123","code":400}}"#;
    let stream = FakeStream::of([(line, Then::More)]);
    let mut scene = Scene::new(vec![target("a", Some(vec![Try::Stream(stream)]))]);
    let message = scene.defeat().await.message;
    assert!(message.contains("[secret]") && !message.contains("sk-123"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_at_its_own_limits_blames_no_target_and_asks_for_a_retry() {
    let exhausted = |name| target(name, Some((0..3).map(|_| fail(Class::Exhausted)).collect()));
    let mut scene = Scene::new(vec![exhausted("a"), exhausted("b")]);
    let error = scene.defeat().await;
    assert_eq!(error.kind, ErrorKind::Overloaded);
    assert!(error.retry_after.is_some());
    for target in &scene.chain.targets {
        assert_eq!(target.breaker.state(), BreakerState::default());
        assert_eq!(target.health.report(Instant::now(), false).status, Status::Unknown);
    }
}
