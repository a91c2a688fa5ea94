//! Quotas: each of the four refusals, the last request of a hundred, and what gives its quota back.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Upstream, refusing, status};
use serde_json::{Value, json as value};
use tokio::task::JoinSet;

use super::scene::{assert_refused, reply_to};
use crate::scene::ask;

const PLANS: [&str; 6] = ["daily", "hourly", "minutely", "streams", "three", "all"];

fn key(index: usize) -> String {
    format!("rk_{index:064x}")
}

/// A gateway with a user of each plan; their keys are numbered as the plans are.
async fn gateway(upstream: &str) -> Gateway {
    let user = |(index, plan): (usize, &&str)| {
        let key = key(index);
        format!("  {plan}: {{ key: \"{key}\", user: {plan}, plan: {plan} }}")
    };
    let keys: Vec<String> = PLANS.iter().enumerate().map(user).collect();
    let keys = keys.join("\n");
    let config = format!(
        r#"
server: {{ auth: required }}
routing: {{ retry_count: 1 }}
plans:
  daily: {{ tiers: [free], limits: {{ per_day: 1 }} }}
  hourly: {{ tiers: [free], limits: {{ per_hour: 1 }} }}
  minutely: {{ tiers: [free], limits: {{ per_minute: 1 }} }}
  streams: {{ tiers: [free], limits: {{ concurrent_streams: 1 }} }}
  three: {{ tiers: [free], limits: {{ per_minute: 3 }} }}
  all: {{ tiers: [free], limits: {{ per_day: 50, per_hour: 40, per_minute: 30, concurrent_streams: 1 }} }}
keys:
{keys}
providers:
  vendor: {{ adapter: openai, base_url: "{upstream}" }}
models:
  m: {{ tier: free, {FREE}, chain: [{{ provider: vendor, model: m }}] }}
"#
    );
    Gateway::start(&config).await
}

fn of_plan(gateway: &Gateway, plan: &str) -> Client {
    let index = PLANS.iter().position(|name| *name == plan).unwrap();
    gateway.client().with_key(&key(index))
}

/// The first answer that is no success: at the latest the third, for an hour may turn between two but not among three.
async fn refusal(client: &Client) -> Answer {
    assert_eq!(client.chat(ask("m")).await.status, 200);
    let second = client.chat(ask("m")).await;
    if second.status == 200 {
        return client.chat(ask("m")).await;
    }
    second
}

#[tokio::test]
async fn each_quota_has_its_word_and_says_when_to_come_back() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gateway = gateway(&upstream.base_url()).await;
    for (plan, code, longest) in [
        ("daily", "DAILY_REQUEST_LIMIT_EXCEEDED", 86_400),
        ("hourly", "HOURLY_REQUEST_LIMIT_EXCEEDED", 3_600),
        // Whole seconds are counted, so that the one that runs comes on top.
        ("minutely", "MINUTE_REQUEST_LIMIT_EXCEEDED", 61),
    ] {
        let refused = refusal(&of_plan(&gateway, plan)).await;
        assert_refused(&refused, 429, code);
        let after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=longest).contains(&after), "{plan}: {after}");
    }
}

#[tokio::test]
async fn one_stream_too_many_is_refused_until_another_ends() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gateway = gateway(&upstream.base_url()).await;
    let client = of_plan(&gateway, "streams");
    let gate = Gate::new();
    upstream.reply(crate::scene::streams(&["a", "b"]).pause_before(2, &gate));
    let mut running = client.stream(ask("m")).await;
    running.next_content().await;
    let mut second = ask("m");
    second["stream"] = value!(true);
    let refused = client.chat(second.clone()).await;
    assert_refused(&refused, 429, "CONCURRENT_STREAM_LIMIT_EXCEEDED");
    // What is no stream does not count.
    assert_eq!(client.chat(ask("m")).await.status, 200);
    gate.open_forever();
    assert!(running.collect().await.is_done());
    let ask_again = async || client.chat(second.clone()).await.status;
    crate::scene::eventually("the stream's place to be free", ask_again, |answered| *answered == 200).await;
}

#[tokio::test]
async fn of_a_hundred_at_once_exactly_one_gets_the_last_request() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gateway = gateway(&upstream.base_url()).await;
    let client = of_plan(&gateway, "three");
    for _ in 0..2 {
        assert_eq!(client.chat(ask("m")).await.status, 200);
    }
    let mut asked = JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        asked.spawn(async move { client.chat(ask("m")).await });
    }
    let answers = asked.join_all().await;
    let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert_eq!((served.len(), refused.len()), (1, 99));
    for answer in refused {
        assert_refused(answer, 429, "MINUTE_REQUEST_LIMIT_EXCEEDED");
    }
    assert_eq!(upstream.requests().len(), 3);
}

fn used(day: u64, hour: u64, minute: u64) -> Value {
    value!({
        "requests_used_today": day, "requests_limit_today": 50, "requests_remaining_today": 50 - day,
        "requests_used_this_hour": hour, "requests_limit_this_hour": 40,
        "requests_remaining_this_hour": 40 - hour,
        "requests_used_this_minute": minute, "requests_limit_per_minute": 30,
        "requests_remaining_this_minute": 30 - minute,
        "plan_tier": "All",
    })
}

#[tokio::test]
async fn a_request_that_reached_no_upstream_costs_nothing() {
    let nobody = refusing();
    let gateway = gateway(&nobody.base_url()).await;
    let client = of_plan(&gateway, "all");
    for model in ["m", "none"] {
        let failed = client.chat(ask(model)).await;
        assert!([400, 502].contains(&failed.status), "{}", failed.text());
        let stream = client.stream(ask(model)).await;
        assert_eq!(stream.status, failed.status);
    }
    assert_eq!(client.get("/v1/user/requests").await.json(), used(0, 0, 0));
}

#[tokio::test]
async fn what_was_used_is_told_by_day_hour_and_minute() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gateway = gateway(&upstream.base_url()).await;
    let client = of_plan(&gateway, "all");
    assert_eq!(client.get("/v1/user/requests").await.json(), used(0, 0, 0));
    assert_eq!(client.chat(ask("m")).await.status, 200);
    upstream.reply(status(500)).then(status(500));
    assert_eq!(client.chat(ask("m")).await.status, 502);
    // The upstream had the second one too, and its tries count once.
    assert_eq!(client.get("/v1/user/requests").await.json(), used(2, 2, 2));
    let hourly = client.get("/v1/user/requests/hourly").await.json();
    let expected = value!({ "limit": 40, "used": 2, "remaining": 38, "plan_tier": "All" });
    assert_eq!(hourly, expected);
    let daily = of_plan(&gateway, "daily").get("/v1/user/requests/hourly").await.json();
    let expected = value!({ "limit": 0, "used": 0, "remaining": 0, "plan_tier": "Daily" });
    assert_eq!(daily, expected);
}
