//! A shaper that sees no texts decides about one request, and the next one of which it would be told the same.

use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};

use super::scene::{ALICE, BOB, Scene, ask};
use crate::hot_swap::rebuilt;
use crate::metrics::scraped::Scraped;
use crate::scene::{says, streams};

const REQUESTS: u64 = 20;

const FRUGAL: &str = "frugal: { plugin: frugal, grant: [reply] }";

/// How many of equal requests make a call at most: two on each of the gateway's workers, of which there is one a core.
fn most_calls() -> u64 {
    2 * std::thread::available_parallelism().unwrap().get() as u64
}

/// The frugal shaper that does this besides.
fn does(deed: &str) -> String {
    format!("frugal: {{ plugin: frugal, grant: [reply], settings: {{ does: {deed} }} }}")
}

/// A scene with these shapers whose upstream always answers.
async fn scene(shapers: &str) -> Scene {
    let scene = Scene::with(shapers).await;
    scene.upstream.always(says("ok"));
    scene
}

/// A request with a text of its own.
fn request(seed: u64, number: u64) -> Value {
    let mut request = ask(&format!("message {number}"));
    request["seed"] = seed.into();
    request
}

/// How many requests were decided as before, and how often the plugin was called.
async fn counts(gateway: &Gateway, shaper: &str, plugin: &str) -> (u64, u64) {
    let page = Scraped::of(gateway).await;
    (
        count(&page, "jackfield_shaper_kept_total", &format!("shaper={shaper}")),
        count(&page, "jackfield_plugin_calls_total", &format!("plugin={plugin}")),
    )
}

