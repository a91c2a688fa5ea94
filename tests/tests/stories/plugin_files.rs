//! Files in the plugins folder that are no plugin for this host: the old one stays, and the operator learns why.

use std::fs;

use jackfield_tests::gateway::{FREE, Gateway, built_plugin, install_adapters, put};
use serde_json::{Value, json as value};
use tempfile::TempDir;

use crate::hot_swap::rebuilt;
use crate::scene::{Scene, Setup, ask, eventually, says};

/// Replaces the plugin in use by these bytes; the old one must stay in force, for this reason.
async fn is_refused(bytes: &[u8], reason: &str) {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    scene.gateway.put_plugin("openai", bytes).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 1, "{reason}");
    assert_rejected(&snapshot, "plugins/openai.wasm", reason);
    assert!(scene.gateway.logs().contains(reason));
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");

    let other = rebuilt("openai", "repaired");
    scene.gateway.put_plugin("openai", &other).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");
}

/// Demands one fault, in this file and with this reason.
#[track_caller]
fn assert_rejected(snapshot: &Value, file: &str, reason: &str) {
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let named = faults[0]["file"].as_str().unwrap();
    assert!(named.ends_with(file), "{named}");
    let message = faults[0]["message"].as_str().unwrap();
    assert!(message.contains(reason), "{message}");
    assert_ne!(faults[0]["remedy"], "");
}

fn built(name: &str) -> Vec<u8> {
    fs::read(built_plugin(name)).unwrap()
}

#[tokio::test]
async fn garbage() {
    is_refused(b"#!/bin/sh\necho hello\n", "is not a WebAssembly component").await;
    is_refused(b"", "is not a WebAssembly component").await;
}

#[tokio::test]
async fn a_core_module_that_was_not_packed() {
    is_refused(b"\0asm\x01\0\0\0", "is a core module").await;
}

#[tokio::test]
async fn a_component_of_another_world() {
    is_refused(&built("alien"), "exports no `adapter` and no `shaper`").await;
}

#[tokio::test]
async fn a_plugin_of_another_major_version() {
    is_refused(&built("alien-major"), "was built for jackfield:plugin@2").await;
}

#[tokio::test]
async fn a_plugin_that_traps_when_it_is_asked_who_it_is() {
    is_refused(&built("trapping-describe"), "has a failing `describe`").await;
}

#[tokio::test]
async fn a_plugin_that_is_cut_off() {
    let whole = built("openai");
    is_refused(&whole[..whole.len() / 2], "does not compile").await;
}

#[tokio::test]
async fn a_plugin_of_another_name() {
    let mut scene = Scene::start().await;
    scene.gateway.put_plugin("openai", &built("echo")).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 1);
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 2, "one for each provider that needs it: {faults:?}");
    assert_eq!(faults[0]["message"], "no plugin is named `openai`");
    assert_eq!(faults[0]["field"], "providers.first.adapter");
}

#[tokio::test]
async fn a_plugin_that_is_written_slowly_is_taken_once_it_is_whole() {
    let mut scene = Scene::start().await;
    let place = scene.gateway.plugins_dir().join("echo.wasm");
    let whole = built("echo");
    let (half, rest) = whole.split_at(whole.len() / 3);
    scene.gateway.after(|_| fs::write(&place, half).unwrap()).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_rejected(&snapshot, "plugins/echo.wasm", "does not compile");
    let finish = |_: &_| {
        use std::io::Write;
        let file = fs::OpenOptions::new().append(true).open(&place);
        file.unwrap().write_all(rest).unwrap();
    };
    scene.gateway.after(finish).await;
    let snapshot = scene.gateway.until(|snapshot| snapshot["generation"] == 2).await;
    assert_eq!(snapshot["rejected"], value!(null));
}

#[tokio::test]
async fn a_plugin_in_use_that_vanishes_stays_in_force() {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    let place = scene.gateway.plugins_dir().join("openai.wasm");
    scene.gateway.after(|_| fs::remove_file(&place).unwrap()).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 1);
    let fault = &snapshot["rejected"]["faults"][0];
    assert_eq!(fault["message"], "no plugin is named `openai`");
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");

    fs::write(&place, built("openai")).unwrap();
    let rejected = async || scene.gateway.snapshot().await["rejected"].clone();
    eventually("the end of the rejection", rejected, Value::is_null).await;
    assert_eq!(scene.gateway.snapshot().await["generation"], 1);
}

