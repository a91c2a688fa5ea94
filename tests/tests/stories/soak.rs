//! Two hundred changes of the configuration under constant load: no request fails, nothing is left behind.

use std::collections::BTreeSet;
use std::sync::Mutex;

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Process};
use jackfield_tests::upstream::{Request, Upstream};
use serde_json::{Value, json as value};
use tokio_util::sync::CancellationToken;

use crate::scene::{ask, assert_complete, eventually, says, streams};

/// Changes of the configuration.
const CHANGES: u64 = 200;

/// The change after which memory is first measured: caches and pools are filled by then.
const WARM: u64 = 50;

/// What memory may grow by between the two measurements, in bytes: about a hundred kilobytes for each generation.
/// The rest is the load's: each slot of the pool of instances keeps a megabyte once two calls have met.
const GROWTH: u64 = 16 << 20;

/// A configuration of the whole shape; each change replaces every provider and model.
fn config(url: &str, change: u64) -> String {
    let model = |model| format!("  spare-{change}-{model}: {{ {FREE}, chain: [{{ provider: openai, model: m }}] }}\n");
    let models = (0..20).map(model).collect::<Vec<_>>().concat();
    format!(
        r#"
server: {{ auth: off, expose_generation: true, admin: {{ token: operator }} }}
routing: {{ retry_count: 0, breaker: {{ failures: {} }} }}
providers:
  openai: {{ adapter: openai, base_url: "{url}", api_key: "sk-{change}" }}
  anthropic: {{ adapter: anthropic, base_url: "{url}", api_key: "sk-{change}" }}
  echo: {{ adapter: echo }}
models:
  direct: {{ context: {}, {FREE}, chain: [{{ provider: openai, model: m }}] }}
  itself: {{ {FREE}, chain: [{{ provider: echo, model: m }}] }}
{models}"#,
        1000 + change,
        1000 + change,
    )
}

fn answer(request: &Request) -> jackfield_tests::upstream::Reply {
    if request.json()["stream"] == true {
        streams(&["under ", "load"])
    } else {
        says("under load")
    }
}

/// Asks until told to stop. Every answer must be right; returns the generations that gave them.
async fn load(client: Client, streamed: bool, stop: CancellationToken) -> BTreeSet<u64> {
    let mut generations = BTreeSet::new();
    while !stop.is_cancelled() {
        for (model, expected) in [("direct", "under load"), ("itself", "hello")] {
            let generation = if streamed {
                let stream = client.stream(ask(model)).await.collect().await;
                assert_complete(&stream, expected);
                stream.headers["x-jackfield-generation"].clone()
            } else {
                let answer = client.chat(ask(model)).await;
                assert_eq!((answer.status, answer.content().as_str()), (200, expected));
                answer.headers["x-jackfield-generation"].clone()
            };
            generations.insert(generation.to_str().unwrap().parse().unwrap());
        }
    }
    generations
}

async fn snapshot(client: &Client) -> Value {
    client.get("/admin/snapshot").await.json()
}

/// Makes every change, each as soon as the one before is in force; returns what memory was held when warm.
async fn change(gateway: &Process, client: &Client, url: &str) -> u64 {
    let mut warm = 0;
    for change in 1..=CHANGES {
        gateway.put_config(&config(url, change));
        let generation = async || snapshot(client).await["generation"].as_u64();
        eventually("a new generation", generation, |it| *it == Some(change + 1)).await;
        if change == WARM {
            warm = gateway.resident_bytes();
        }
    }
    warm
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_changes_under_load_lose_no_request_and_leave_nothing_behind() {
    let upstream = Upstream::start().await;
    upstream.answer(answer);
    let url = upstream.base_url();
    let gateway = Process::start(&config(&url, 0)).await;
    let client = gateway.client().with_key("operator");
    let stop = CancellationToken::new();
    let served = Mutex::new(BTreeSet::new());
    let work = async |streamed| {
        let generations = load(gateway.client(), streamed, stop.clone()).await;
        served.lock().unwrap().extend(generations);
    };
    let changes = async {
        let warm = change(&gateway, &client, &url).await;
        stop.cancel();
        warm
    };
    let (warm, ..) = tokio::join!(changes, work(false), work(true), work(false), work(true));

    let rest = eventually(
        "the end of older generations",
        async || snapshot(&client).await,
        |snapshot| snapshot["older_generations"] == value!([]) && snapshot["requests_under_way"] == 0,
    )
    .await;
    assert_eq!(rest["generation"], CHANGES + 1);
    // The load was there all along.
    let served = served.into_inner().unwrap();
    assert!(served.len() as u64 > CHANGES / 2, "{} generations served", served.len());
    let cold = gateway.resident_bytes();
    assert!(cold < warm + GROWTH, "{warm} bytes when warm, {cold} bytes at the end");
}
