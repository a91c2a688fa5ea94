//! Guards that are asked by HTTP.

use jackfield_tests::upstream::{Reply, Upstream, json, never_answers, status};
use serde_json::{Value, json as value};

use super::scene::{Scene, ask};
use crate::scene::streams;

/// A gateway whose requests and replies a guard looks at.
async fn guarded(members: &str) -> (Scene, Upstream) {
    let guard = Upstream::start().await;
    let shaper = format!(
        "moderate: {{ http: {{ url: \"{}/check\", api_key: sk-of-the-guard }}, grant: [texts, reply]{members} }}",
        guard.base_url()
    );
    (Scene::with(&shaper).await, guard)
}

fn judges(action: &str, more: Value) -> Reply {
    let mut answer = value!({ "action": action });
    if let (Value::Object(answer), Value::Object(more)) = (&mut answer, more) {
        answer.extend(more);
    }
    json(200, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_is_asked_about_the_texts_and_passes_or_changes_them() {
    let (scene, guard) = guarded("").await;
    guard.reply(judges("NONE", value!({})));
    guard.then(judges("GUARDRAIL_INTERVENED", value!({ "texts": ["mild words"] })));
    scene.says("harsh words");
    let answer = scene.client().chat(ask("hi")).await;
    assert_eq!(answer.content(), "mild words");
    let asked = guard.requests();
    assert_eq!(asked[0].header("x-api-key"), Some("sk-of-the-guard"));
    let questions: Vec<Value> = asked.iter().map(|request| request.json()).collect();
    assert_eq!(
        (&questions[0]["texts"], &questions[0]["input_type"]),
        (&value!(["hi"]), &value!("request"))
    );
    assert_eq!(
        (&questions[1]["texts"], &questions[1]["input_type"]),
        (&value!(["harsh words"]), &value!("response"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guard_blocks_is_refused_with_its_reason() {
    let (scene, guard) = guarded("").await;
    guard.reply(judges("BLOCKED", value!({ "blocked_reason": "Not that." })));
    let answer = scene.client().chat(ask("hi")).await;
    assert_eq!(
        (answer.status, answer.error_code(), answer.text()),
        (400, Some("content_blocked"), "Not that.")
    );
    assert!(scene.upstream.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_text_is_judged_in_one_piece_at_its_end() {
    let (scene, guard) = guarded("").await;
    guard.reply(judges("NONE", value!({})));
    guard.then(judges(
        "GUARDRAIL_INTERVENED",
        value!({ "texts": ["all of it, milder"] }),
    ));
    scene.upstream.reply(streams(&["all ", "of ", "it"]));
    let stream = scene.client().stream(ask("hi")).await.collect().await;
    assert_eq!(
        (stream.content().as_str(), stream.is_done()),
        ("all of it, milder", true)
    );
    assert_eq!(guard.requests()[1].json()["texts"], value!(["all of it"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_fails_refuses_or_passes_as_the_operator_says() {
    let failures: [fn() -> Reply; 4] = [
        || status(500),
        || judges("MAYBE", value!({})),
        || judges("GUARDRAIL_INTERVENED", value!({ "texts": ["one", "too many"] })),
        never_answers,
    ];
    for failure in failures {
        let (scene, guard) = guarded(", deadline: 300ms").await;
        guard.reply(failure());
        let answer = scene.client().chat(ask("hi")).await;
        assert_eq!((answer.status, answer.error_code()), (502, Some("SHAPER_FAILED")));
        let (lax, guard) = guarded(", deadline: 300ms, on_failure: pass").await;
        guard.reply(failure());
        lax.says("hello");
        assert_eq!(lax.client().chat(ask("hi")).await.content(), "hello");
    }
}