/// A count of a scrape.
fn count(page: &Scraped, name: &str, label: &str) -> u64 {
    format!("{:.0}", page.value(name, &[label])).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_parameters_are_decided_once_and_what_is_kept_for_the_reply_with_them() {
    let scene = scene(FRUGAL).await;
    for number in 0..REQUESTS {
        let answer = scene.client().chat(request(7, number)).await;
        assert_eq!(answer.content(), "ok7");
    }
    let (kept, calls) = counts(&scene.gateway, "frugal", "frugal").await;
    assert!(kept >= REQUESTS - most_calls(), "{kept} of {REQUESTS} were kept");
    // Each reply is a call of its own.
    assert_eq!(calls, 2 * REQUESTS - kept);
    for (number, sent) in scene.upstream.requests().iter().enumerate() {
        let sent = sent.json();
        assert_eq!(sent["messages"][0]["content"], format!("message {number}"));
        assert_eq!((&sent["top_p"], &sent["seed"]), (&value!(0.5), &value!(7)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_decided_apart_from_whole_replies_and_end_with_what_was_kept_for_them() {
    let scene = scene(FRUGAL).await;
    for number in 0..REQUESTS {
        assert_eq!(scene.client().chat(request(7, number)).await.content(), "ok7");
    }
    let (before, _) = counts(&scene.gateway, "frugal", "frugal").await;
    scene.upstream.always(streams(&["o", "k"]));
    for number in 0..REQUESTS {
        let stream = scene.client().stream(request(7, number)).await.collect().await;
        assert_eq!((stream.content().as_str(), stream.is_done()), ("ok7", true));
    }
    let (kept, _) = counts(&scene.gateway, "frugal", "frugal").await;
    let streamed = kept - before;
    assert!(
        (REQUESTS - most_calls()..=REQUESTS - 2).contains(&streamed),
        "{streamed} of {REQUESTS}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_kept_and_counted_like_any_other() {
    let scene = scene(FRUGAL).await;
    for number in 0..REQUESTS {
        let answer = scene.client().chat(request(13, number)).await;
        assert_eq!((answer.status, answer.error_code()), (403, Some("unlucky")));
        assert_eq!(answer.text(), "That seed is not allowed here.");
    }
    assert!(scene.upstream.requests().is_empty());
    let (kept, calls) = counts(&scene.gateway, "frugal", "frugal").await;
    assert!(kept >= REQUESTS - most_calls(), "{kept} of {REQUESTS} were kept");
    assert_eq!(calls, REQUESTS - kept);
    let page = Scraped::of(&scene.gateway).await;
    let refused = count(&page, "jackfield_shaper_refusals_total", "shaper=frugal");
    assert_eq!(refused, REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_parameters_are_decided_anew() {
    let scene = scene(FRUGAL).await;
    for seed in 20..20 + REQUESTS {
        let answer = scene.client().chat(request(seed, 0)).await;
        assert_eq!(answer.content(), format!("ok{seed}"));
    }
    let (kept, calls) = counts(&scene.gateway, "frugal", "frugal").await;
    assert_eq!((kept, calls), (0, 2 * REQUESTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_the_request_warns_or_sees_texts_is_called_each_time() {
    for (shapers, name, plugin) in [
        (does("ask-facts"), "frugal", "frugal"),
        (does("warn"), "frugal", "frugal"),
        (
            "hide: { plugin: shady, grant: [texts, reply], settings: { does: hide } }".to_owned(),
            "hide",
            "shady",
        ),
    ] {
        let scene = scene(&shapers).await;
        for _ in 0..REQUESTS {
            let answer = scene.client().chat(request(7, 0)).await;
            assert_eq!(answer.status, 200, "{shapers}: {}", answer.text());
        }
        let (kept, calls) = counts(&scene.gateway, name, plugin).await;
        assert_eq!((kept, calls), (0, 2 * REQUESTS), "{shapers}");
        if shapers.contains("ask-facts") {
            let sent = scene.upstream.requests();
            let ids: std::collections::BTreeSet<String> =
                sent.iter().map(|sent| sent.json()["user"].to_string()).collect();
            assert_eq!(ids.len() as u64, REQUESTS);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_is_written_when_the_plugin_is_called() {
    let scene = scene(&does("log")).await;
    for number in 0..REQUESTS {
        assert_eq!(scene.client().chat(request(7, number)).await.content(), "ok7");
    }
    let (kept, _) = counts(&scene.gateway, "frugal", "frugal").await;
    assert!(kept >= REQUESTS - most_calls(), "{kept} of {REQUESTS} were kept");
    assert!(scene.gateway.logs().contains("frugal looks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_have_the_shaper_called_for_each_request() {
    let scene = scene(&format!("{FRUGAL}\nplugins: {{ keep_prepared: false }}")).await;
    for number in 0..REQUESTS {
        assert_eq!(scene.client().chat(request(7, number)).await.content(), "ok7");
    }
    assert_eq!(counts(&scene.gateway, "frugal", "frugal").await, (0, 2 * REQUESTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_settings_and_another_build_of_the_plugin_decide_anew() {
    let mut scene = scene(FRUGAL).await;
    for number in 0..REQUESTS {
        assert_eq!(scene.client().chat(request(7, number)).await.content(), "ok7");
    }
    let marked = "frugal: { plugin: frugal, grant: [reply], settings: { mark: '#' } }";
    let config = scene.config(marked);
    scene.gateway.reconfigure(&config).await;
    let (before, _) = counts(&scene.gateway, "frugal", "frugal").await;
    assert_eq!(scene.client().chat(request(7, 0)).await.content(), "ok#7");
    assert_eq!(counts(&scene.gateway, "frugal", "frugal").await.0, before);
    for number in 0..REQUESTS {
        assert_eq!(scene.client().chat(request(7, number)).await.content(), "ok#7");
    }
    let build = rebuilt("frugal", "another build");
    scene.gateway.put_plugin("frugal", &build).await;
    let (before, _) = counts(&scene.gateway, "frugal", "frugal").await;
    assert_eq!(scene.client().chat(request(7, 0)).await.content(), "ok#7");
    assert_eq!(counts(&scene.gateway, "frugal", "frugal").await.0, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn instructions_that_need_no_parameters_are_made_once_for_each_caller() {
    let style = "style: { plugin: system-prompt, settings: { text: 'You serve {{user}} of {{plan}}.' } }";
    let scene = Scene::with_keys(style).await;
    scene.upstream.always(says("ok"));
    for seed in 0..REQUESTS {
        for key in [ALICE, BOB] {
            let answer = scene.client().with_key(key).chat(request(seed, seed)).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    let (kept, calls) = counts(&scene.gateway, "style", "system-prompt").await;
    assert!(kept >= 2 * (REQUESTS - most_calls()), "{kept} were kept");
    assert_eq!(calls, 2 * REQUESTS - kept);
    let told: Vec<String> = scene
        .upstream
        .requests()
        .iter()
        .map(|sent| sent.json()["messages"][0]["content"].to_string())
        .collect();
    let (alice, bob) = (&told[0], &told[1]);
    assert!(
        alice != bob && alice.contains("You serve u_") && alice.contains("of free."),
        "{told:?}"
    );
    for pair in told.chunks(2) {
        assert_eq!(pair, [alice.clone(), bob.clone()]);
    }
}
