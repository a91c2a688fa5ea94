//! Plugins and providers that come and change while requests are in flight: nothing is lost, nothing restarts.

use std::fs;

use jackfield_tests::client::Events;
use jackfield_tests::gateway::{FREE, Gateway, built_plugin};
use jackfield_tests::upstream::{Gate, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::json as value;

use crate::scene::{Scene, Setup, ask, assert_complete, eventually, streams};

/// Streams that run while a plugin is replaced.
const STREAMS: usize = 50;

/// A built plugin with one more custom section (WebAssembly core specification, 5.5.3): other bytes, same behaviour.
pub(crate) fn rebuilt(name: &str, mark: &str) -> Vec<u8> {
    let mut bytes = fs::read(built_plugin(name)).unwrap();
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let section = [&[length("mark")], "mark".as_bytes(), mark.as_bytes()].concat();
    bytes.extend([0, u8::try_from(section.len()).unwrap()]);
    bytes.extend(section);
    bytes
}

#[tokio::test]
async fn a_new_plugin_and_a_provider_for_it_are_live_without_a_restart() {
    let mut scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(streams(&["be", "fore"]).pause_before(2, &gate));
    let mut running = scene.client().stream(ask("solo")).await;
    assert_eq!(running.next_content().await, "be");

    scene.gateway.install("echo", "dropped-in").await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
    let echo = snapshot["plugins"].as_array().unwrap();
    let echo = echo.iter().find(|plugin| plugin["name"] == "echo").unwrap();
    assert_eq!(echo["state"], "unused");

    let config = scene.config(&Setup::default());
    let config = config.replace("providers:\n", "providers:\n  mine: { adapter: echo }\n");
    let model = format!("  mirror: {{ {FREE}, chain: [{{ provider: mine, model: echo }}] }}\n");
    scene.gateway.reconfigure(&(config + &model)).await;
    let answer = scene.client().chat(ask("mirror")).await;
    assert_eq!(answer.content(), "hello");

    gate.open();
    assert_complete(&running.collect().await, "fore");
}

#[tokio::test]
async fn fifty_streams_end_well_on_the_plugin_they_began_with() {
    let mut scene = Scene::with(Setup {
        server: "auth: off, expose_generation: true",
        adapter: "anthropic",
        ..Setup::default()
    })
    .await;
    let gate = Gate::new();
    let turn = Turn::says(&["old ", "to the end"]);
    scene
        .first
        .always(sse_typed(&anthropic::events(&turn)).pause_before(4, &gate));
    let mut running = begun(&scene, "1").await;

    let other = rebuilt("anthropic", "second build");
    scene.gateway.put_plugin("anthropic", &other).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 2);
    assert_eq!(snapshot["older_generations"], value!([1]));
    running.extend(begun(&scene, "2").await);

    gate.open_forever();
    for stream in running {
        assert_complete(&stream.collect().await, "to the end");
    }
    assert_eq!(scene.first.requests().len(), 2 * STREAMS);
    only_the_newest(&scene.gateway).await;
}

/// Streams whose first content has come, all served by this generation.
async fn begun(scene: &Scene, generation: &str) -> Vec<Events> {
    let client = scene.client();
    let mut running = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = client.stream(ask("solo")).await;
        assert_eq!(stream.header("x-jackfield-generation"), Some(generation));
        assert_eq!(stream.next_content().await, "old ");
        running.push(stream);
    }
    running
}

/// Waits until no older generation is left.
async fn only_the_newest(gateway: &Gateway) {
    let older = async || gateway.snapshot().await["older_generations"].clone();
    eventually("the end of older generations", older, |older| *older == value!([])).await;
}

#[tokio::test]
async fn a_provider_that_is_removed_serves_its_streams_to_the_end() {
    let mut scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(streams(&["to ", "the end"]).pause_before(2, &gate));
    let mut running = scene.client().stream(ask("solo")).await;
    assert_eq!(running.next_content().await, "to ");
    let config = "providers: {}\nmodels: {}\n";
    scene.gateway.reconfigure(config).await;
    assert_eq!(
        scene.client().chat(ask("solo")).await.error_code(),
        Some("INVALID_MODEL")
    );
    gate.open();
    assert_complete(&running.collect().await, "the end");
    only_the_newest(&scene.gateway).await;
}

#[tokio::test]
async fn a_buffered_request_keeps_its_generation_too() {
    let mut scene = Scene::with_server("expose_generation: true").await;
    let gate = Gate::new();
    scene.first.reply(crate::scene::says("old").after(&gate));
    let client = scene.client();
    let waiting = client.chat(ask("solo"));
    let changes = async {
        scene.first.next_request().await;
        let other = rebuilt("openai", "second build");
        scene.gateway.put_plugin("openai", &other).await;
        assert_eq!(scene.gateway.snapshot().await["older_generations"], value!([1]));
        gate.open();
    };
    let (answer, ()) = tokio::join!(waiting, changes);
    assert_eq!(answer.content(), "old");
    assert_eq!(answer.header("x-jackfield-generation"), Some("1"));
    only_the_newest(&scene.gateway).await;
}

#[tokio::test]
async fn a_plugin_that_moves_to_another_file_is_the_same_plugin() {
    let mut scene = Scene::start().await;
    scene.first.always(crate::scene::says("hi"));
    scene
        .gateway
        .after(|gateway| {
            let place = gateway.plugins_dir();
            fs::rename(place.join("openai.wasm"), place.join("openai-2.wasm")).unwrap();
        })
        .await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "hi");
}
