//! Models with a `*`: the part of the id that it stands for is the upstream's name for the model.

use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Upstream, json};
use serde_json::json as value;

use super::model_pages::{claude, ids};
use super::scene::{ADA, BOB, assert_refused, config, reply_to};
use crate::scene::{ask, eventually, says};

const MODELS: &str = r#"models:
  open/*: { tier: premium, chain: [{ provider: vendor, model: "*" }] }
  open/deep/*: { tier: premium, chain: [{ provider: vendor, model: "deep-*-v2" }] }
  open/fixed*: { tier: premium, chain: [{ provider: vendor, model: fixed }] }
  open/exact: { tier: premium, chain: [{ provider: vendor, model: m }] }"#;

/// A gateway with these models, and breakers that open after two failures.
async fn start() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let config = config(&upstream.base_url(), "", "")
        .replace("models:", MODELS)
        .replace("failures: 1000", "failures: 2")
        .replace(
            "free: { tiers: [free],",
            "free: { tiers: [free], models: [open/deep/*, open/one],",
        );
    (Gateway::start(&config).await, upstream)
}

#[tokio::test]
async fn the_matched_part_goes_upstream_and_the_closest_entry_wins() {
    let (gateway, upstream) = start().await;
    let ada = gateway.client().with_key(ADA);
    for (model, sent) in [
        ("open/gpt-5", "gpt-5"),
        ("open/org/x:free", "org/x:free"),
        ("open/deep/think", "deep-think-v2"),
        ("open/fixed-7", "fixed"),
        ("open/exact", "m"),
        ("open/exactly", "exactly"),
    ] {
        let answer = ada.chat(ask(model)).await;
        assert_eq!((answer.status, &answer.json()["model"]), (200, &value!(model)));
        assert_eq!(upstream.next_request().await.json()["model"], sent, "{model}");
        let detail = ada.get(&format!("/v1/models/{model}")).await.json();
        assert_eq!(
            (&detail["id"], &detail["providers"]),
            (&value!(model), &value!(["vendor"]))
        );
    }
    for model in ["open/", "open/*", "open/a/../b", "open/a b", "other/x"] {
        assert_refused(&ada.chat(ask(model)).await, 400, "INVALID_MODEL");
    }
    let list = ada.get("/v1/models").await;
    assert!(
        list.text().contains("\"open/exact\"") && !list.text().contains('*'),
        "{}",
        list.text()
    );
}

#[tokio::test]
async fn what_the_upstream_offers_is_listed_once_it_has_told() {
    let (gateway, upstream) = start().await;
    let names = ["gpt-5", "deep-think-v2", "exact", "fixed-7", "a b", "../x", "gpt-5"];
    let offered = value!({ "object": "list", "data": names.map(|name| value!({ "id": name })) });
    upstream.answer(move |request| match request.path.as_str() {
        "/v1/models" => json(200, offered.clone()),
        _ => reply_to(request),
    });
    let open = async |key: &str| {
        let list = gateway.client().with_key(key).get("/v1/models").await.json();
        let ids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|model| model["id"].as_str());
        let open = ids.filter_map(|id| id.strip_prefix("open/")).map(str::to_owned);
        open.collect::<Vec<_>>()
    };
    let listed = eventually(
        "what the upstream offers",
        async || open(ADA).await,
        |ids| ids.len() > 1,
    )
    .await;
    assert_eq!(listed, ["exact", "deep-think-v2", "deep/think", "gpt-5"]);
    assert_eq!(open(BOB).await, ["deep/think"], "what the plan of Bob includes");
    let asked = upstream.requests();
    assert_eq!(asked.iter().filter(|request| request.path == "/v1/models").count(), 1);
    let answer = gateway.client().with_key(ADA).chat(ask("open/deep/think")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_the_upstream_offers_is_in_anthropics_form_page_by_page_and_has_its_price() {
    let upstream = Upstream::start().await;
    let offered = ["gpt-4o", "gpt-4o-mini", "of-tomorrow"].map(|name| value!({ "id": name }));
    upstream.answer(move |request| match request.path.as_str() {
        "/v1/models" => json(200, value!({ "object": "list", "data": offered })),
        _ => reply_to(request),
    });
    let config = config(&upstream.base_url(), "", "")
        .replace("models:", MODELS)
        .replace("adapter: openai,", "adapter: openai, vendor: openai,");
    let gateway = Gateway::start(&config).await;
    let ada = || claude(gateway.client().with_key(ADA));
    let all = async || ada().get("/v1/models").await.json();
    let all = eventually("what the upstream offers", all, |page| ids(page).len() > 7).await;
    let open = ["open/gpt-4o", "open/gpt-4o-mini", "open/of-tomorrow"];
    assert_eq!(
        ids(&all)[..7],
        [
            "open/exact",
            "route/claude",
            "route/draw",
            "route/embed",
            "route/large",
            "route/rank",
            "route/small"
        ]
    );
    assert_eq!(
        (ids(&all)[7..].to_vec(), &all["has_more"]),
        (open.to_vec(), &value!(false))
    );
    let (mut after, mut read) = (String::new(), Vec::new());
    loop {
        let page = ada().get(&format!("/v1/models?limit=3{after}")).await.json();
        read.extend(ids(&page).into_iter().map(str::to_owned));
        after = format!("&after_id={}", page["last_id"].as_str().unwrap());
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(read, ids(&all));
    let limits = &all["data"][7];
    assert_eq!(
        (&limits["max_input_tokens"], &limits["max_tokens"]),
        (&value!(128_000), &value!(16_384))
    );
    let list = gateway.client().with_key(BOB).get("/v1/pricing").await.json();
    let models = list["models"].as_array().unwrap().iter();
    let priced = models.filter(|model| model["model"].as_str().unwrap().starts_with("open/"));
    let priced: Vec<_> = priced
        .map(|model| (model["model"].as_str().unwrap(), model["input_per_million"].as_f64()))
        .collect();
    let known = [
        ("open/exact", None),
        (open[0], Some(2.5)),
        (open[1], Some(0.15)),
        (open[2], None),
    ];
    assert_eq!(priced, known, "no pattern is listed whose price is open");
}

#[tokio::test]
async fn plans_name_what_a_wildcard_matches() {
    let (gateway, _upstream) = start().await;
    let bob = gateway.client().with_key(BOB);
    for (model, status) in [
        ("open/deep/x", 200),
        ("open/one", 200),
        ("open/two", 403),
        ("open/exact", 403),
    ] {
        assert_eq!(bob.chat(ask(model)).await.status, status, "{model}");
    }
}

#[tokio::test]
async fn a_name_that_the_upstream_does_not_know_harms_no_one_else() {
    let (gateway, upstream) = start().await;
    let ada = gateway.client().with_key(ADA);
    let error = value!({ "message": "no such model", "type": "invalid_request_error", "code": "model_not_found" });
    for number in 0..4 {
        upstream.reply(json(404, value!({ "error": error })));
        let answer = ada.chat(ask(&format!("open/invented-{number}"))).await;
        assert_refused(&answer, 400, "INVALID_REQUEST");
        assert_eq!(answer.text(), "no such model");
    }
    upstream.reply(says("hello"));
    assert_eq!(ada.chat(ask("open/gpt-5")).await.status, 200);
    let status = gateway.client().get("/v1/status").await.json();
    let models = status["models"].as_array().unwrap();
    let ids: Vec<&str> = models.iter().filter_map(|model| model["id"].as_str()).collect();
    assert!(ids.iter().all(|id| !id.contains("invented")), "{ids:?}");
}
