//! Slow plugins: their calls wait for threads of their own, in a queue with an end, and hold up nobody else.

use jackfield_tests::client::Answer;
use jackfield_tests::upstream::raw;
use serde_json::{Value, json as value};
use tokio::task::JoinSet;

use super::scene::{Scene, chunk, request};
use crate::scene::eventually;

/// More calls than a gateway has workers, and fewer than may wait.
const SOME: usize = 60;

/// How many calls of a plugin may wait in any case.
const MOST: usize = 64;

/// A gateway on which one call of the hostile plugin has run into its deadline.
async fn with_a_slow_plugin(deadline: &str) -> Scene {
    let scene = Scene::with_plugins(deadline).await;
    assert!(!pace(&scene, "hostile").await["slow"].as_bool().unwrap());
    assert_eq!(scene.client().chat(request("loop-prepare")).await.status, 502);
    assert_eq!(pace(&scene, "hostile").await["slow"], true);
    scene
}

/// How a plugin stands, as operators see it.
async fn pace(scene: &Scene, plugin: &str) -> Value {
    let snapshot = scene.gateway.snapshot().await;
    let plugins = snapshot["plugins"].as_array().unwrap();
    let found = plugins.iter().find(|found| found["name"] == plugin);
    found.unwrap()["pace"].clone()
}

/// Calls that do not return before their deadline, all at once.
fn loops(scene: &Scene, count: usize) -> JoinSet<Answer> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let client = scene.client();
        calls.spawn(async move { client.chat(request("loop-prepare")).await });
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_calls_in_the_queue_hold_up_nobody_else() {
    let scene = with_a_slow_plugin("{ overrides: { hostile: { deadline: 1s } } }").await;
    let calls = loops(&scene, SOME);
    let queued = |pace: &Value| pace["waiting"].as_u64().unwrap() > 40;
    eventually("a queue", async || pace(&scene, "hostile").await, queued).await;
    for _ in 0..20 {
        assert_eq!(scene.client().chat(request("echo")).await.content(), "hello");
    }
    // They were served while the others waited: each of those takes a second.
    assert!(pace(&scene, "hostile").await["waiting"].as_u64().unwrap() > 0);
    assert!(pace(&scene, "hostile").await["call_ms"].as_f64().unwrap() > 10.0);
    assert_eq!(pace(&scene, "echo").await["slow"], false);
    // Those who hang up leave the queue.
    drop(calls);
    let empty = |pace: &Value| pace["waiting"] == 0;
    eventually("an empty queue", async || pace(&scene, "hostile").await, empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_of_a_slow_plugin_are_asked_to_come_back() {
    let scene = with_a_slow_plugin("{ overrides: { hostile: { deadline: 2s } } }").await;
    let mut calls = loops(&scene, 2 * MOST);
    let refused = calls.join_next().await.unwrap().unwrap();
    assert_eq!((refused.status, refused.error_code()), (503, Some("OVERLOADED")));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let reason = "too many calls of slow plugins wait";
    assert!(scene.gateway.logs().contains(reason), "{}", scene.gateway.logs());
    // The plugin is not at fault, and its target not out of order.
    assert_eq!(scene.client().chat(request("echo")).await.content(), "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_plugin_answers_and_streams_like_any_other() {
    let scene = with_a_slow_plugin("{ deadline: 1s }").await;
    assert_eq!(scene.client().chat(request("good")).await.content(), "good");
    let choice = value!({ "index": 0, "delta": {}, "finish_reason": "stop" });
    let end = value!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] });
    // Without `[DONE]`, which would be the third event: this behaviour traps at that.
    let events = [chunk("a"), end].map(|event| format!("data: {event}\n\n"));
    scene.upstream.reply(raw(events));
    let stream = scene.client().stream(request("trap-midstream")).await.collect().await;
    assert_eq!((stream.content().as_str(), stream.is_done()), ("a", true));
    let plugin = pace(&scene, "hostile").await;
    assert_eq!((&plugin["slow"], &plugin["waiting"]), (&value!(true), &value!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_imports_wasi_is_slow_from_the_beginning() {
    let scene = Scene::start().await;
    assert_eq!(pace(&scene, "wasi-guest").await["slow"], true);
    assert_eq!(scene.client().chat(request("wasi")).await.status, 200);
}
