//! What a scrape tells of plugins, shapers and the ledger.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;

use super::scraped::Scraped;
use crate::scene::{ask, eventually, says};

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_plugin_and_its_traps_are_counted() {
    let upstream = Upstream::start().await;
    let config = format!(
        "routing: {{ retry_count: 0 }}\nproviders: {{ bad: {{ adapter: hostile, base_url: \"{}\", api_key: sk-x }} }}\n\
         models:\n  m: {{ {FREE}, chain: [{{ provider: bad, model: trap }}] }}",
        upstream.base_url()
    );
    let gateway = Gateway::start(&config).await;
    assert_ne!(gateway.client().chat(ask("m")).await.status, 200);
    let page = Scraped::of(&gateway).await;
    assert!(page.value("jackfield_plugin_calls_total", &["plugin=hostile"]) > 0.0);
    assert!(page.value("jackfield_plugin_seconds_total", &["plugin=hostile"]) > 0.0);
    assert!(page.value("jackfield_plugin_memory_bytes", &["plugin=hostile"]) > 0.0);
    page.has("jackfield_plugin_faults_total", &["plugin=hostile", "fault=trap"], 1.0);
    page.has(
        "jackfield_plugin_faults_total",
        &["plugin=hostile", "fault=deadline"],
        0.0,
    );
    page.has(
        "jackfield_requests_total",
        &["model=m", "provider=bad", "class=plugin"],
        1.0,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shaper_sees_and_refuses_is_counted_across_reloads() {
    let upstream = Upstream::start().await;
    let config = |window: &str| {
        format!(
            "{window}routing: {{ retry_count: 0 }}\n\
             providers: {{ p: {{ adapter: openai, base_url: \"{}\", api_key: sk-x }} }}\n\
             shapers: {{ words: {{ plugin: shady, grant: [texts, reply], everywhere: true, settings: {{ does: refuse }} }} }}\n\
             models:\n  m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}",
            upstream.base_url()
        )
    };
    let mut gateway = Gateway::start(&config("")).await;
    let mut secret = ask("m");
    secret["messages"][0]["content"] = "the SECRET".into();
    assert_eq!(gateway.client().chat(secret.clone()).await.status, 403);
    gateway.reconfigure(&config("log: { slow: 1h }\n")).await;
    assert_eq!(gateway.client().chat(secret).await.status, 403);
    upstream.reply(says("fine"));
    assert_eq!(gateway.client().chat(ask("m")).await.status, 200);
    let page = Scraped::of(&gateway).await;
    // Three requests, and the reply to one of them.
    page.has("jackfield_shaper_calls_total", &["shaper=words"], 4.0);
    page.has("jackfield_shaper_refusals_total", &["shaper=words"], 2.0);
    page.has("jackfield_shaper_failures_total", &["shaper=words"], 0.0);
    assert!(page.value("jackfield_shaper_seconds_total", &["shaper=words"]) > 0.0);
    page.has("jackfield_requests_total", &["status=403", "class=shaper"], 2.0);
}

#[tokio::test]
async fn rows_are_behind_until_the_database_has_them() {
    let config = format!(
        "storage: {{ url: \"sqlite:jackfield.db\" }}\nproviders: {{ mine: {{ adapter: echo }} }}\n\
         models:\n  m: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}"
    );
    let gateway = Gateway::start(&config).await;
    for _ in 0..3 {
        assert_eq!(gateway.client().chat(ask("m")).await.status, 200);
    }
    let scrape = async || Scraped::of(&gateway).await;
    let stored = |page: &Scraped| page.value("jackfield_ledger_backlog_rows", &[]) < 1.0;
    let page = eventually("the rows to be stored", scrape, stored).await;
    page.has("jackfield_ledger_rows_lost_total", &[], 0.0);
    page.has("jackfield_ledger_rows_set_aside", &[], 0.0);
    page.has("jackfield_ledger_durable", &[], 1.0);
}
