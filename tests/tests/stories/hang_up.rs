//! A client that hangs up: its upstream is left, wherever the request stands.

use jackfield_tests::upstream::{Reply, never_answers, text};

use crate::scene::{Scene, Setup, ask, begins, begins_anthropic, says};

async fn scene(adapter: &str) -> Scene {
    Scene::with(Setup {
        adapter,
        ..Setup::default()
    })
    .await
}

/// A client asks, and leaves as soon as the upstream has the request.
async fn leaves_before_the_head(adapter: &str, stream: bool, reply: Reply) {
    let scene = scene(adapter).await;
    scene.first.reply(reply);
    let client = scene.client();
    let mut question = ask("duo");
    question["stream"] = stream.into();
    tokio::select! {
        answer = client.chat(question) => panic!("answered {}", answer.status),
        _ = scene.first.next_request() => {}
    }
    scene.first.hung_up().await;
    assert_eq!(scene.second.requests().len(), 0);
    assert_idle(&scene).await;
}

/// Nothing is left of the request in the gateway.
async fn assert_idle(scene: &Scene) {
    let under_way = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    crate::scene::eventually("an idle gateway", under_way, |n| *n == 0).await;
}

#[tokio::test]
async fn while_a_buffered_reply_is_awaited() {
    leaves_before_the_head("openai", false, never_answers()).await;
    leaves_before_the_head("anthropic", false, never_answers()).await;
}

#[tokio::test]
async fn while_a_buffered_reply_is_read() {
    let half = || text(200, "{\"id\": \"x\", ").then_stall();
    leaves_before_the_head("openai", false, half()).await;
    leaves_before_the_head("anthropic", false, half()).await;
}

#[tokio::test]
async fn while_the_first_content_is_awaited() {
    leaves_before_the_head("openai", true, never_answers()).await;
    leaves_before_the_head("openai", true, begins(&[]).then_stall()).await;
    leaves_before_the_head("anthropic", true, begins_anthropic(&[]).then_stall()).await;
}

#[tokio::test]
async fn in_the_middle_of_a_stream() {
    for (adapter, reply) in [
        ("openai", begins(&["half"])),
        ("anthropic", begins_anthropic(&["half"])),
    ] {
        let scene = scene(adapter).await;
        scene.first.reply(reply.then_stall());
        let mut stream = scene.client().stream(ask("duo")).await;
        assert_eq!(stream.next_content().await, "half");
        stream.hang_up();
        scene.first.hung_up().await;
        assert_eq!(scene.second.requests().len(), 0);
        assert_idle(&scene).await;
    }
}

#[tokio::test]
async fn it_is_not_held_against_the_target() {
    let scene = Scene::with_routing("retry_count: 0, breaker: { failures: 1, open_for: 1h }").await;
    scene.first.reply(begins(&["half"]).then_stall());
    scene.first.then(says("still here"));
    let mut stream = scene.client().stream(ask("duo")).await;
    stream.next_content().await;
    stream.hang_up();
    scene.first.hung_up().await;
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "still here");
}
