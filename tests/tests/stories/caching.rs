//! The response cache: equal requests are answered once, and nobody gets what is not theirs, not whole, or too old.

mod books;
mod bounds;
mod dialects;
mod in_flight;
mod shared_store;
mod sharing;

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use crate::scene::{ask, says};

/// The keys of three users: two of the plan `pro`, one of the plan `free`.
const ADA: &str = "rk_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const BOB: &str = "rk_b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";
const CLEO: &str = "rk_c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";

/// A gateway with one upstream, and models whose caches differ.
struct Scene {
    gateway: Gateway,
    upstream: Upstream,
}

// === impl Scene ===

impl Scene {
    async fn start() -> Self {
        Self::with("").await
    }

    /// The same with further sections of the configuration.
    async fn with(sections: &str) -> Self {
        let upstream = Upstream::start().await;
        let gateway = Gateway::start(&config(&upstream, sections)).await;
        Self { gateway, upstream }
    }

    /// A client with Ada's key.
    fn ada(&self) -> Client {
        self.gateway.client().with_key(ADA)
    }

    /// The upstream's next answer.
    fn says(&self, text: &str) -> &Self {
        self.upstream.then(says(text));
        self
    }

    /// How many requests the upstream has seen.
    fn asked(&self) -> usize {
        self.upstream.requests().len()
    }
}

fn config(upstream: &Upstream, sections: &str) -> String {
    let url = upstream.base_url();
    format!(
        r#"
server: {{ auth: required }}
routing: {{ retry_count: 0 }}
plans:
  pro: {{ tiers: [free], limits: {{ per_day: 100 }} }}
  free: {{ tiers: [free] }}
keys:
  ada: {{ key: {ADA}, user: ada, plan: pro }}
  bob: {{ key: {BOB}, user: bob, plan: pro }}
  cleo: {{ key: {CLEO}, user: cleo, plan: free }}
providers:
  up: {{ adapter: openai, base_url: "{url}", api_key: sk }}
models:
  m: {{ {FREE}, cache: {{ ttl: 10m }}, chain: [{{ provider: up, model: m }}] }}
  asked: {{ {FREE}, cache: {{ ttl: 10m, when: asked }}, chain: [{{ provider: up, model: m }}] }}
  own: {{ {FREE}, cache: {{ ttl: 10m, scope: user }}, chain: [{{ provider: up, model: m }}] }}
  brief: {{ {FREE}, cache: {{ ttl: 1ms }}, chain: [{{ provider: up, model: m }}] }}
  paced: {{ {FREE}, cache: {{ ttl: 10m, replay: in_rhythm }}, chain: [{{ provider: up, model: m }}] }}
  plain: {{ {FREE}, chain: [{{ provider: up, model: m }}] }}
  vectors: {{ {FREE}, capability: embeddings, cache: {{ ttl: 10m }}, chain: [{{ provider: up, model: m }}] }}
{sections}
"#
    )
}

/// What the answer tells of the cache, and what it says.
#[track_caller]
fn told(answer: &Answer) -> (Option<&str>, String) {
    (answer.header("x-jackfield-cache"), answer.content())
}

/// A question that differs from others by its text.
fn ask_about(model: &str, text: &str) -> Value {
    let mut question = ask(model);
    question["messages"][0]["content"] = text.into();
    question
}

#[tokio::test]
async fn an_equal_request_is_answered_from_the_cache_and_told_so() {
    let scene = Scene::start().await;
    scene.says("one").says("two");
    let first = scene.ada().chat(ask("m")).await;
    assert_eq!(told(&first), (Some("miss"), "one".to_owned()));
    assert_eq!(first.header("age"), None);
    let second = scene.ada().chat(ask("m")).await;
    assert_eq!(told(&second), (Some("hit"), "one".to_owned()));
    assert!(second.header("age").unwrap().parse::<u64>().unwrap() < 60);
    assert_eq!(second.header("x-jackfield-attempts"), None);
    assert_eq!(first.body, second.body);
    assert_eq!(scene.asked(), 1);
    // Anything else in the body is another request, even at temperature 0.
    let mut other = ask("m");
    other["temperature"] = 0.into();
    assert_eq!(told(&scene.ada().chat(other).await), (Some("miss"), "two".to_owned()));
}

#[tokio::test]
async fn clients_may_decline_ask_anew_and_nothing_else() {
    let scene = Scene::start().await;
    scene.says("one").says("two").says("three");
    let says = |word| scene.ada().header("x-jackfield-cache", word);
    scene.ada().chat(ask("m")).await;
    assert_eq!(told(&says("skip").chat(ask("m")).await), (None, "two".to_owned()));
    assert_eq!(told(&scene.ada().chat(ask("m")).await), (Some("hit"), "one".to_owned()));
    let refreshed = says("refresh").chat(ask("m")).await;
    assert_eq!(told(&refreshed), (Some("refresh"), "three".to_owned()));
    assert_eq!(
        told(&says("use").chat(ask("m")).await),
        (Some("hit"), "three".to_owned())
    );
    let refused = says("maybe").chat(ask("m")).await;
    assert_eq!((refused.status, refused.error_code()), (400, Some("INVALID_REQUEST")));
    assert!(refused.text().contains("use, skip or refresh"), "{}", refused.text());
    assert_eq!(scene.asked(), 3);
}

#[tokio::test]
async fn a_model_may_leave_it_to_its_clients_and_one_without_a_cache_ignores_them() {
    let scene = Scene::start().await;
    scene.says("one").says("two").says("three").says("four");
    let using = scene.ada().header("x-jackfield-cache", "use");
    assert_eq!(told(&scene.ada().chat(ask("asked")).await), (None, "one".to_owned()));
    assert_eq!(told(&using.chat(ask("asked")).await), (Some("miss"), "two".to_owned()));
    assert_eq!(told(&using.chat(ask("asked")).await), (Some("hit"), "two".to_owned()));
    assert_eq!(told(&using.chat(ask("plain")).await), (None, "three".to_owned()));
    assert_eq!(told(&using.chat(ask("plain")).await), (None, "four".to_owned()));
}

#[tokio::test]
async fn what_a_vendor_is_to_keep_is_asked_anew() {
    let scene = Scene::start().await;
    scene.says("one").says("two");
    // Cleo's plan has no limits, so she may ask for what costs extra.
    let cleo = scene.gateway.client().with_key(CLEO);
    let mut question = ask("m");
    question["store"] = true.into();
    assert_eq!(told(&cleo.chat(question.clone()).await), (None, "one".to_owned()));
    assert_eq!(told(&cleo.chat(question).await), (None, "two".to_owned()));
}
