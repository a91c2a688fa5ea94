//! Models in Anthropic's form, for clients that send `anthropic-version`.

use jackfield_tests::client::Client;
use serde_json::{Value, json as value};

use super::scene::{Api, assert_marked};

const ALL: [&str; 6] = [
    "route/claude",
    "route/draw",
    "route/embed",
    "route/large",
    "route/rank",
    "route/small",
];

pub(super) fn claude(client: Client) -> Client {
    client.header("anthropic-version", "2023-06-01")
}

pub(super) fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|model| model["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_list_has_anthropics_form_and_the_callers_models() {
    let api = Api::start().await;
    let page = claude(api.ada()).get("/v1/models").await.json();
    assert_eq!(ids(&page), ALL);
    let rest = value!({ "has_more": false, "first_id": ALL[0], "last_id": ALL[5], "data": page["data"] });
    assert_eq!(page, rest);
    let small = value!({
        "type": "model", "id": "route/small", "display_name": "Small",
        "created_at": "1970-01-01T00:00:00.000+00:00", "lifecycle": "active",
        "max_input_tokens": null, "max_tokens": null,
    });
    assert_eq!(page["data"][5], small);
    for client in [api.bob(), api.client()] {
        assert_eq!(ids(&claude(client).get("/v1/models").await.json()), ["route/small"]);
    }
    let detail = claude(api.ada()).get("/v1/models/route/small").await.json();
    assert_eq!(detail, small);
    // Without the header the same client reads OpenAI's form.
    assert_eq!(api.ada().get("/v1/models?limit=2").await.json()["object"], "list");
}

#[tokio::test]
async fn the_list_is_read_page_by_page() {
    let api = Api::start().await;
    let ada = claude(api.ada());
    let first = ada.get("/v1/models?limit=4").await.json();
    assert_eq!((ids(&first), &first["has_more"]), (ALL[..4].to_vec(), &true.into()));
    let after = "/v1/models?limit=4&after_id=route%2Flarge";
    let second = ada.get(after).await.json();
    assert_eq!((ids(&second), &second["has_more"]), (ALL[4..].to_vec(), &false.into()));
    let back = ada.get("/v1/models?limit=2&before_id=route/rank").await.json();
    assert_eq!((ids(&back), &back["has_more"]), (ALL[2..4].to_vec(), &true.into()));
    for wrong in ["limit=0", "limit=many", "after_id=route/none", "limit=%zz"] {
        let answer = ada.get(&format!("/v1/models?{wrong}")).await;
        assert_marked(&answer);
        assert_eq!(
            (answer.status, answer.error_code()),
            (400, Some("INVALID_REQUEST")),
            "{wrong}"
        );
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
}
