//! What operators set for the shapers that come with the gateway, through all of it.

use serde_json::{Value, json as value};

use super::scene::{ALICE, Scene, ask, ask_message};
use crate::scene::streams;

const ANN: &str = "ann@example.com";

/// What the upstream was sent last.
fn sent(scene: &Scene) -> Value {
    scene.upstream.requests().pop().unwrap().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_are_redacted_for_good_do_not_come_back() {
    let scene = Scene::with("privacy: { plugin: redact, grant: [texts, tool-arguments, reply] }").await;
    scene.says("Hello [EMAIL]");
    let mut request = ask(&format!("I am {ANN}, card 4111 1111 1111 1111"));
    request["user"] = value!(ANN);
    assert_eq!(scene.client().chat(request).await.content(), "Hello [EMAIL]");
    let sent = sent(&scene);
    assert_eq!(sent["messages"][0]["content"], "I am [EMAIL], card [CARD]");
    assert_eq!(sent["user"], "[EMAIL]");
    let logs = scene.gateway.logs();
    assert!(!logs.contains(ANN) && !logs.contains("4111 1111"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guards_rules_hold_for_the_plan_they_are_for() {
    let scene = Scene::with_keys(
        "rules: { plugin: guard, grant: [texts, reply], settings: { rules: { max_tokens: { limit: 90 } }, \
         plans: { free: { models: [m], max_tokens: { limit: 5 } }, gold: { models: [] } } } }",
    )
    .await;
    let client = || scene.client().with_key(ALICE);
    let refused = client().post("/v1/messages", ask_message("n", "hi")).await;
    assert_eq!((refused.status, refused.error_code()), (403, Some("model_not_allowed")));
    assert!(scene.upstream.requests().is_empty());
    scene.says("ok").says("ok");
    client().chat(ask("hi")).await;
    assert_eq!(sent(&scene)["max_completion_tokens"], 5);
    client().post("/v1/messages", ask_message("m", "hi")).await;
    assert_eq!(sent(&scene)["max_tokens"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_word_ends_a_stream_in_front_of_it_and_never_finishes() {
    let scene = Scene::with(
        "rules: { plugin: guard, grant: [texts, reply], settings: { rules: { words: { reply: [blue bird] } } } }",
    )
    .await;
    let text = "a blueish Blue Bird flies";
    for cut in 0..text.len() {
        scene.upstream.reply(streams(&[&text[..cut], &text[cut..]]));
        let stream = scene.client().stream(ask("hi")).await.collect().await;
        assert_eq!(stream.content(), "a blueish ", "cut at {cut}");
        assert_eq!((stream.finish_reason(), stream.is_done()), (None, false));
        assert_eq!(stream.events.last().unwrap().json()["error"]["code"], "content_blocked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_instructions_stand_before_the_clients_own_in_every_dialect() {
    let scene =
        Scene::with_keys("style: { plugin: system-prompt, settings: { text: \"Plan {{plan}}, model {{ model }}.\" } }")
            .await;
    scene.says("ok").says("ok");
    let client = || scene.client().with_key(ALICE);
    client().chat(ask("hi")).await;
    assert_eq!(
        sent(&scene)["messages"],
        value!([{ "role": "system", "content": "Plan free, model m." }, { "role": "user", "content": "hi" }])
    );
    let mut request = ask_message("m", "hi");
    request["system"] = value!("Be kind.");
    client().post("/v1/messages", request).await;
    assert_eq!(
        sent(&scene)["messages"][0]["content"],
        "Plan free, model m.\n\nBe kind."
    );
}
