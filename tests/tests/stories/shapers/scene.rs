//! A gateway with shapers between a client and one scripted upstream.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::{Value, json as value};

use crate::scene::says;

/// The keys of two users.
pub(crate) const ALICE: &str = "rk_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
pub(crate) const BOB: &str = "rk_b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";

/// The gateway and its upstream, which is known as an OpenAI-shaped and as an Anthropic-shaped one.
pub(crate) struct Scene {
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
}

// === impl Scene ===

impl Scene {
    /// With these shapers, each an entry of the configuration.
    pub(crate) async fn with(shapers: &str) -> Self {
        Self::with_model(shapers, "").await
    }

    /// The same with further members of the model `m`.
    pub(crate) async fn with_model(shapers: &str, members: &str) -> Self {
        let upstream = Upstream::start().await;
        let gateway = Gateway::start(&config(&upstream, shapers, members)).await;
        Self { gateway, upstream }
    }

    /// The same for callers with keys, [`ALICE`] and [`BOB`], both of the plan `free`.
    pub(crate) async fn with_keys(shapers: &str) -> Self {
        let upstream = Upstream::start().await;
        let keys = format!(
            "
server: {{ auth: required }}
plans: {{ free: {{ tiers: [free], limits: {{ per_day: 1000 }} }} }}
keys:
  alice: {{ key: {ALICE}, user: alice, plan: free }}
  bob: {{ key: {BOB}, user: bob, plan: free }}
"
        );
        let gateway = Gateway::start(&(config(&upstream, shapers, "") + &keys)).await;
        Self { gateway, upstream }
    }

    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// The upstream's next answer.
    pub(crate) fn says(&self, text: &str) -> &Self {
        self.upstream.then(says(text));
        self
    }

    /// The configuration with these shapers.
    pub(crate) fn config(&self, shapers: &str) -> String {
        config(&self.upstream, shapers, "")
    }
}

fn config(upstream: &Upstream, shapers: &str, members: &str) -> String {
    let (base_url, comma) = (upstream.base_url(), if members.is_empty() { "" } else { ", " });
    let chain = |provider: &str| format!("chain: [{{ provider: {provider}, model: up }}]");
    let (up, native) = (chain("up"), chain("native"));
    let shapers = shapers.trim_start_matches('\n').trim();
    format!(
        r#"
routing: {{ retry_count: 0 }}
providers:
  up: {{ adapter: openai, base_url: "{base_url}" }}
  native: {{ adapter: anthropic, base_url: "{base_url}" }}
models:
  m: {{ {FREE}, {up}{comma}{members} }}
  n: {{ {FREE}, {native} }}
  vectors: {{ {FREE}, capability: embeddings, {up} }}
  ranks: {{ {FREE}, capability: rerank, {up} }}
  images: {{ {FREE}, capability: images, {up} }}
shapers:
  {shapers}
"#
    )
}

/// A question to the model `m`.
pub(crate) fn ask(text: &str) -> Value {
    value!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
}

/// The same as Anthropic's clients write it, to this model.
pub(crate) fn ask_message(model: &str, text: &str) -> Value {
    value!({ "model": model, "max_tokens": 99, "messages": [{ "role": "user", "content": text }] })
}
