//! A plugin's file is replaced by one with another manifest: it moves no key, reaches into no network of ours, and stops
//! no reload.

use std::fs;

use jackfield_tests::gateway::{FREE, Gateway, built_plugin, install_adapters};
use jackfield_tests::upstream::Upstream;
use serde_json::{Value, json as value};
use tempfile::TempDir;

use crate::scene::{ask, says};

/// The key that must not go elsewhere.
const KEY: &str = "sk-of-the-operator";

/// The manifest in the built file: where a test's own is put, and how much room there is.
const MARK: &[u8] = br#"{"mark":"turncoat""#;
const ROOM: usize = 16 << 10;

/// The plugin with these further members of its manifest.
fn plugin(members: &Value) -> Vec<u8> {
    let mut manifest = value!({
        "name": "turncoat", "version": "2", "operations": ["chat"], "auth": { "scheme": "bearer" },
    });
    manifest
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    let mut bytes = fs::read(built_plugin("turncoat")).unwrap();
    let at = bytes.windows(MARK.len()).position(|window| window == MARK).unwrap();
    let text = format!("{:<ROOM$}", manifest.to_string());
    assert_eq!(text.len(), ROOM);
    bytes[at..at + ROOM].copy_from_slice(text.as_bytes());
    bytes
}

/// A configuration whose provider has these members, and whose plugins section these.
fn config(members: &str, plugins: &str) -> String {
    format!(
        r"
plugins: {{ deadline: 10s, {plugins} }}
providers:
  p: {{ adapter: turncoat, {members} }}
models:
  m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}
"
    )
}

/// The message of the only fault, with its remedy.
#[track_caller]
fn fault(snapshot: &Value) -> String {
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let text = |member: &str| faults[0][member].as_str().unwrap().to_owned();
    format!("{}; {}", text("message"), text("remedy"))
}

