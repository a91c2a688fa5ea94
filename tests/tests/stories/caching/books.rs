//! What hits count and cost: a request of the quota, no credits, a row that says so, and a metric.

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::Upstream;

use super::Scene;
use crate::accounting::books::{ask as query, balances, rows_when};
use crate::accounting::{MICRO, SQLITE, config, sqlite, user};
use crate::metrics::scraped::Scraped;
use crate::scene::{ask, eventually, says, streams};

#[tokio::test]
async fn a_hit_counts_as_a_request_costs_nothing_and_is_marked_in_the_ledger() {
    let upstream = Upstream::start().await;
    let cached = config(&upstream, SQLITE).replace("  m: {", "  m: { cache: { ttl: 10m },");
    let gateway = Process::start(&cached).await;
    let client = gateway.client().with_key(&user(&gateway, "ada", "few").await);
    upstream.reply(says("hello"));
    for _ in 0..10 {
        assert_eq!(client.chat(ask("m")).await.status, 200);
    }
    let refused = client.chat(ask("m")).await;
    assert_eq!(
        (refused.status, refused.error_code()),
        (429, Some("DAILY_REQUEST_LIMIT_EXCEEDED"))
    );
    let url = sqlite(&gateway);
    let rows = rows_when(&url, 10).await;
    let (paid, free) = (&rows[0], &rows[1..]);
    assert!(paid.credits > 0 && paid.attempts == 1);
    for row in free {
        let tokens = (row.input, row.output, row.estimated);
        assert_eq!(tokens, (paid.input, paid.output, 0));
        assert_eq!(
            (row.credits, row.attempts, &*row.provider, row.request_cost),
            (0, 0, "", 1)
        );
        assert_eq!((row.status, &*row.ended), (200, "ok"));
    }
    assert_eq!(balances(&url).await["ada"], MICRO - paid.credits);
    let marks = query(&url, "SELECT cache FROM ledger ORDER BY time").await;
    let marks: Vec<String> = marks.iter().map(|row| sqlx::Row::get(row, "cache")).collect();
    assert_eq!(marks, [&["miss"][..], &["hit"; 9]].concat());
    gateway.logged("cache=\"hit\"").await;
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn a_hit_needs_a_balance_and_takes_nothing_of_it() {
    let upstream = Upstream::start().await;
    let cached = config(&upstream, SQLITE).replace("  m: {", "  m: { cache: { ttl: 10m },");
    let gateway = Process::start(&cached).await;
    let rich = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    upstream.reply(says("hello"));
    assert_eq!(rich.chat(ask("m")).await.status, 200);
    let poor = gateway.client().with_key(&user(&gateway, "bob", "pro").await);
    let credits = async |amount: &str| gateway.run(&["user", "add-credits", "bob", amount]).await;
    credits("-1000").await;
    let status = async || {
        let answer = poor.chat(ask("m")).await;
        (answer.status, answer.error_code().map(ToOwned::to_owned))
    };
    let refused = (402, Some("INSUFFICIENT_CREDITS".to_owned()));
    eventually("a balance that is known to be spent", status, |told| *told == refused).await;
    credits("1").await;
    eventually("a new balance", status, |told| told.0 == 200).await;
    let hit = poor.chat(ask("m")).await;
    assert_eq!((hit.status, hit.header("x-jackfield-cache")), (200, Some("hit")));
    assert_eq!(upstream.requests().len(), 1);
    let left = balances(&sqlite(&gateway)).await;
    assert_eq!(left["bob"], MICRO / 1000);
}

#[tokio::test]
async fn hits_are_counted_by_model_and_use_nobodys_tokens() {
    let scene = Scene::start().await;
    scene.upstream.reply(says("hello")).then(streams(&["a", "b"]));
    for _ in 0..3 {
        scene.ada().chat(ask("m")).await;
    }
    for _ in 0..2 {
        scene.ada().stream(ask("m")).await.collect().await;
    }
    scene.upstream.then(says("new"));
    scene.ada().header("x-jackfield-cache", "refresh").chat(ask("m")).await;
    scene.upstream.then(says("unseen"));
    scene.ada().chat(ask("plain")).await;
    let page = Scraped::of(&scene.gateway).await;
    for (cache, count) in [("hit", 3.0), ("miss", 2.0), ("refresh", 1.0)] {
        let labels = ["model=m", &format!("cache={cache}")];
        page.has("jackfield_cache_requests_total", &labels, count);
    }
    page.has("jackfield_cache_requests_total", &["model=plain"], 0.0);
    page.has("jackfield_cache_entries", &[], 2.0);
    page.has("jackfield_tokens_total", &["model=m", "provider="], 0.0);
    assert!(page.value("jackfield_tokens_total", &["model=m", "provider=up"]) > 0.0);
}
