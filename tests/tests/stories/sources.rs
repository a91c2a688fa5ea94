//! `plugins.sources`: plugins from a registry and by https come into force by their hash, and whatever goes wrong there
//! harms themselves only.

use std::fs;

use jackfield_tests::gateway::{FREE, Gateway, built_plugin};
use jackfield_tests::registry::Registry;
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::hot_swap::rebuilt;
use crate::scene::ask;

const PASSWORD: &str = "registry-password-5f1c";

/// Where a gateway under test keeps plugins.
const STORE: &str = "cache/plugins";

fn echo() -> Vec<u8> {
    fs::read(built_plugin("echo")).unwrap()
}

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// A configuration with these members of `plugins`, and a model of the plugin `echo`. The folder has no such plugin.
fn config(plugins: &str) -> String {
    format!(
        r#"
server: {{ auth: off }}
storage: {{ url: none }}
plugins: {{ deadline: 10s, {plugins} }}
providers:
  fetched: {{ "adapter": echo }}
models:
  mirror: {{ {FREE}, chain: [{{ provider: fetched, model: m }}] }}
"#
    )
}

fn from(source: &str) -> String {
    config(&format!("sources: [{{ name: echo, {source} }}]"))
}

/// The reference of what `put` put there, as a member of a source.
fn oci(registry: &Registry, repository: &str, digest: &str) -> String {
    format!("from: \"oci://{}/{repository}@{digest}\"", registry.host())
}

/// The plugin in force: its hash.
fn in_force(snapshot: &Value) -> &str {
    snapshot["plugins"][0]["sha256"].as_str().unwrap_or_default()
}

fn message(snapshot: &Value) -> String {
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_plugin_from_a_registry_serves_and_a_later_start_needs_no_network() {
    let registry = Registry::start().await;
    let digest = registry.put("acme/echo", "1.0", &echo());
    let config = from(&oci(&registry, "acme/echo:1.0", &digest));
    let gateway = Gateway::start(&config).await;
    assert_eq!(gateway.client().chat(ask("mirror")).await.content(), "hello");
    let snapshot = gateway.snapshot().await;
    assert_eq!(in_force(&snapshot), sha256(&echo()));
    let file = snapshot["plugins"][0]["file"].as_str().unwrap();
    assert_eq!(file, format!("oci://{}/acme/echo:1.0@{digest}", registry.host()));

    let folder = TempDir::new().unwrap();
    for name in ["config", "plugins", STORE] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for entry in fs::read_dir(gateway.folder().join(STORE)).unwrap().flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), folder.path().join(STORE).join(entry.file_name())).unwrap();
        }
    }
    fs::write(folder.path().join("config/config.yaml"), &config).unwrap();
    let asked = registry.requests().len();
    let later = Gateway::start_in(folder, "config", "plugins").await;
    assert_eq!(later.client().chat(ask("mirror")).await.content(), "hello");
    assert_eq!(registry.requests().len(), asked, "it was kept");
}

#[tokio::test]
async fn a_plugin_by_https_serves_if_its_hash_is_the_one_that_was_written() {
    let registry = Registry::start().await;
    let url = registry.serve_file("echo.wasm", &echo());
    let other = "0".repeat(64);
    let mut gateway = Gateway::start(&from(&format!("from: \"{url}\", sha256: \"{other}\""))).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        message(&snapshot),
        format!(
            "cannot be fetched: what came has the SHA-256 {}, and {other} was asked for",
            sha256(&echo())
        )
    );
    assert_eq!(gateway.client().chat(ask("mirror")).await.status, 503);
    let right = from(&format!("from: \"{url}\", sha256: \"{}\"", sha256(&echo())));
    gateway.reconfigure(&right).await;
    gateway.until(|snapshot| in_force(snapshot) == sha256(&echo())).await;
    assert_eq!(gateway.client().chat(ask("mirror")).await.content(), "hello");
}

#[tokio::test]
async fn a_registry_that_is_down_keeps_nothing_else_up_and_is_asked_again() {
    let registry = Registry::start().await;
    let digest = registry.put("echo", "1", &echo());
    registry.fail(Some(503));
    let config = from(&oci(&registry, "echo", &digest));
    let mut gateway = Gateway::start(&config).await;
    let snapshot = gateway.snapshot().await;
    let host = registry.host();
    assert_eq!(
        message(&snapshot),
        format!("cannot be fetched: {host} answers with 503 Service Unavailable")
    );
    assert_eq!(snapshot["providers"][0]["state"], "off");
    // Another change goes in meanwhile.
    gateway
        .reconfigure(&(config + "credits: { cost_multiplier: 2 }\n"))
        .await;
    gateway.until(|snapshot| snapshot["generation"] == 2).await;
    registry.fail(None);
    let snapshot = gateway.until(|snapshot| snapshot["rejected"].is_null()).await;
    assert_eq!(in_force(&snapshot), sha256(&echo()));
    assert_eq!(gateway.client().chat(ask("mirror")).await.content(), "hello");
}

