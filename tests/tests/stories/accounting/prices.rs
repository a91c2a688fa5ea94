//! What a chain of targets with different prices costs: each answer by the target that served it, and its row has the
//! model that the reply names.

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Upstream, json, sse};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::books::{balances, rows_when};
use super::{MICRO, SQLITE, config, sqlite, user};
use crate::scene::{ask, refuses};

/// Two targets, of which the second costs a hundred times as much; and all that a vendor of the catalogue has.
const MODELS: &str = r#"
  mixed:
    tier: any
    chain:
      - { provider: upstream, model: cheap, pricing: { input_per_million: 1, output_per_million: 1 } }
      - { provider: upstream, model: dear, pricing: { input_per_million: 100, output_per_million: 100 } }
  open/*: { tier: any, chain: [{ provider: upstream, model: "*" }] }
"#;

/// An answer from a model of this name: 11 tokens in, of which 4 from a cache, and 7 out.
fn named(name: &str) -> Reply {
    let mut reply = openai::completion(&Turn::says(&["hello"]), 1);
    reply["model"] = name.into();
    json(200, reply)
}

/// The same as a stream.
fn streamed(name: &str) -> Reply {
    let chunks = openai::chunks(&Turn::says(&["hello"]), 1, true);
    sse(chunks.into_iter().map(|mut chunk| {
        chunk["model"] = name.into();
        chunk
    }))
}

#[tokio::test]
async fn the_target_that_served_decides_what_is_charged_and_the_row_has_its_models_name() {
    let upstream = Upstream::start().await;
    let config =
        config(&upstream, &format!("{MODELS}{SQLITE}")).replace("adapter: openai,", "adapter: openai, vendor: openai,");
    let gateway = Process::start(&config).await;
    let ada = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    upstream
        .reply(named("cheap-1"))
        .then(refuses(503, "no"))
        .then(named("dear-2"))
        .then(refuses(503, "no"))
        .then(streamed("dear-3"))
        .then(named("gpt-4o-2024-08-06"))
        .then(named("gpt-4o-2024-08-06"));
    assert_eq!(ada.chat(ask("mixed")).await.status, 200);
    assert_eq!(ada.chat(ask("mixed")).await.status, 200);
    ada.stream(ask("mixed")).await.collect().await;
    // The catalogue has its price: 2.5 for each of 7 tokens, 1.25 for each of 4 from the cache, and 10 for each of 7.
    assert_eq!(ada.chat(ask("open/gpt-4o")).await.status, 200);
    let prompt = value!({ "model": "open/gpt-4o", "max_tokens": 9, "messages": [{ "role": "user", "content": "hi" }] });
    let short = ada.post("/v1/messages", prompt).await.json();
    assert_eq!(short["credits_charged"], 0.000_093);
    rows_when(&sqlite(&gateway), 5).await;
    let report = gateway
        .run(&["usage", "--by", "served-model", "--format", "json"])
        .await;
    let report: Vec<Value> = serde_json::from_str(&report).unwrap();
    let charged: Vec<_> = report
        .iter()
        .map(|row| (&row["served_model"], &row["credits"]))
        .collect();
    assert_eq!(
        charged,
        [
            (&value!("cheap-1"), &value!(0.000_018)),
            (&value!("dear-2"), &value!(0.001_8)),
            (&value!("dear-3"), &value!(0.001_8)),
            (&value!("gpt-4o-2024-08-06"), &value!(0.000_186)),
        ]
    );
    assert_eq!(balances(&sqlite(&gateway)).await["ada"], MICRO - 18 - 2 * 1800 - 2 * 93);
}

#[tokio::test]
async fn a_name_of_which_no_price_is_known_is_refused_to_those_who_pay() {
    let upstream = Upstream::start().await;
    let config =
        config(&upstream, &format!("{MODELS}{SQLITE}")).replace("adapter: openai,", "adapter: openai, vendor: openai,");
    let gateway = Process::start(&config).await;
    let ada = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    let refused = ada.chat(ask("open/of-tomorrow")).await;
    assert_eq!(refused.status, 402, "{}", refused.text());
    assert!(refused.text().contains("no price"), "{}", refused.text());
    assert_eq!(upstream.requests().len(), 0);
}
