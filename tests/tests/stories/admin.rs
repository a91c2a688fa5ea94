//! What operators see at `/admin/snapshot`, and who may see it; what they see and change at `/admin/api`.

mod accounts;
mod barred;
mod changed_terms;
mod export;
mod operation;
mod page;
mod playground;
mod plugins;
mod roles;
mod terms;

mod requests;

use std::fs;

use jackfield_tests::gateway::{Gateway, built_plugin};
use serde_json::json as value;

use crate::scene::eventually;

const CONFIG: &str = "
providers:
  mine: { adapter: echo }
models:
  a: { pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: e }] }
  b: { pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: e }] }
";

#[tokio::test]
async fn the_snapshot_tells_what_is_in_force() {
    let mut gateway = Gateway::start(CONFIG).await;
    gateway.install("openai", "openai").await;
    // The old snapshot is freed a moment after the new one came into force.
    let alone = |it: &serde_json::Value| it["older_generations"] == value!([]);
    let snapshot = async || gateway.snapshot().await;
    let snapshot = eventually("the end of older generations", snapshot, alone).await;
    assert_eq!(snapshot["generation"], 2);
    assert_eq!(snapshot["digest"].as_str().unwrap().len(), 64);
    let config = gateway.config_dir().join("config.yaml");
    assert_eq!(snapshot["files"], value!([config.display().to_string()]));
    assert_eq!(snapshot["models"], 2);
    let provider = value!({ "name": "mine", "adapter": "echo", "state": "on", "reason": null, "keys": null });
    assert_eq!(snapshot["providers"], value!([provider]));
    for (index, name, state) in [(0, "echo", "active"), (1, "openai", "unused")] {
        let plugin = &snapshot["plugins"][index];
        assert_eq!((&plugin["name"], &plugin["state"]), (&value!(name), &value!(state)));
        assert_eq!(plugin["version"], "0.1.0");
        assert_eq!(plugin["vouched_by"], value!(null));
        assert_eq!(plugin["isolation"], "request");
        assert_eq!(plugin["sha256"].as_str().unwrap().len(), 64);
        let file = fs::read(plugin["file"].as_str().unwrap()).unwrap();
        assert_eq!(file, fs::read(built_plugin(name)).unwrap());
    }
    assert_eq!(snapshot["warnings"], value!([]));
    assert_eq!(snapshot["rejected"], value!(null));
    assert_eq!(snapshot["requests_under_way"], 0);
}

#[tokio::test]
async fn with_a_token_only_its_bearer_sees_it() {
    let server = "server: { auth: off, admin: { token: \"let-me-in\" } }";
    let gateway = Gateway::start_without_operators(&format!("{server}{CONFIG}")).await;
    let client = gateway.client();
    for stranger in [
        client.clone(),
        client.clone().with_key("let-me"),
        client.clone().with_key(""),
        client.clone().header("x-api-key", "let-me-in"),
    ] {
        let answer = stranger.get("/admin/snapshot").await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (401, Some("AUTHENTICATION_ERROR"))
        );
    }
    let operator = client.with_key("let-me-in");
    assert_eq!(operator.get("/admin/snapshot").await.json()["generation"], 1);
}

#[tokio::test]
async fn a_key_of_a_client_opens_nothing_to_operators() {
    let key = format!("rk_{}", "ab".repeat(32));
    let config = format!(
        "server: {{ auth: required, admin: {{ token: \"let-me-in\" }} }}\nplans: {{ max: {{ tiers: [free] }} }}\n\
        keys: {{ ada: {{ key: \"{key}\", user: ada, plan: max }} }}{CONFIG}"
    );
    let gateway = Gateway::start_without_operators(&config).await;
    let client = gateway.client().with_key(&key);
    assert_eq!(client.get("/admin/snapshot").await.status, 401);
}

#[tokio::test]
async fn where_no_key_is_required_whoever_is_on_this_machine_is_an_operator() {
    let gateway = Gateway::start_without_operators(&format!("server: {{ auth: off }}{CONFIG}")).await;
    assert_eq!(gateway.client().get("/admin/snapshot").await.json()["generation"], 1);
    let page = gateway.client().header("origin", "https://evil.example");
    assert_eq!(page.get("/admin/snapshot").await.status, 403);
}

#[tokio::test]
async fn clients_do_not_find_it_without_a_token() {
    let gateway = Gateway::start_without_operators(&format!("server: {{ auth: required }}{CONFIG}")).await;
    let answer = gateway.client().get("/admin/snapshot").await;
    assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
    assert!(answer.text().contains("server.admin.listen"), "{}", answer.text());
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let required = format!("server: {{ auth: required }}{CONFIG}");
    let gateway = Gateway::start_on(everywhere, &required).await;
    let answer = gateway.client().get("/admin/snapshot").await;
    assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
    let server = "server: { auth: required, admin: { token: \"let-me-in\" } }";
    let gateway = Gateway::start_on(everywhere, &format!("{server}{CONFIG}")).await;
    let operator = gateway.client().with_key("let-me-in");
    assert_eq!(operator.get("/admin/snapshot").await.status, 200);
}

#[tokio::test]
async fn operators_can_have_a_listener_of_their_own() {
    let gateway = Gateway::start(CONFIG).await;
    let public = gateway.client().get("/admin/snapshot").await;
    assert_eq!((public.status, public.error_code()), (404, Some("NOT_FOUND")));
    let operator = gateway.operator();
    assert_eq!(operator.get("/admin/snapshot").await.json()["generation"], 1);
    assert_eq!(operator.get("/healthz").await.status, 200);
    assert_eq!(operator.get("/v1/models").await.status, 404);
}
