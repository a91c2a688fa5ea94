//! What can be called and what it costs: models by plan, one model, prices and settings.

use jackfield_tests::client::Client;
use serde_json::{Value, json as value};

use super::scene::{Api, assert_marked};
use super::tokens::token;

async fn ids(client: &Client) -> Vec<String> {
    let list = client.get("/v1/models").await.json();
    assert_eq!(list["object"], "list");
    let data = list["data"].as_array().unwrap();
    data.iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn each_plan_sees_what_it_may_call() {
    let api = Api::start().await;
    let all = [
        "route/claude",
        "route/draw",
        "route/embed",
        "route/large",
        "route/rank",
        "route/small",
    ];
    assert_eq!(ids(&api.client()).await, ["route/small"]);
    assert_eq!(ids(&api.bob()).await, ["route/small"]);
    assert_eq!(ids(&api.ada()).await, all);
    let by_token = api.client().with_key(&token("eve", "premium"));
    assert_eq!(ids(&by_token).await, all);
}

#[tokio::test]
async fn a_listed_model_has_every_member() {
    let api = Api::start().await;
    let list = api.ada().get("/v1/models").await.json();
    let find = |id: &str| {
        let mut data = list["data"].as_array().unwrap().iter();
        data.find(|model| model["id"] == id).cloned().unwrap()
    };
    let expected = value!({
        "id": "route/large", "object": "model", "created": 0, "owned_by": "vendor",
        "tier": "premium", "name": "route/large", "capability": "chat",
        "modalities": { "input": ["text"], "output": ["text"] },
        "limit": { "context": null, "output": null },
        "pricing": { "prompt": "0.000003", "completion": "0.000015" },
    });
    assert_eq!(find("route/large"), expected);
    assert_eq!(find("route/draw")["capability"], "images");
    assert_eq!(
        find("route/draw")["pricing"],
        value!({ "prompt": "0", "completion": "0" })
    );
}

#[tokio::test]
async fn one_model_tells_whether_the_caller_may_call_it() {
    let api = Api::start().await;
    for (client, allowed) in [(api.ada(), true), (api.bob(), false)] {
        let detail = client.get("/v1/models/route/large").await.json();
        let expected = value!({
            "id": "route/large", "object": "model", "created": 0, "owned_by": "vendor",
            "tier": "premium", "allowed": allowed, "providers": ["vendor"],
        });
        assert_eq!(detail, expected);
    }
    let unknown = api.bob().get("/v1/models/route/none").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json(), value!({ "error": "Model not found" }));
    assert_marked(&unknown);
}

#[tokio::test]
async fn prices_and_the_multiplier_are_the_same_for_everyone() {
    let api = Api::start().await;
    let prices = api.ada().get("/v1/pricing").await.json();
    assert_eq!(prices, api.bob().get("/v1/pricing").await.json());
    let models = prices["models"].as_array().unwrap();
    assert_eq!((prices.as_object().unwrap().len(), models.len()), (1, 6));
    let find = |id: &str| -> &Value { models.iter().find(|it| it["model"] == id).unwrap() };
    let large = value!({
        "model": "route/large", "display_name": "route/large", "tier": "premium",
        "input_per_million": 3.0, "output_per_million": 15.0,
    });
    assert_eq!(find("route/large"), &large);
    assert_eq!(find("route/small")["display_name"], "Small");
    let settings = api.client().get("/v1/settings").await.json();
    assert_eq!(settings, value!({ "cost_multiplier": 2.0 }));
}
