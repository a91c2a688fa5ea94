//! Hostile shapers: each harms its own request only, and the operator's configuration says how.

use jackfield_tests::client::Ending;

use super::scene::{Scene, ask};
use crate::metrics::scraped::Scraped;
use crate::scene::streams;

/// A gateway whose model `m` is served by a shaper that does this, and whose model `n` is not.
async fn scene(does: &str, on_failure: &str) -> Scene {
    let shaper = format!(
        "bad: {{ plugin: shady, grant: [texts, reply], everywhere: false, on_failure: {on_failure}, deadline: 1s, settings: {{ does: {does} }} }}"
    );
    Scene::with_model(&shaper, "shapers: [bad]").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shaper_that_traps_loops_floods_or_lies_harms_its_request_only() {
    for (does, reason) in [
        ("trap", "trapped: "),
        ("loop", "ran longer than 1s"),
        ("flood", "returned more than"),
        ("lie-path", "replaced a text that it was not given"),
        ("lie-parameter", "patched `model`"),
    ] {
        let strict = scene(does, "refuse").await;
        let client = strict.client();
        strict.says("hello").says("hello");
        let mut bystander = ask("hi");
        bystander["model"] = "vectors".into();
        let answer = client.chat(ask("hi")).await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (502, Some("SHAPER_FAILED")),
            "{does}"
        );
        assert!(
            !answer.text().contains("bad") && !answer.text().contains(reason),
            "{}",
            answer.text()
        );
        let logs = strict.gateway.logs();
        assert!(logs.contains("shaper bad") && logs.contains(reason), "{does}: {logs}");
        assert!(strict.upstream.requests().is_empty());
        let lax = scene(does, "pass").await;
        lax.says("hello");
        assert_eq!(lax.client().chat(ask("hi")).await.content(), "hello", "{does}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_tells_what_ended_a_shaper() {
    for (does, fault) in [("trap", "trap"), ("loop", "deadline"), ("flood", "output")] {
        let scene = scene(does, "refuse").await;
        let answer = scene.client().chat(ask("hi")).await;
        assert_eq!(answer.error_code(), Some("SHAPER_FAILED"), "{does}");
        let page = Scraped::of(&scene.gateway).await;
        let named = format!("fault={fault}");
        page.has("jackfield_plugin_faults_total", &["plugin=shady", &named], 1.0);
        page.has("jackfield_plugin_faults_total", &["plugin=shady"], 1.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shaper_that_fails_midstream_ends_the_stream_or_is_passed_over() {
    for (does, reason) in [
        ("trap-later", "trapped: "),
        ("lie-taken", "took more of a text than there is"),
    ] {
        let strict = scene(does, "refuse").await;
        strict.upstream.reply(streams(&["some ", "text"]));
        let stream = strict.client().stream(ask("hi")).await.collect().await;
        assert_eq!((stream.finish_reason(), stream.is_done()), (None, false));
        assert!(matches!(stream.ending, Ending::Clean));
        assert!(stream.error().is_some() && stream.content().is_empty(), "{does}");
        assert!(strict.gateway.logs().contains(reason), "{does}");
        let lax = scene(does, "pass").await;
        lax.upstream.reply(streams(&["some ", "text"]));
        let stream = lax.client().stream(ask("hi")).await.collect().await;
        assert_eq!(
            (stream.content().as_str(), stream.is_done()),
            ("some text", true),
            "{does}"
        );
    }
}