fn sha256_in(text: &str) -> String {
    let hex = |part: &&str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .rfind(hex)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn without_the_operators_word_no_manifest_says_where_a_key_goes() {
    let url = value!({ "base_url": "https://vendor.example/v1" });
    let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
    gateway.put_plugin("turncoat", &plugin(&url)).await;
    for members in [format!("api_key: {KEY}"), format!("headers: {{ x-key: {KEY} }}")] {
        gateway.reconfigure(&config(&members, "")).await;
        let fault = fault(&gateway.snapshot().await);
        assert!(
            fault.starts_with("is missing, so its adapter `turncoat` would say where the key goes"),
            "{fault}"
        );
        assert!(
            fault.contains("write `base_url: \"https://vendor.example/v1\"`"),
            "{fault}"
        );
        assert!(!fault.contains(KEY), "{fault}");

        gateway
            .reconfigure(&config(&format!("trust_base_url: true, {members}"), ""))
            .await;
        assert_eq!(gateway.snapshot().await["rejected"], value!(null));
    }
}

#[tokio::test]
async fn an_update_of_a_plugin_sends_no_key_to_another_address() {
    let url = |url: &str| plugin(&value!({ "base_url": url }));
    let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
    gateway.put_plugin("turncoat", &url("https://vendor.example/v1")).await;
    let trusting = format!("api_key: {KEY}, trust_base_url: true");
    gateway.reconfigure(&config(&trusting, "")).await;
    let generation = gateway.snapshot().await["generation"].clone();

    gateway.put_plugin("turncoat", &url("https://evil.example/v1")).await;
    let snapshot = gateway.snapshot().await;
    let said = fault(&snapshot);
    assert!(
        said.starts_with("would send the key of providers.p to https://evil.example/v1"),
        "{said}"
    );
    assert!(
        said.contains("write `base_url: \"https://evil.example/v1\"` for providers.p"),
        "{said}"
    );
    assert_eq!(
        snapshot["generation"], generation,
        "the last good content stays in force"
    );
    assert_eq!(snapshot["providers"][0]["state"], "on");

    let pin = format!("pins: {{ turncoat: \"{}\" }}", sha256_in(&said));
    gateway.reconfigure(&config(&trusting, &pin)).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(snapshot["rejected"], value!(null), "the configuration agrees");
    gateway.put_plugin("turncoat", &url("https://other.example/v1")).await;
    let said = fault(&gateway.snapshot().await);
    assert!(said.contains("with another content than plugins.pins says"), "{said}");
}

#[tokio::test]
async fn an_update_of_a_plugin_puts_no_key_in_another_place() {
    let upstream = Upstream::start().await;
    upstream.always(says("hi"));
    let members = format!("base_url: \"{}\", api_key: {KEY}", upstream.base_url());
    let mut gateway = Gateway::start(&config(&members, "")).await;
    gateway.put_plugin("turncoat", &plugin(&value!({}))).await;
    let bearer = format!("Bearer {KEY}");
    let update = plugin(&value!({ "auth": { "scheme": "query", "name": "q" } }));
    gateway.put_plugin("turncoat", &update).await;
    let said = fault(&gateway.snapshot().await);
    assert!(
        said.starts_with("would send the key of providers.p in the query parameter \"q\"; before, it went"),
        "{said}"
    );
    assert!(
        said.contains("write `auth: { scheme: query, name: \"q\" }` for providers.p"),
        "{said}"
    );
    assert_eq!(gateway.client().chat(ask("m")).await.content(), "hi");
    let sent = upstream.next_request().await;
    assert_eq!(
        (sent.path.as_str(), sent.header("authorization")),
        ("/v1/chat/completions", Some(&*bearer))
    );

    // Where the configuration names the place itself, the update is taken and changes nothing.
    let named = format!("{members}, auth: {{ scheme: bearer }}");
    gateway.reconfigure(&config(&named, "")).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        (&snapshot["rejected"], &snapshot["plugins"][0]["version"]),
        (&value!(null), &value!("2"))
    );
    assert_eq!(gateway.client().chat(ask("m")).await.content(), "hi");
    let sent = upstream.next_request().await;
    assert_eq!(
        (sent.path.as_str(), sent.header("authorization")),
        ("/v1/chat/completions", Some(&*bearer))
    );
}

#[tokio::test]
async fn a_manifest_reaches_into_no_network_of_ours() {
    for url in [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:9/v1",
        "http://10.0.0.8",
        "http://db.internal",
    ] {
        let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
        gateway
            .put_plugin("turncoat", &plugin(&value!({ "base_url": url })))
            .await;
        // The base URL is the configuration's own.
        assert_eq!(gateway.snapshot().await["rejected"], value!(null), "{url}");
        gateway.reconfigure(&config("settings: {}", "")).await;
        let said = fault(&gateway.snapshot().await);
        assert!(
            said.starts_with("is missing, and its adapter `turncoat` names a local address"),
            "{said}"
        );
        assert!(said.contains(&format!("write `base_url: \"{url}\"`")), "{said}");
    }
}

#[tokio::test]
async fn an_update_of_a_plugin_reaches_into_no_network_of_ours() {
    let url = |url: &str| plugin(&value!({ "base_url": url }));
    let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
    gateway.put_plugin("turncoat", &url("https://vendor.example/v1")).await;
    gateway.reconfigure(&config("settings: {}", "")).await;
    let before = gateway.snapshot().await;
    assert_eq!(before["rejected"], value!(null));

    gateway
        .put_plugin("turncoat", &url("http://169.254.169.254/latest"))
        .await;
    let snapshot = gateway.snapshot().await;
    let said = fault(&snapshot);
    assert!(
        said.starts_with("names a local address as the base URL of providers.p"),
        "{said}"
    );
    assert_eq!(
        snapshot["generation"], before["generation"],
        "the last good content stays in force"
    );
    assert_eq!(snapshot["plugins"][0]["sha256"], before["plugins"][0]["sha256"]);
}

