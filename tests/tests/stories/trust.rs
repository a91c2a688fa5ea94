//! `plugins.trust`: what is neither signed by a listed key nor pinned never runs, and harms itself only.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use jackfield_tests::gateway::{Gateway, built_plugin, put};
use minisign::KeyPair;
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::hot_swap::rebuilt;
use crate::scene::{Scene, Setup, ask, says};

const LETS_IN: &str = "plugins.trust lets in only what is signed or pinned";

fn key() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn signature(key: &KeyPair, content: &[u8]) -> String {
    let signature = minisign::sign(None, &key.sk, Cursor::new(content), None, None);
    signature.unwrap().into_string()
}

/// The section `plugins` that trusts these keys and these contents.
fn trusting(keys: &[&KeyPair], contents: &[&[u8]]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| key.pk.to_base64()).collect();
    let pins: Vec<String> = contents.iter().map(|content| sha256(content)).collect();
    format!("plugins: {{ deadline: 10s, trust: {{ public_keys: {keys:?}, sha256: {pins:?} }} }}\n")
}

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

fn file(gateway: &Gateway, name: &str) -> PathBuf {
    gateway.plugins_dir().join(name)
}

/// The only fault: its message and its remedy.
fn fault(snapshot: &Value) -> (String, String) {
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let text = |member: &str| faults[0][member].as_str().unwrap().to_owned();
    (text("message"), text("remedy"))
}

/// A scene whose plugin `openai` is signed by `key`, which its configuration trusts.
async fn signed_scene(key: &KeyPair) -> Scene {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    let whole = fs::read(built_plugin("openai")).unwrap();
    put(
        &file(&scene.gateway, "openai.wasm.minisig"),
        signature(key, &whole).as_bytes(),
    );
    let config = scene.config(&Setup::default()) + &trusting(&[key], &[]);
    scene.gateway.reconfigure(&config).await;
    let snapshot = scene.gateway.until(|snapshot| snapshot["rejected"].is_null()).await;
    assert_eq!(snapshot["plugins"][0]["name"], "openai");
    scene
}

async fn answers(scene: &Scene) {
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");
}

#[tokio::test]
async fn an_update_comes_into_force_once_it_is_signed_by_a_listed_key() {
    let (ours, theirs) = (key(), key());
    let mut scene = signed_scene(&ours).await;
    let update = rebuilt("openai", "an update");

    // The signature that is there is that of the content before.
    scene.gateway.put_plugin("openai", &update).await;
    let (message, _) = fault(&scene.gateway.snapshot().await);
    assert!(message.starts_with("is not what was signed"), "{message}");
    answers(&scene).await;

    let place = file(&scene.gateway, "openai.wasm.minisig");
    scene.gateway.after(|_| fs::remove_file(&place).unwrap()).await;
    let (message, remedy) = fault(&scene.gateway.snapshot().await);
    assert_eq!(
        message,
        format!("has no signature (openai.wasm.minisig is not there), and {LETS_IN}")
    );
    let by_hash = format!("add \"{}\" to plugins.trust.sha256", sha256(&update));
    assert!(remedy.starts_with("sign it with `jackfield plugin sign openai.wasm --key KEY`"));
    assert!(remedy.ends_with(&by_hash), "{remedy}");

    let stranger = signature(&theirs, &update);
    scene.gateway.after(|_| put(&place, stranger.as_bytes())).await;
    let (message, _) = fault(&scene.gateway.snapshot().await);
    assert!(
        message.starts_with("is signed by a key that plugins.trust"),
        "{message}"
    );
    answers(&scene).await;
    assert_ne!(scene.gateway.snapshot().await["plugins"][0]["sha256"], sha256(&update));

    scene
        .gateway
        .after(|_| put(&place, signature(&ours, &update).as_bytes()))
        .await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["rejected"], value!(null));
    assert_eq!(snapshot["plugins"][0]["sha256"], sha256(&update));
    answers(&scene).await;
}

#[tokio::test]
async fn a_hash_in_the_configuration_lets_its_content_in_without_a_signature() {
    let mut scene = signed_scene(&key()).await;
    let update = rebuilt("openai", "a pinned update");
    scene.gateway.put_plugin("openai", &update).await;
    fault(&scene.gateway.snapshot().await);
    let config = scene.config(&Setup::default()) + &trusting(&[], &[&update]);
    scene.gateway.reconfigure(&config).await;
    let snapshot = scene.gateway.snapshot().await;
    assert_eq!(snapshot["rejected"], value!(null));
    assert_eq!(snapshot["plugins"][0]["sha256"], sha256(&update));
    answers(&scene).await;
}

#[tokio::test]
async fn what_a_withdrawn_key_signed_serves_nobody_any_more() {
    let withdrawn = key();
    let mut scene = signed_scene(&withdrawn).await;
    answers(&scene).await;
    let config = scene.config(&Setup::default()) + &trusting(&[&key()], &[]);
    scene.gateway.reconfigure(&config).await;
    let snapshot = scene.gateway.snapshot().await;
    let (message, _) = fault(&snapshot);
    assert!(
        message.starts_with("is signed by a key that plugins.trust"),
        "{message}"
    );
    assert_eq!(snapshot["plugins"], value!([]));
    assert_eq!(snapshot["providers"][0]["state"], "off");
    assert_eq!(scene.client().chat(ask("solo")).await.status, 503);
}

#[tokio::test]
async fn at_a_start_an_unsigned_plugin_switches_its_providers_off_and_harms_no_other() {
    let folder = TempDir::new().unwrap();
    for name in ["config", "plugins"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let (ours, echo) = (key(), fs::read(built_plugin("echo")).unwrap());
    let plugins = folder.path().join("plugins");
    fs::write(plugins.join("echo.wasm"), &echo).unwrap();
    fs::write(plugins.join("echo.wasm.minisig"), signature(&ours, &echo)).unwrap();
    fs::copy(built_plugin("openai"), plugins.join("openai.wasm")).unwrap();
    let config = format!(
        r#"
server: {{ auth: off }}
storage: {{ url: none }}
{}
providers:
  signed: {{ adapter: echo }}
  unsigned: {{ adapter: openai, base_url: "http://127.0.0.1:1" }}
models:
  signed: {{ {free}, chain: [{{ provider: signed, model: m }}] }}
  unsigned: {{ {free}, chain: [{{ provider: unsigned, model: m }}] }}
"#,
        trusting(&[&ours], &[]),
        free = jackfield_tests::gateway::FREE,
    );
    fs::write(folder.path().join("config/config.yaml"), config).unwrap();
    let gateway = Gateway::start_in(folder, "config", "plugins").await;
    let client = gateway.client();
    assert_eq!(client.chat(ask("signed")).await.content(), "hello");
    assert_eq!(client.chat(ask("unsigned")).await.status, 503);
    let snapshot = gateway.snapshot().await;
    let (message, _) = fault(&snapshot);
    assert!(message.ends_with(LETS_IN), "{message}");
    let off = &snapshot["providers"][1];
    assert_eq!((&off["name"], &off["state"]), (&value!("unsigned"), &value!("off")));
}
