//! What a chain of targets with different prices costs: each answer by the target that served it, and its row has the
//! model that the reply names.

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Upstream, json, sse, text};
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

/// Models that are paid by something else than tokens.
const MEDIA: &str = r"
  speak: { tier: any, capability: speech, chain: [{ provider: upstream, model: tts-1 }] }
  hear: { tier: any, capability: transcription, chain: [{ provider: upstream, model: whisper-1 }] }
  draw:
    passes: [quality]
    tier: any
    capability: images
    pricing: { input_per_million: 0, output_per_million: 0, per_image: 0.02, images: { 512x512: 0.018, hd/512x512: 0.1 } }
    chain: [{ provider: upstream, model: m }]
";

#[tokio::test]
async fn what_has_no_tokens_is_paid_by_the_character_the_second_and_the_image() {
    let upstream = Upstream::start().await;
    let config =
        config(&upstream, &format!("{MEDIA}{SQLITE}")).replace("adapter: openai,", "adapter: openai, vendor: openai,");
    let gateway = Process::start(&config).await;
    let key = user(&gateway, "ada", "pro").await;
    let ada = gateway.client().with_key(&key);
    let image = value!({ "data": [{ "url": "https://i.example/1" }, { "url": "https://i.example/2" }] });
    upstream
        .reply(text(200, "ID3").header("content-type", "audio/mpeg"))
        .then(json(
            200,
            value!({ "text": "Hello", "usage": { "type": "duration", "seconds": 61 } }),
        ))
        .then(text(200, "Hello").header("content-type", "text/plain"))
        .then(json(200, image.clone()))
        .then(json(200, image));
    let speech = value!({ "model": "speak", "input": "Grüße, Welt", "voice": "alloy" });
    assert_eq!(ada.post("/v1/audio/speech", speech).await.status, 200);
    let form = |format: &str| {
        let field = |name: &str, text: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let sound = "a".repeat(64_000);
        let file = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n{sound}\r\n--x--\r\n"
        );
        [field("model", "hear"), field("response_format", format), file].concat()
    };
    let forms = gateway
        .client()
        .with_key(&key)
        .header("content-type", "multipart/form-data; boundary=x");
    for format in ["json", "text"] {
        assert_eq!(
            forms.post_text("/v1/audio/transcriptions", &form(format)).await.status,
            200
        );
    }
    for quality in [value!("hd"), value!(null)] {
        let draw = value!({ "model": "draw", "prompt": "a cat", "n": 2, "size": "512x512", "quality": quality });
        assert_eq!(ada.post("/v1/images/generations", draw).await.status, 200);
    }
    let mut rows = rows_when(&sqlite(&gateway), 5).await;
    rows.sort_by_key(|row| row.credits);
    let credits: Vec<i64> = rows.iter().map(|row| row.credits).collect();
    // Eleven characters at 15 dollars a million; about four seconds, by their bytes; 61 seconds at a hundredth of a cent.
    let by_bytes = credits[1];
    assert_eq!(credits, [165, by_bytes, 6_100, 36_000, 200_000]);
    assert!((400..410).contains(&by_bytes), "{by_bytes}");
    assert_eq!(
        (rows[1].estimated, rows[2].estimated),
        (1, 0),
        "the reply tells one length"
    );
}
