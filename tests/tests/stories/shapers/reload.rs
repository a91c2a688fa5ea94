//! Shapers that come, change and break while requests are in flight.

use std::fs;

use jackfield_tests::gateway::{Gateway, built_plugin, put};
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};

use super::scene::{Scene, ask};
use crate::hot_swap::rebuilt;
use crate::scene::says;

const HIDE: &str = "pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }";

/// How often both plugins are replaced.
const SWAPS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shaper_and_an_adapter_are_replaced_a_hundred_times_and_no_request_is_lost() {
    let mut scene = Scene::with(HIDE).await;
    scene.upstream.always(says("a SECRET"));
    let (client, stop) = (scene.client(), tokio_util::sync::CancellationToken::new());
    let load = async {
        let mut served = 0_usize;
        while !stop.is_cancelled() {
            let answer = client.chat(ask("my SECRET")).await;
            let (status, content) = (answer.status, answer.content());
            assert_eq!((status, content.as_str()), (200, "a [hidden]"), "{}", answer.text());
            served += 1;
        }
        served
    };
    let swaps = async {
        // Two builds in turn: that they are compiled again and again is not the point.
        let builds = ["build 0", "build 1"].map(|mark| ["shady", "openai"].map(|name| (name, rebuilt(name, mark))));
        for build in builds.iter().cycle().take(SWAPS) {
            for (name, bytes) in build {
                put(&scene.gateway.plugins_dir().join(format!("{name}.wasm")), bytes);
            }
            let hashes: Vec<String> = build
                .iter()
                .map(|(_, bytes)| format!("{:x}", Sha256::digest(bytes)))
                .collect();
            let is_in_force = |hash: &String, snapshot: &Value| {
                let mut plugins = snapshot["plugins"].as_array().into_iter().flatten();
                plugins.any(|plugin| plugin["sha256"] == **hash)
            };
            let both = |snapshot: &Value| hashes.iter().all(|hash| is_in_force(hash, snapshot));
            scene.gateway.until(both).await;
        }
        stop.cancel();
    };
    let (served, ()) = tokio::join!(load, swaps);
    assert!(served > 0);
    assert_eq!(scene.gateway.snapshot().await["rejected"], value!(null));
    let sent = scene.upstream.requests();
    assert!(
        sent.iter()
            .all(|request| request.json()["messages"][0]["content"] == "my [hidden]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_shaper_beside_a_good_change_harms_itself_only() {
    let mut scene = Scene::with(HIDE).await;
    let shady = scene.gateway.plugins_dir().join("shady.wasm");
    fs::write(&shady, "broken").unwrap();
    let more = scene.config(HIDE).replace("  n: {", "  fresh: {");
    scene.gateway.reconfigure(&more).await;
    // The plugin may have been noticed before the configuration.
    scene.gateway.reload().await;
    // The last good content stays, and the change is live.
    let mut question = ask("my SECRET");
    scene.says("a SECRET");
    assert_eq!(scene.client().chat(question.clone()).await.content(), "a [hidden]");
    question["model"] = "n".into();
    assert_eq!(scene.client().chat(question).await.error_code(), Some("INVALID_MODEL"));
    assert!(!scene.gateway.snapshot().await["rejected"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_shaper_does_not_load_at_a_start_is_unavailable_but_never_unshaped() {
    let lost = |on_failure: &str| {
        format!(
            "pii: {{ plugin: shady, grant: [texts, reply], everywhere: false, on_failure: {on_failure}, settings: {{ does: hide }} }}"
        )
    };
    for (on_failure, expected) in [("refuse", Err("SHAPER_UNAVAILABLE")), ("pass", Ok("a SECRET"))] {
        let scene = Scene::with("").await;
        scene.upstream.always(says("a SECRET"));
        let config = scene
            .config(&lost(on_failure))
            .replace("  m: {", "  m: { shapers: [pii], ");
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("plugins")).unwrap();
        let config = format!("{config}\nserver: {{ auth: off }}\nstorage: {{ url: none }}\n");
        fs::write(folder.path().join("config.yaml"), config).unwrap();
        for adapter in ["openai", "anthropic"] {
            let place = folder.path().join(format!("plugins/{adapter}.wasm"));
            fs::copy(built_plugin(adapter), place).unwrap();
        }
        fs::write(folder.path().join("plugins/shady.wasm"), "broken").unwrap();
        let mut gateway = Gateway::start_in(folder, "config.yaml", "plugins").await;
        let warnings = gateway.snapshot().await["warnings"].to_string();
        assert!(warnings.contains("shapers.pii is not in force"), "{warnings}");
        let answer = gateway.client().chat(ask("my SECRET")).await;
        match expected {
            Err(code) => assert_eq!((answer.status, answer.error_code()), (503, Some(code))),
            Ok(content) => assert_eq!(answer.content(), content),
        }
        gateway.install("shady", "shady").await;
        let answer = gateway.client().chat(ask("my SECRET")).await;
        assert_eq!(answer.content(), "a [hidden]", "{}", answer.text());
    }
}
