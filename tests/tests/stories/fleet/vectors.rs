//! Embeddings and rankings of Voyage, Jina and Cohere, by every path that clients have for them.

use jackfield_tests::upstream::{Reply, Request, Upstream, json, status, text};
use serde_json::{Value, json as value};

use super::kept::Kept;

/// What an upstream answers to each path: the vendor is the first segment.
fn serve(request: &Request) -> Reply {
    let scored = value!([{ "index": 0, "relevance_score": 0.25 }, { "index": 1, "relevance_score": 0.75 }]);
    let vectors = value!([{ "object": "embedding", "index": 0, "embedding": [0.5, -1.0] }, { "object": "embedding", "index": 1, "embedding": [0.25, 2.0] }]);
    let said = match request.path.as_str() {
        "/voyage/embeddings" => {
            value!({ "object": "list", "data": vectors, "model": "v", "usage": { "total_tokens": 12 } })
        }
        "/jina/embeddings" => {
            value!({ "object": "list", "data": vectors, "model": "j", "usage": { "total_tokens": 12, "prompt_tokens": 12 } })
        }
        "/voyage/rerank" => value!({ "object": "list", "data": scored, "model": "v", "usage": { "total_tokens": 26 } }),
        "/jina/rerank" => value!({ "model": "j", "results": scored, "usage": { "total_tokens": 26 } }),
        "/cohere/v2/rerank" => {
            value!({ "id": "x", "results": scored, "meta": { "billed_units": { "search_units": 1 } } })
        }
        path => return text(404, path),
    };
    json(200, said)
}

/// A gateway with a model for each vendor and kind of work, called `voyage-embeddings` and so on, and `ranks`, which tries
/// Voyage and then Jina.
async fn scene(upstream: &Upstream, limits: &str) -> Kept {
    let vendors = ["voyage", "jina", "cohere"];
    let address = upstream.address();
    let provider =
        |it: &str| format!("  {it}: {{ adapter: {it}, base_url: \"http://{address}/{it}\", api_key: \"key-{it}\" }}");
    let price = "tier: any, pricing: { input_per_million: 1, output_per_million: 2, per_request: 0.001 }";
    let target = |it: &str, kind: &str| format!("{{ provider: {it}, model: {it}-{kind}-up }}");
    let model =
        |name: &str, kind: &str, chain: &str| format!("  {name}: {{ {price}, capability: {kind}, chain: [{chain}] }}");
    let mut models = vec![model(
        "ranks",
        "rerank",
        &format!("{}, {}", target("voyage", "rerank"), target("jina", "rerank")),
    )];
    for (vendor, kind) in vendors.iter().flat_map(|it| [(it, "embeddings"), (it, "rerank")]) {
        models.push(model(&format!("{vendor}-{kind}"), kind, &target(vendor, kind)));
    }
    let providers = vendors.map(provider).join("\n");
    upstream.answer(serve);
    Kept::with_plan(limits, &providers, &models.join("\n"), &[]).await
}

fn rank(model: &str) -> Value {
    value!({ "model": model, "query": "q", "documents": ["a", { "text": "b" }], "top_n": 2, "return_documents": true })
}

/// Demands the ranking of `serve`, the best first, with its documents.
#[track_caller]
fn assert_ranked(ranking: &Value) {
    let told = |result: &Value| (result["index"].as_u64(), result["relevance_score"].as_f64());
    let results = ranking["results"].as_array().unwrap();
    let order: Vec<_> = results.iter().map(told).collect();
    assert_eq!(order, [(Some(1), Some(0.75)), (Some(0), Some(0.25))], "{ranking}");
    let texts: Vec<_> = results.iter().map(|result| &result["document"]["text"]).collect();
    assert_eq!(texts, [&value!("b"), &value!("a")]);
}

