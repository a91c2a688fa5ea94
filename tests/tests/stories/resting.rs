//! A plugin that nothing names is at rest, without its code, and is there again once something names it.

use std::fs;

use jackfield_tests::gateway::{FREE, Gateway, built_plugin};
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use crate::scene::{ask, says};

struct Scene {
    upstream: Upstream,
    gateway: Gateway,
}

// === impl Scene ===

impl Scene {
    /// The plugin `openai` is there, and nothing names it.
    async fn start() -> Self {
        let upstream = Upstream::start().await;
        upstream.always(says("awake"));
        let mut gateway = Gateway::start_with_own_cache(&config("")).await;
        gateway.install("openai", "openai").await;
        let scene = Self { upstream, gateway };
        assert_eq!(scene.state().await, "unused");
        scene
    }

    /// Has a provider name it.
    async fn name_it(&mut self) {
        let provider = format!(
            "  o: {{ adapter: openai, base_url: \"{}\" }}\n",
            self.upstream.base_url()
        );
        self.gateway.reconfigure(&config(&provider)).await;
    }

    async fn breaks(&mut self) {
        self.gateway.put_plugin("openai", b"no plugin").await;
    }

    fn empty_the_cache(&self) {
        let code = self.gateway.folder().join("code");
        for file in fs::read_dir(code).unwrap().flatten() {
            fs::remove_file(file.path()).unwrap();
        }
    }

    async fn state(&self) -> String {
        let snapshot = self.gateway.snapshot().await;
        let plugins = snapshot["plugins"].as_array().unwrap();
        let openai = plugins.iter().find(|plugin| plugin["name"] == "openai").unwrap();
        openai["state"].as_str().unwrap().to_owned()
    }

    async fn answers(&self) {
        assert_eq!(self.state().await, "active");
        assert_eq!(self.gateway.client().chat(ask("m")).await.content(), "awake");
    }
}

fn config(provider: &str) -> String {
    let chain = if provider.is_empty() { "e" } else { "o" };
    format!(
        "server: {{ auth: off }}\nplugins: {{ deadline: 10s }}\nproviders:\n  e: {{ adapter: echo }}\n{provider}\
         models:\n  m: {{ {FREE}, chain: [{{ provider: {chain}, model: m }}] }}\n"
    )
}

#[tokio::test]
async fn a_plugin_works_as_soon_as_something_names_it() {
    let mut scene = Scene::start().await;
    scene.name_it().await;
    scene.answers().await;
    // And again, after nothing named it for a while.
    scene.gateway.reconfigure(&config("")).await;
    assert_eq!(scene.state().await, "unused");
    scene.name_it().await;
    scene.answers().await;
}

#[tokio::test]
async fn its_file_is_compiled_again_if_the_cache_has_lost_it() {
    let mut scene = Scene::start().await;
    scene.empty_the_cache();
    scene.name_it().await;
    scene.answers().await;
}

#[tokio::test]
async fn its_last_good_content_counts_although_its_file_broke_while_it_rested() {
    let mut scene = Scene::start().await;
    scene.breaks().await;
    scene.name_it().await;
    scene.answers().await;
}

#[tokio::test]
async fn without_any_good_content_its_provider_is_off_and_says_why() {
    let mut scene = Scene::start().await;
    scene.breaks().await;
    scene.empty_the_cache();
    scene.name_it().await;
    let snapshot = scene.gateway.snapshot().await;
    let providers = snapshot["providers"].as_array().unwrap();
    let off = |provider: &&Value| provider["name"] == "o";
    let provider = providers.iter().find(off).unwrap();
    assert_eq!(provider["state"], "off", "{provider}");
    let reason = provider["reason"].as_str().unwrap();
    assert!(
        reason.contains("openai.wasm is not a WebAssembly component"),
        "{reason}"
    );
    assert_eq!(scene.gateway.client().chat(ask("m")).await.status, 503);
    let good = fs::read(built_plugin("openai")).unwrap();
    scene.gateway.put_plugin("openai", &good).await;
    scene.answers().await;
}
