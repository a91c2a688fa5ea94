//! The models in Google's form, and the ways in which its clients show a key.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use serde_json::json as value;

use super::{ask, path};

const KEY: &str = "rk_abababababababababababababababababababababababababababababababab";

async fn scene() -> Gateway {
    let config = format!(
        "server: {{ auth: required }}\nplans: {{ free: {{ tiers: [free] }} }}\n\
         keys: {{ own: {{ key: \"{KEY}\", user: ada, plan: free }} }}\nproviders:\n  echo: {{ adapter: echo }}\nmodels:\n  \
         org/echo: {{ {FREE}, name: Echo, context: 1000, chain: [{{ provider: echo, model: up }}] }}\n",
    );
    Gateway::start(&config).await
}

#[tokio::test]
async fn a_key_is_taken_from_the_header_and_from_the_query() {
    let gateway = scene().await;
    let with = |name: &str| Client::new(gateway.url()).header(name, KEY);
    let plain = Client::new(gateway.url());
    for (client, query) in [
        (with("x-goog-api-key"), ""),
        (with("x-api-key"), ""),
        (
            plain,
            "?key=rk_abababababababababababababababababababababababababababababababab",
        ),
    ] {
        let answer = client
            .post(&format!("{}{query}", path("org/echo", "generateContent")), ask())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    for query in ["", "?key=rk_wrong"] {
        let path = format!("{}{query}", path("org/echo", "generateContent"));
        let answer = Client::new(gateway.url()).post(&path, ask()).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["status"]),
            (401, &value!("UNAUTHENTICATED"))
        );
    }
}

#[tokio::test]
async fn the_models_have_googles_form() {
    let gateway = scene().await;
    let client = Client::new(gateway.url()).header("x-goog-api-key", KEY);
    let model = value!({
        "name": "models/org/echo", "displayName": "Echo", "inputTokenLimit": 1000,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
    });
    for path in ["/v1beta/models", "/v1/models"] {
        assert_eq!(client.get(path).await.json(), value!({ "models": [model] }), "{path}");
    }
    assert_eq!(client.get("/v1beta/models/org/echo").await.json(), model);
    let answer = client.get("/v1beta/models/nobody").await;
    assert_eq!(
        (answer.status, &answer.json()["error"]["status"]),
        (404, &value!("NOT_FOUND"))
    );
}