#[tokio::test]
async fn the_last_good_version_serves_until_the_next_has_been_fetched() {
    let registry = Registry::start().await;
    let next = rebuilt("echo", "the next version");
    let first = registry.put("echo", "1", &echo());
    let second = registry.put("echo", "2", &next);
    let trusting = |digest: &str| {
        let source = oci(&registry, "echo", digest);
        config(&format!(
            "trust: {{ public_keys: [] }}, sources: [{{ name: echo, {source} }}]"
        ))
    };
    let mut gateway = Gateway::start(&trusting(&first)).await;
    registry.fail(Some(500));
    gateway.reconfigure(&trusting(&second)).await;
    let failed = |snapshot: &Value| {
        let message = snapshot["rejected"]["faults"][0]["message"].as_str();
        message.is_some_and(|message| message.starts_with("cannot be fetched"))
    };
    let snapshot = gateway.until(failed).await;
    assert_eq!(in_force(&snapshot), sha256(&echo()));
    assert_eq!(gateway.client().chat(ask("mirror")).await.content(), "hello");
    registry.fail(None);
    gateway.until(|snapshot| in_force(snapshot) == sha256(&next)).await;
    assert_eq!(gateway.client().chat(ask("mirror")).await.content(), "hello");
}

#[tokio::test]
async fn a_blob_that_is_not_what_its_digest_says_never_runs() {
    let registry = Registry::start().await;
    let digest = registry.put("echo", "1", &echo());
    registry.forge(&echo(), &rebuilt("echo", "forged"));
    let gateway = Gateway::start(&from(&oci(&registry, "echo", &digest))).await;
    let snapshot = gateway.snapshot().await;
    assert!(message(&snapshot).contains("was asked for"), "{}", message(&snapshot));
    assert_eq!(snapshot["plugins"], value!([]));
    let kept = fs::read_dir(gateway.folder().join(STORE))
        .into_iter()
        .flatten()
        .flatten();
    assert_eq!(
        kept.filter(|entry| entry.path().is_file()).count(),
        0,
        "nothing of it is kept"
    );
}

#[tokio::test]
async fn a_source_with_another_plugin_than_it_says_is_refused() {
    let registry = Registry::start().await;
    let digest = registry.put("echo", "1", &fs::read(built_plugin("openai")).unwrap());
    let gateway = Gateway::start(&from(&oci(&registry, "echo", &digest))).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        message(&snapshot),
        "is the plugin `openai`, and plugins.sources has it as `echo`"
    );
}

#[tokio::test]
async fn a_password_goes_to_its_registry_alone_and_is_never_shown() {
    let (registry, store) = (Registry::start().await, Registry::start().await);
    let digest = registry.put("echo", "1", &echo());
    registry.require("acme", PASSWORD);
    // Blobs are elsewhere, as with most registries.
    let blob = format!("sha256:{}", sha256(&echo()));
    store.serve_file(&blob, &echo());
    registry.send_on(&format!("http://{}/files/", store.host()));
    let source = oci(&registry, "echo", &digest);
    let with = |password: &str| {
        let access = format!(
            "registries: {{ \"{}\": {{ username: acme, password: \"{password}\" }} }}",
            registry.host()
        );
        config(&format!("{access}, sources: [{{ name: echo, {source} }}]"))
    };
    let mut gateway = Gateway::start(&with("wrong-password-77")).await;
    let snapshot = gateway.snapshot().await;
    let said = message(&snapshot);
    assert!(
        said.ends_with("answers with 401 Unauthorized; check its entry in plugins.registries"),
        "{said}"
    );
    gateway.reconfigure(&with(PASSWORD)).await;
    let snapshot = gateway.until(|snapshot| snapshot["rejected"].is_null()).await;
    assert_eq!(in_force(&snapshot), sha256(&echo()));
    for shown in [snapshot.to_string(), gateway.logs()] {
        assert!(
            !shown.contains(PASSWORD) && !shown.contains("wrong-password-77"),
            "{shown}"
        );
    }
    assert!(
        registry
            .requests()
            .contains(&"GET /token with authorization".to_owned())
    );
    assert_eq!(
        store.requests(),
        [format!("GET /files/{blob}")],
        "no credential goes there"
    );
}

#[tokio::test]
async fn a_redirect_to_another_scheme_is_not_followed() {
    let registry = Registry::start().await;
    let digest = registry.put("echo", "1", &echo());
    registry.send_on("https://127.0.0.1:1/");
    let gateway = Gateway::start(&from(&oci(&registry, "echo", &digest))).await;
    let said = message(&gateway.snapshot().await);
    assert_eq!(
        said,
        format!("cannot be fetched: {} sends on to another scheme", registry.host())
    );
}

#[tokio::test]
async fn what_is_no_artefact_of_a_plugin_is_refused_in_words() {
    let registry = Registry::start().await;
    let index = value!({ "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json",
                                         "digest": "sha256:aa", "size": 1 }] });
    let image = value!({ "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                                      "digest": "sha256:aa", "size": 1 }] });
    for (manifest, why) in [
        (index, "is an index of others"),
        (image, "names a layer that is not application/wasm"),
        (value!("text"), "cannot be read"),
    ] {
        let digest = registry.put_manifest("other", "1", manifest.to_string().as_bytes(), &[]);
        let gateway = Gateway::start(&from(&oci(&registry, "other", &digest))).await;
        let said = message(&gateway.snapshot().await);
        assert!(said.contains(why), "{said}");
    }
}
