//! Equal requests for embeddings that are in flight at the same time: one call of the upstream, whoever leaves and whatever fails.

use futures_util::future::join_all;
use jackfield_tests::client::Answer;
use jackfield_tests::upstream::{Gate, Reply, json, never_answers, status};
use serde_json::{Value, json as value};

use super::Scene;
use crate::metrics::scraped::Scraped;
use crate::scene::eventually;

fn question(text: &str) -> Value {
    value!({ "model": "vectors", "input": text })
}

fn vectors() -> Reply {
    let data = value!([{ "object": "embedding", "index": 0, "embedding": [0.5, 0.25] }]);
    let usage = value!({ "prompt_tokens": 3, "total_tokens": 3 });
    json(
        200,
        value!({ "object": "list", "model": "m", "usage": usage, "data": data }),
    )
}

/// Waits until so many requests are in flight.
async fn in_flight(scene: &Scene, count: usize) {
    let under_way = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    eventually("requests in flight", under_way, |n| *n == count).await;
}

#[tokio::test]
async fn fifty_equal_requests_are_one_call_and_each_is_counted() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.upstream.reply(vectors().after(&gate));
    let client = scene.ada();
    let asking = join_all((0..50).map(|_| client.post("/v1/embeddings", question("a"))));
    let (answers, ()) = tokio::join!(asking, async {
        in_flight(&scene, 50).await;
        gate.open();
    });
    let told = |cache| {
        let is = |answer: &Answer| answer.header("x-jackfield-cache") == Some(cache);
        answers.iter().map(|answer| u32::from(is(answer))).sum::<u32>()
    };
    // Who came last may have found the answer in the cache already.
    let (coalesced, hits) = (told("coalesced"), told("hit"));
    assert_eq!((told("miss"), coalesced + hits, scene.asked()), (1, 49, 1));
    assert!(coalesced > hits, "{coalesced} coalesced, {hits} hits");
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    // Fifty of the hundred that the plan has in a day.
    let used = client.get("/v1/user/requests").await.json();
    assert!(used.to_string().contains("50"), "{used}");
    let labels = ["model=vectors", "cache=coalesced"];
    let page = Scraped::of(&scene.gateway).await;
    page.has("jackfield_cache_requests_total", &labels, f64::from(coalesced));
    let later = client.post("/v1/embeddings", question("a")).await;
    assert_eq!(later.header("x-jackfield-cache"), Some("hit"));
}

#[tokio::test]
async fn if_the_one_that_asks_hangs_up_the_next_one_asks() {
    let scene = Scene::start().await;
    scene.upstream.reply(never_answers()).then(vectors());
    let leader = scene.ada();
    let follower = scene.ada();
    let follows = async {
        // Else the upstream's silence would be for whoever asks first.
        scene.upstream.next_request().await;
        follower.post("/v1/embeddings", question("a")).await
    };
    let leads = async {
        tokio::select! {
            answer = leader.post("/v1/embeddings", question("a")) => unreachable!("{answer:?}"),
            () = in_flight(&scene, 2) => {}
        }
    };
    let (answer, ()) = tokio::join!(follows, leads);
    assert_eq!((answer.status, answer.header("x-jackfield-cache")), (200, Some("miss")));
    assert_eq!(scene.asked(), 2);
}

#[tokio::test]
async fn one_that_waits_and_hangs_up_takes_nothing_with_it() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.upstream.reply(vectors().after(&gate));
    let (leader, leaves, stays) = (scene.ada(), scene.ada(), scene.ada());
    let path = "/v1/embeddings";
    let follows = async {
        in_flight(&scene, 1).await;
        tokio::join!(stays.post(path, question("a")), async {
            in_flight(&scene, 2).await;
            tokio::select! {
                answer = leaves.post(path, question("a")) => unreachable!("{answer:?}"),
                () = in_flight(&scene, 3) => {}
            }
            in_flight(&scene, 2).await;
            gate.open();
        })
    };
    let (first, (second, ())) = tokio::join!(leader.post(path, question("a")), follows);
    let told = [&first, &second].map(|answer| (answer.status, answer.header("x-jackfield-cache")));
    assert_eq!(told, [(200, Some("miss")), (200, Some("coalesced"))]);
    assert_eq!((&first.body, scene.asked()), (&second.body, 1));
}

#[tokio::test]
async fn a_failure_is_that_of_the_one_that_asked_alone() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.upstream.reply(status(500).after(&gate)).answer(|_| vectors());
    let client = scene.ada();
    let asking = join_all((0..3).map(|_| client.post("/v1/embeddings", question("a"))));
    let (answers, ()) = tokio::join!(asking, async {
        in_flight(&scene, 3).await;
        gate.open();
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 502]);
    assert!(scene.asked() >= 2);
}

#[tokio::test]
async fn other_texts_other_plans_and_those_who_decline_ask_for_themselves() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.upstream.answer({
        let gate = gate.clone();
        move |_| vectors().after(&gate)
    });
    let skips = scene.ada().header("x-jackfield-cache", "skip");
    let cleo = scene.gateway.client().with_key(super::CLEO);
    let (path, ada) = ("/v1/embeddings", scene.ada());
    let asking = join_all([
        ada.post(path, question("a")),
        ada.post(path, question("b")),
        cleo.post(path, question("a")),
        skips.post(path, question("a")),
    ]);
    let (answers, ()) = tokio::join!(asking, async {
        in_flight(&scene, 4).await;
        gate.open_forever();
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(scene.asked(), 4);
}

#[tokio::test]
async fn a_wait_for_anothers_answer_is_no_time_of_the_gateway() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.upstream.reply(vectors().after(&gate));
    let client = scene.ada();
    let asking = join_all((0..2).map(|_| client.post("/v1/embeddings", question("a"))));
    let (answers, ()) = tokio::join!(asking, async {
        in_flight(&scene, 2).await;
        // They take longer than all that the gateway does for the two.
        for _ in 0..100 {
            scene.gateway.snapshot().await;
        }
        gate.open();
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(scene.asked(), 1);
    let page = Scraped::of(&scene.gateway).await;
    let sum = |family| page.value(family, &["endpoint=/v1/embeddings"]);
    let own = sum("jackfield_overhead_seconds_sum");
    let whole = sum("jackfield_request_duration_seconds_sum");
    assert!(own * 4.0 < whole, "{own} s of {whole} s");
}