#[tokio::test]
async fn texts_become_vectors_and_their_tokens_are_in_the_books() {
    for (vendor, sent) in [
        (
            "voyage",
            value!({ "model": "voyage-embeddings-up", "input": ["a", "b"], "input_type": "query", "output_dimension": 2 }),
        ),
        (
            "jina",
            value!({ "model": "jina-embeddings-up", "input": ["a", "b"], "task": "retrieval.query", "dimensions": 2 }),
        ),
    ] {
        let upstream = Upstream::start().await;
        let kept = scene(&upstream, "").await;
        let question = value!({ "model": format!("{vendor}-embeddings"), "input": ["a", "b"], "input_type": "query", "dimensions": 2 });
        let answer = kept.client().post("/v1/embeddings", question).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let vectors: Vec<Value> = answer.json()["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["embedding"].clone())
            .collect();
        assert_eq!(vectors, [value!([0.5, -1.0]), value!([0.25, 2.0])]);
        let request = upstream.next_request().await;
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer key-{vendor}")));
        assert_eq!(request.json(), sent);
        let row = kept.row().await;
        assert_eq!(
            (&*row.operation, &*row.provider, row.estimated),
            ("embeddings", vendor, 0)
        );
        assert_eq!((row.input, row.output, row.credits), (12, 0, 12 + 1_000));
    }
}

#[tokio::test]
async fn documents_are_ranked_by_every_path() {
    for (vendor, members) in [
        (
            "voyage",
            value!({ "model": "voyage-rerank-up", "query": "q", "documents": ["a", "b"], "top_k": 2 }),
        ),
        (
            "jina",
            value!({ "model": "jina-rerank-up", "query": "q", "documents": ["a", "b"], "top_n": 2, "return_documents": false }),
        ),
        (
            "cohere",
            value!({ "model": "cohere-rerank-up", "query": "q", "documents": ["a", "b"], "top_n": 2 }),
        ),
    ] {
        let upstream = Upstream::start().await;
        let kept = scene(&upstream, "").await;
        for path in ["/v1/rerank", "/v2/rerank", "/rerank"] {
            let answer = kept.client().post(path, rank(&format!("{vendor}-rerank"))).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_ranked(&answer.json());
            assert_eq!(upstream.next_request().await.json(), members, "{path}");
        }
        for row in kept.rows(3).await {
            assert_eq!((&*row.operation, &*row.provider, &*row.ended), ("rerank", vendor, "ok"));
            assert_eq!((row.output, row.credits), (0, row.input + 1_000));
            // Cohere counts searches, and no tokens.
            let tokens = if vendor == "cohere" { 0 } else { 26 };
            assert_eq!((row.input, row.estimated), (tokens, 0), "{vendor}");
        }
    }
}

#[tokio::test]
async fn a_ranking_is_made_by_the_next_vendor_and_paid_for_once() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, "").await;
    upstream.reply(status(503));
    let answer = kept.client().post("/v2/rerank", rank("ranks")).await;
    assert_ranked(&answer.json());
    let paths: Vec<String> = upstream.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/voyage/rerank", "/jina/rerank"]);
    let row = kept.row().await;
    assert_eq!((&*row.provider, row.attempts, row.credits), ("jina", 2, 26 + 1_000));
}

#[tokio::test]
async fn a_limit_and_a_fault_are_told_in_the_words_of_the_path() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, "per_minute: 2").await;
    upstream.reply(json(400, value!({ "detail": "Model x is not supported." })));
    let fault = kept.client().post("/v2/rerank", rank("voyage-rerank")).await;
    assert_eq!(fault.status, 400);
    let message = fault.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("Model x is not supported."), "{message}");
    assert_eq!(kept.client().post("/v1/rerank", rank("jina-rerank")).await.status, 200);
    for path in ["/v1/rerank", "/v2/rerank"] {
        let refused = kept.client().post(path, rank("jina-rerank")).await;
        assert_eq!(
            (refused.status, refused.error_code()),
            (429, Some("MINUTE_REQUEST_LIMIT_EXCEEDED"))
        );
        assert_eq!(
            path == "/v2/rerank",
            refused.text().starts_with("{\"message\":"),
            "{}",
            refused.text()
        );
    }
    assert_eq!(upstream.requests().len(), 2);
    let rows = kept.rows(2).await;
    let told: Vec<_> = rows.iter().map(|row| (&*row.ended, row.credits)).collect();
    assert_eq!(told, [("failed", 0), ("ok", 26 + 1_000)]);
}
