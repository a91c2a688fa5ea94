//! What is held for a request is not the client's choice.

use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::Store;
use jackfield_tests::client::Client;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Upstream, json};
use serde_json::{Value, json as value};

use crate::api::tokens::{SECRET, token};
use crate::scene::{ask, begins, says};

/// A gateway whose user has a tenth of a credit. The models cost two micro-credits for each token out, and nothing for
/// the prompt; `bounded` writes at most 1,000 tokens.
struct Scene {
    gateway: Gateway,
    upstream: Upstream,
    store: Store,
}

// === impl Scene ===

impl Scene {
    async fn start(credits: i64) -> Self {
        let upstream = Upstream::start().await;
        let url = upstream.base_url();
        let price = "pricing: { input_per_million: 0, output_per_million: 2 }";
        let chain = "chain: [{ provider: vendor, model: m }]";
        let gateway = Gateway::start(&format!(
            r#"
server: {{ auth: required }}
routing: {{ retry_count: 0 }}
tokens: {{ secrets: ["{SECRET}"] }}
storage: {{ url: "sqlite:jackfield.db" }}
plans:
  paid: {{ tiers: [free] }}
providers:
  vendor: {{ adapter: openai, base_url: "{url}" }}
models:
  open: {{ {price}, {chain} }}
  bounded: {{ {price}, max_output: 1000, {chain} }}
  embed: {{ {price}, capability: embeddings, {chain} }}
"#
        ))
        .await;
        let store = Store::open("sqlite:jackfield.db", &gateway.config_dir()).await.unwrap();
        let now = unix_millis(SystemTime::now());
        store.add_user("ada", "paid", credits, now).await.unwrap();
        Self {
            gateway,
            upstream,
            store,
        }
    }

    fn ada(&self) -> Client {
        self.gateway.client().with_key(&token("ada", "paid"))
    }

    /// The status of a second request while one with these members streams.
    async fn beside(&self, model: &str, members: &Value) -> u16 {
        self.upstream.reply(begins(&["a"]).then_stall()).then(says("hello"));
        let mut first = ask(model);
        first
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let mut stream = self.ada().stream(first).await;
        assert_eq!(stream.next_content().await, "a");
        self.ada().chat(ask("bounded")).await.status
    }
}

#[tokio::test]
async fn a_client_cannot_make_the_hold_small() {
    for members in [
        value!({ "max_completion_tokens": 0, "n": 100 }),
        value!({ "max_completion_tokens": 1, "max_tokens": 60_000 }),
        value!({ "max_tokens": 0, "best_of": 100 }),
    ] {
        let scene = Scene::start(100_000).await;
        assert_eq!(scene.beside("open", &members).await, 402, "{members}");
        scene.store.close().await;
    }
}

#[tokio::test]
async fn a_generous_limit_does_not_spend_a_full_balance() {
    for model in ["bounded", "open"] {
        let scene = Scene::start(10_000_000).await;
        let generous = value!({ "max_tokens": 1_000_000_000 });
        assert_eq!(scene.beside(model, &generous).await, 200, "{model}");
        scene.store.close().await;
    }
}

#[tokio::test]
async fn whoever_has_spent_their_credits_gets_nothing_that_costs_something() {
    let scene = Scene::start(0).await;
    scene.upstream.always(json(200, value!({})));
    let embed = value!({ "model": "embed", "input": "hi" });
    let mut nothing = ask("open");
    nothing["max_tokens"] = value!(0);
    let refused = [
        scene.ada().post("/v1/embeddings", embed).await,
        scene.ada().chat(nothing).await,
    ];
    for refused in refused {
        assert_eq!(
            (refused.status, refused.error_code()),
            (402, Some("INSUFFICIENT_CREDITS"))
        );
    }
    assert_eq!(scene.upstream.requests().len(), 0);
    scene.store.close().await;
}