#[tokio::test]
async fn at_a_start_a_plugin_that_may_not_be_in_force_harms_itself_only() {
    let folder = TempDir::new().unwrap();
    for name in ["config", "plugins"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let plugins = folder.path().join("plugins");
    install_adapters("adapter: echo", &plugins);
    fs::write(plugins.join("turncoat.wasm"), plugin(&value!({}))).unwrap();
    let pin = format!("pins: {{ turncoat: \"{}\" }}", "0".repeat(64));
    let members = format!("base_url: \"http://127.0.0.1:1\", api_key: {KEY}");
    let config = config(&members, &pin).replace("providers:\n", "providers:\n  echo: { adapter: echo }\n");
    let model = format!("  echo: {{ {FREE}, chain: [{{ provider: echo, model: m }}] }}\n");
    let rest = "server: { auth: off }\nstorage: { url: none }\n";
    fs::write(folder.path().join("config/config.yaml"), config + &model + rest).unwrap();
    let gateway = Gateway::start_in(folder, "config", "plugins").await;
    assert_eq!(gateway.client().chat(ask("echo")).await.content(), "hello");
    assert_eq!(gateway.client().chat(ask("m")).await.status, 503);
    let snapshot = gateway.snapshot().await;
    let said = fault(&snapshot);
    assert!(
        said.starts_with("is the adapter `turncoat` with another content than plugins.pins says"),
        "{said}"
    );
    assert_eq!(snapshot["providers"][1]["state"], "off");
}

#[tokio::test]
async fn a_manifest_obeys_the_rules_of_the_configuration() {
    let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
    for (members, reason) in [
        (
            value!({ "base_url": "ftp://vendor.example" }),
            "`base_url` is not an http or https URL",
        ),
        (
            value!({ "base_url": "https://u:p@vendor.example" }),
            "`base_url` contains a user or password",
        ),
        (
            value!({ "auth": { "scheme": "header", "name": "Host" } }),
            "`auth.name` is a connection header",
        ),
        (
            value!({ "auth": { "scheme": "header", "name": "a\r\nb" } }),
            "`auth.name` is not a valid header name",
        ),
    ] {
        gateway.put_plugin("turncoat", &plugin(&members)).await;
        let said = fault(&gateway.snapshot().await);
        assert!(
            said.starts_with(&format!("has an invalid manifest: {reason}")),
            "{said}"
        );
    }
}

/// A small schema that is 2^60 steps large for whoever follows its references.
fn growing() -> Value {
    let definitions = (0..60).map(|number| {
        let next = value!({ "$ref": format!("#/$defs/d{}", number + 1) });
        (format!("d{number}"), value!({ "allOf": [next, next] }))
    });
    let mut definitions: serde_json::Map<String, Value> = definitions.collect();
    definitions.insert("d60".to_owned(), value!(true));
    value!({ "$ref": "#/$defs/d0", "$defs": definitions })
}

#[tokio::test]
async fn a_schema_that_grows_without_end_is_refused_and_stops_nothing() {
    let mut gateway = Gateway::start(&config("base_url: \"http://127.0.0.1:1\"", "")).await;
    let in_a_circle = value!({ "properties": { "a": { "$ref": "#" } } });
    for (schema, reason) in [
        (growing(), "references followed"),
        (in_a_circle, "refers back to itself by \"#\""),
        (
            value!({ "$ref": "file:///etc/passwd" }),
            "which is no place in the schema",
        ),
    ] {
        gateway
            .put_plugin("turncoat", &plugin(&value!({ "settings": schema })))
            .await;
        let said = fault(&gateway.snapshot().await);
        assert!(
            said.starts_with("has an invalid manifest: `settings` ") && said.contains(reason),
            "{said}"
        );
    }
    // Further changes come in.
    gateway
        .reconfigure(&config("base_url: \"http://127.0.0.1:2\"", ""))
        .await;
    assert_eq!(gateway.snapshot().await["generation"], 2);
    gateway.shut_down();
    gateway.ended().await;
}