#[tokio::test]
async fn a_plugin_that_nobody_uses_may_vanish() {
    let mut scene = Scene::start().await;
    scene.gateway.install("echo", "echo").await;
    let place = scene.gateway.plugins_dir().join("echo.wasm");
    scene.gateway.after(|_| fs::remove_file(&place).unwrap()).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(3), &value!(null))
    );
    assert_eq!(snapshot["plugins"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn two_files_with_one_adapter_are_ambiguous() {
    let mut scene = Scene::start().await;
    let copy = rebuilt("openai", "a copy");
    scene.gateway.put_plugin("openai-copy", &copy).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 1);
    let reason = "is the adapter `openai`, as is ";
    let fault = &snapshot["rejected"]["faults"][0];
    assert!(fault["message"].as_str().unwrap().starts_with(reason), "{fault}");
}

#[tokio::test]
async fn a_broken_plugin_file_keeps_its_last_good_content_and_the_rest_of_a_change_goes_in() {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    let whole = built("openai");
    scene.gateway.put_plugin("openai", &whole[..whole.len() / 2]).await;
    let config = scene.config(&Setup::default());
    let more = format!("  more: {{ {FREE}, chain: [{{ provider: first, model: m }}] }}\n");
    scene.gateway.reconfigure(&(config + &more)).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 2);
    assert_rejected(&snapshot, "plugins/openai.wasm", "does not compile");
    assert!(
        scene
            .gateway
            .logs()
            .contains("plugin not loaded; its last good content stays in force")
    );
    for model in ["solo", "more"] {
        assert_eq!(scene.client().chat(ask(model)).await.content(), "still here");
    }
    // Another plugin beside it comes in as well.
    scene.gateway.install("echo", "echo").await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["plugins"][0]["name"]),
        (&value!(3), &value!("echo"))
    );
    assert_rejected(&snapshot, "plugins/openai.wasm", "does not compile");

    scene.gateway.put_plugin("openai", &rebuilt("openai", "whole")).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(4), &value!(null))
    );
    assert_eq!(scene.client().chat(ask("more")).await.content(), "still here");
}

#[tokio::test]
async fn a_plugin_that_breaks_on_its_way_to_another_file_keeps_its_last_good_content() {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    let half = built("openai");
    let half = &half[..half.len() / 2];
    let change = |gateway: &Gateway| {
        // Put there first: at no moment is a plugin missing.
        put(&gateway.plugins_dir().join("openai-2.wasm"), half);
        fs::remove_file(gateway.plugins_dir().join("openai.wasm")).unwrap();
    };
    scene.gateway.after(change).await;
    let moved = |snapshot: &Value| {
        let file = snapshot["plugins"][0]["file"].as_str();
        file.is_some_and(|file| file.ends_with("openai-2.wasm"))
    };
    let snapshot = scene.gateway.until(moved).await;
    assert_rejected(&snapshot, "plugins/openai-2.wasm", "does not compile");
    assert_eq!(snapshot["providers"][0]["state"], "on");
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");
}

#[tokio::test]
async fn the_last_good_content_of_a_broken_file_gets_new_limits() {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    scene.gateway.put_plugin("openai", b"no plugin").await;
    let config = scene.config(&Setup::default()) + "plugins: { deadline: 10s, isolation: shared }\n";
    scene.gateway.reconfigure(&config).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["plugins"][0]["isolation"], "shared");
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");
}

#[tokio::test]
async fn at_a_start_a_broken_plugin_switches_its_providers_off_and_harms_no_other() {
    let folder = TempDir::new().unwrap();
    for name in ["config", "plugins"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let plugins = folder.path().join("plugins");
    install_adapters("adapter: echo", &plugins);
    let whole = built("openai");
    fs::write(plugins.join("openai.wasm"), &whole[..whole.len() / 2]).unwrap();
    let config = format!(
        r#"
server: {{ auth: off }}
storage: {{ url: none }}
plugins: {{ deadline: 10s }}
providers:
  sound: {{ adapter: echo }}
  broken: {{ adapter: openai, base_url: "http://127.0.0.1:1" }}
models:
  sound: {{ {FREE}, chain: [{{ provider: sound, model: m }}] }}
  broken: {{ {FREE}, chain: [{{ provider: broken, model: m }}] }}
"#
    );
    fs::write(folder.path().join("config/config.yaml"), config).unwrap();
    let mut gateway = Gateway::start_in(folder, "config", "plugins").await;
    let client = gateway.client();
    assert_eq!(client.chat(ask("sound")).await.content(), "hello");
    assert_eq!(client.chat(ask("broken")).await.status, 503);
    let snapshot = gateway.snapshot().await;
    assert_rejected(&snapshot, "plugins/openai.wasm", "does not compile");
    let off = &snapshot["providers"][0];
    assert_eq!((&off["name"], &off["state"]), (&value!("broken"), &value!("off")));
    let reason = off["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("no plugin is named `openai`, and openai.wasm does not compile"),
        "{reason}"
    );
    assert!(
        snapshot["warnings"][0]
            .as_str()
            .unwrap()
            .contains("providers.broken is off")
    );
    assert!(gateway.logs().contains("plugin not loaded; all else is in force"));

    let place = gateway.plugins_dir().join("openai.wasm");
    gateway.after(|_| put(&place, &whole)).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
    assert_eq!(snapshot["providers"][0]["state"], "on");
}

#[tokio::test]
async fn at_a_start_a_second_file_with_the_same_adapter_is_left_out() {
    let folder = TempDir::new().unwrap();
    for name in ["config", "plugins"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let plugins = folder.path().join("plugins");
    install_adapters("adapter: echo", &plugins);
    fs::write(plugins.join("echo-old.wasm"), rebuilt("echo", "a copy")).unwrap();
    let config = "server: { auth: off }\nstorage: { url: none }\nplugins: { deadline: 10s }\n";
    fs::write(folder.path().join("config/config.yaml"), config).unwrap();
    let gateway = Gateway::start_in(folder, "config", "plugins").await;
    let snapshot = gateway.snapshot().await;
    assert_rejected(&snapshot, "plugins/echo-old.wasm", "is the adapter `echo`, as is ");
    let file = snapshot["plugins"][0]["file"].as_str().unwrap();
    assert!(
        file.ends_with("plugins/echo.wasm"),
        "the file with the adapter's name is in force, not {file}"
    );
}
