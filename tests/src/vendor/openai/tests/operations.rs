//! The operations beside chat: what is refused, and in which shapes the answers come.

use serde_json::{Value, json};

use super::super::{BASE64_IMAGE_MODEL, EMBEDDING_MODEL, IMAGE_MODEL, RERANK_MODEL};
use crate::client::{Answer, Client};
use crate::vendor::{self, API_KEY};

async fn post(path: &str, body: Value) -> Answer {
    let double = vendor::openai(0).await;
    let client = Client::new(format!("http://{}", double.address())).with_key(API_KEY);
    client.post(path, body).await
}

async fn embed(input: Value, more: Value) -> Answer {
    post(
        "/v1/embeddings",
        with(json!({ "model": EMBEDDING_MODEL, "input": input }), more),
    )
    .await
}

async fn rank(query: &str, more: Value) -> Answer {
    let documents = json!(["a blue sky", { "text": "the red sea" }, "a red sea of sand"]);
    let body = json!({ "model": RERANK_MODEL, "query": query, "documents": documents });
    post("/v1/rerank", with(body, more)).await
}

async fn draw(model: &str, more: Value) -> Answer {
    let body = json!({ "model": model, "prompt": "a lighthouse" });
    post("/v1/images/generations", with(body, more)).await
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

/// The message of a 400.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.text());
    let message = answer.json()["error"]["message"].as_str().map(str::to_owned);
    message.expect("a message")
}

#[tokio::test]
async fn equal_inputs_get_equal_vectors_of_length_one() {
    let answer = embed(json!(["one", "two", "one"]), json!({})).await.json();
    let vector = |index: usize| answer["data"][index]["embedding"].as_array().expect("a vector");
    assert_eq!(vector(0), vector(2));
    assert_ne!(vector(0), vector(1));
    let squares = vector(0).iter().filter_map(Value::as_f64).map(|number| number * number);
    assert!((squares.sum::<f64>() - 1.0).abs() < 1e-5);
    assert_eq!(answer["usage"], json!({ "prompt_tokens": 3, "total_tokens": 3 }));
}

#[tokio::test]
async fn a_vector_has_the_dimensions_and_the_form_that_were_asked_for() {
    let numbers = embed(json!([1, 2, 3]), json!({ "dimensions": 3 })).await.json();
    assert_eq!(numbers["data"][0]["embedding"].as_array().map(Vec::len), Some(3));
    let wanted = json!({ "dimensions": 3, "encoding_format": "base64" });
    let text = embed(json!([[1], [2, 3]]), wanted).await.json();
    assert_eq!(text["data"][1]["embedding"].as_str().map(str::len), Some(16));
}

#[tokio::test]
async fn embeddings_that_openai_would_refuse_are_refused() {
    for (input, more, words) in [
        (json!(""), json!({}), "input"),
        (json!([]), json!({}), "input"),
        (json!([""]), json!({}), "input"),
        (json!(["a", [1]]), json!({}), "do not mix"),
        (json!({}), json!({}), "input"),
        (json!("a"), json!({ "dimensions": 0 }), "dimensions"),
        (json!("a"), json!({ "encoding_format": "int8" }), "encoding_format"),
        (
            json!("a"),
            json!({ "input_type": "query" }),
            "Unrecognized request argument",
        ),
        (json!("please error-400"), json!({}), "invalid request"),
    ] {
        let message = refusal(&embed(input, more).await);
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
    let other = embed(json!("a"), json!({ "model": super::super::MODEL })).await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn the_best_documents_come_first_in_jinas_shape() {
    let more = json!({ "top_n": 2, "return_documents": true });
    let answer = rank("red sea sand", more).await.json();
    let results = answer["results"].as_array().expect("results");
    let order: Vec<_> = results.iter().map(|result| result["index"].clone()).collect();
    assert_eq!(order, [2, 1]);
    assert_eq!(results[0]["relevance_score"], 1.0);
    assert_eq!(results[0]["document"], json!({ "text": "a red sea of sand" }));
    assert_eq!(answer["usage"], json!({ "total_tokens": 14 }));
}

#[tokio::test]
async fn a_word_of_the_query_chooses_voyages_shape_or_no_order() {
    let answer = rank("as-data red", json!({ "return_documents": true })).await.json();
    assert_eq!(answer["data"][0]["document"], "the red sea");
    assert_eq!(answer.get("results"), None);
    let answer = rank("unsorted sand", json!({})).await.json();
    let order: Vec<_> = (0..3).map(|place| answer["results"][place]["index"].clone()).collect();
    assert_eq!(order, [0, 1, 2]);
}

#[tokio::test]
async fn a_ranking_that_a_vendor_would_refuse_is_refused() {
    for (query, more, words) in [
        ("", json!({}), "query"),
        ("red", json!({ "documents": [] }), "documents"),
        ("red", json!({ "documents": ["a", { "title": "b" }] }), "documents.1"),
        ("red", json!({ "top_n": 0 }), "top_n"),
        ("red", json!({ "top_k": 1 }), "top_k"),
        ("red", json!({ "return_documents": "yes" }), "return_documents"),
    ] {
        let message = refusal(&rank(query, more).await);
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
    assert_eq!(rank("error-429", json!({})).await.status, 429);
}

#[tokio::test]
async fn an_image_comes_by_address_or_in_base64() {
    let answer = draw(IMAGE_MODEL, json!({ "n": 2, "size": "512x512" })).await.json();
    assert_eq!(answer["data"][1]["url"], "https://images.example/double-1.png");
    assert_eq!(answer["data"][0]["revised_prompt"], "In detail: a lighthouse");
    let answer = draw(IMAGE_MODEL, json!({ "response_format": "b64_json" })).await.json();
    let image = &answer["data"][0];
    assert!(image["b64_json"].as_str().is_some_and(|data| data.starts_with("iVBOR")));
    assert_eq!(image.get("url"), None);
    let answer = draw(BASE64_IMAGE_MODEL, json!({})).await.json();
    assert_eq!(answer["usage"]["output_tokens"], 272);
}

#[tokio::test]
async fn an_image_that_openai_would_refuse_is_refused() {
    for (model, more, words) in [
        (
            BASE64_IMAGE_MODEL,
            json!({ "response_format": "b64_json" }),
            "Unknown parameter",
        ),
        (IMAGE_MODEL, json!({ "response_format": "base64" }), "response_format"),
        (IMAGE_MODEL, json!({ "prompt": "" }), "prompt"),
        (IMAGE_MODEL, json!({ "n": 11 }), "'n'"),
        (IMAGE_MODEL, json!({ "size": "large" }), "size"),
        (IMAGE_MODEL, json!({ "width": 512 }), "width"),
    ] {
        let message = refusal(&draw(model, more).await);
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
    assert_eq!(draw(IMAGE_MODEL, json!({ "prompt": "error-500" })).await.status, 500);
}
