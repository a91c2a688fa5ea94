//! Refusals of a request: by default the end of its chain, by choice a reason to try the next target.

use jackfield_config::FallbackOn;

use super::scene::{BREAKER, Scene, Try, fail, target};
use crate::error::{Class, ErrorKind, Failure};
use crate::routing::{BreakerState, Status};

const EITHER: FallbackOn = FallbackOn {
    context_length: true,
    content_policy: true,
};

fn refusal(class: Class, message: &str, code: &str) -> Try {
    let mut failure = Failure::new(class, message);
    failure.detail.code = Some(code.to_owned());
    Try::Fail(failure)
}

#[tokio::test(start_paused = true)]
async fn each_refusal_goes_on_only_where_the_policy_names_it() {
    for class in [Class::ContextLength, Class::ContentPolicy, Class::Client] {
        for fallback_on in [
            FallbackOn::default(),
            FallbackOn {
                context_length: true,
                content_policy: false,
            },
            EITHER,
        ] {
            let mut scene = Scene::new(vec![target("a", Some(vec![fail(class)])), target("b", Some(vec![]))]);
            scene.chain.policy.fallback_on = fallback_on;
            let goes_on = class == Class::ContextLength && fallback_on.context_length
                || class == Class::ContentPolicy && fallback_on.content_policy;
            assert_eq!(scene.route().await.is_ok(), goes_on, "{class} {fallback_on:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn if_every_target_refuses_the_client_gets_the_first_ones_words() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![refusal(Class::ContextLength, "more than 8", "first")])),
        target("b", Some(vec![fail(Class::Unsupported)])),
        target("c", Some(vec![refusal(Class::ContextLength, "more than 16", "second")])),
    ]);
    scene.chain.policy.fallback_on = EITHER;
    let error = scene.defeat().await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::InvalidRequest, "more than 8")
    );
    assert_eq!(error.upstream.unwrap().code.as_deref(), Some("first"));
    assert_eq!(scene.elapsed_ms(), 0, "nobody is asked twice");
}

#[tokio::test(start_paused = true)]
async fn a_larger_model_that_is_down_may_be_back_later() {
    let mut scene = Scene::new(vec![
        target("a", Some(vec![fail(Class::ContextLength)])),
        target(
            "b",
            Some(vec![
                fail(Class::Overloaded),
                fail(Class::Overloaded),
                fail(Class::Overloaded),
            ]),
        ),
    ]);
    scene.chain.policy.fallback_on = EITHER;
    let error = scene.defeat().await;
    assert_eq!(error.kind, ErrorKind::ProviderError);
    assert_eq!(scene.tried_ms(0).len(), 1);
    assert_eq!(scene.tried_ms(1).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_speaks_for_the_health_of_the_target() {
    let refusals = (0..BREAKER.failures).map(|_| fail(Class::ContentPolicy)).collect();
    let mut scene = Scene::new(vec![target("a", Some(refusals)), target("b", Some(vec![]))]);
    scene.chain.policy.fallback_on = EITHER;
    for _ in 0..BREAKER.failures {
        scene.route().await.unwrap();
    }
    let target = &scene.chain.targets[0];
    assert_eq!(target.breaker.state(), BreakerState::default());
    let report = target.health.report(tokio::time::Instant::now(), false);
    assert_eq!(report.status, Status::Healthy);
}
