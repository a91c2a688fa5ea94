//! What the endpoints answer to a request that goes well, member by member.

use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::scene::{Api, assert_marked, assert_refused};
use crate::scene::ask;

#[tokio::test]
async fn a_completion_is_the_upstreams_with_its_model_time_and_provider() {
    let api = Api::start().await;
    let answer = api.ada().chat(ask("route/large")).await;
    assert_marked(&answer);
    let body = answer.json();
    assert!(body["latency_ms"].is_u64(), "{body}");
    let mut expected = openai::completion(&Turn::says(&["hel", "lo"]), 1);
    expected["model"] = value!("route/large");
    expected["provider"] = value!("vendor");
    expected["latency_ms"] = body["latency_ms"].clone();
    assert_eq!(body, expected);
}

#[tokio::test]
async fn unknown_fields_reach_the_upstream_untouched() {
    let api = Api::start().await;
    let mut sent = ask("route/small");
    sent["enable_thinking"] = value!(true);
    sent["chat_template_kwargs"] = value!({ "deep": [1, { "x": null }] });
    assert_eq!(api.ada().chat(sent.clone()).await.status, 200);
    sent["model"] = value!("m");
    assert_eq!(api.upstream.next_request().await.json(), sent);
}

#[tokio::test]
async fn a_stream_ends_with_time_provider_and_done() {
    let api = Api::start().await;
    for with_usage in [false, true] {
        let mut sent = ask("route/large");
        if with_usage {
            sent["stream_options"] = value!({ "include_usage": true });
        }
        let stream = api.ada().stream(sent).await;
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        assert!(stream.header("x-request-id").is_some());
        let stream = stream.collect().await;
        crate::scene::assert_complete(&stream, "hello");
        let chunks = stream.chunks();
        let (last, others) = chunks.split_last().unwrap();
        assert!(last["latency_ms"].is_u64(), "{last}");
        assert_eq!(last["provider"], "vendor");
        assert_eq!(stream.usage().is_some(), with_usage);
        if with_usage {
            assert_eq!(last["choices"], value!([]));
        }
        let kind = value!("chat.completion.chunk");
        for chunk in &chunks {
            assert_eq!((&chunk["object"], &chunk["model"]), (&kind, &value!("route/large")));
        }
        assert!(others.iter().all(|chunk| chunk["latency_ms"].is_null()));
    }
}

#[tokio::test]
async fn embeddings_are_the_upstreams_with_model_and_provider() {
    let api = Api::start().await;
    for (input, count) in [
        (value!("x"), 1),
        (value!(["x", "y"]), 2),
        (value!([1, 2]), 1),
        (value!([[1], [2]]), 2),
    ] {
        let sent = value!({ "model": "route/embed", "input": input, "encoding_format": "float" });
        let answer = api.ada().post("/v1/embeddings", sent.clone()).await;
        assert_marked(&answer);
        let vector =
            |index: u32| value!({ "object": "embedding", "embedding": [0.5, -f64::from(index)], "index": index });
        let expected = value!({
            "object": "list", "model": "route/embed", "provider": "vendor",
            "data": (0..count).map(vector).collect::<Vec<_>>(),
            "usage": { "prompt_tokens": 3, "total_tokens": 3 },
        });
        assert_eq!(answer.json(), expected);
        assert_eq!(api.upstream.next_request().await.json()["input"], sent["input"]);
    }
}

#[tokio::test]
async fn embeddings_come_in_the_encoding_that_was_asked_for() {
    let api = Api::start().await;
    let sent = value!({ "model": "route/embed", "input": ["x", "y"], "encoding_format": "base64" });
    let answer = api.ada().post("/v1/embeddings", sent).await;
    assert_eq!(answer.status, 200);
    // 0.5 and -0.0, and 0.5 and -1.0, as little-endian floats.
    assert_eq!(answer.json()["data"][0]["embedding"], "AAAAPwAAAIA=");
    assert_eq!(answer.json()["data"][1]["embedding"], "AAAAPwAAgL8=");
}

#[tokio::test]
async fn what_cannot_be_streamed_is_refused_before_anything_is_sent() {
    let api = Api::start().await;
    for (path, body) in [
        (
            "/v1/embeddings",
            value!({ "model": "route/embed", "input": "x", "stream": true }),
        ),
        (
            "/v1/rerank",
            value!({ "model": "route/rank", "query": "q", "documents": ["a"], "stream": true }),
        ),
        (
            "/v1/images/generations",
            value!({ "model": "route/draw", "prompt": "a cat", "stream": true }),
        ),
    ] {
        assert_refused(&api.ada().post(path, body).await, 400, "INVALID_REQUEST");
    }
    assert_eq!(api.upstream.requests().len(), 0);
}

#[tokio::test]
async fn a_ranking_has_as_many_results_and_the_documents_that_were_asked_for() {
    let api = Api::start().await;
    for path in ["/v1/rerank", "/v2/rerank"] {
        let sent = value!({ "model": "route/rank", "query": "q",
            "documents": ["a", { "text": "b" }, "c"], "top_n": 2, "return_documents": true });
        let answer = api.ada().post(path, sent).await;
        let results = value!([
            { "index": 1, "relevance_score": 0.75, "document": { "text": "b" } },
            { "index": 2, "relevance_score": 0.5, "document": { "text": "c" } },
        ]);
        assert_eq!(answer.json()["results"], results, "{path}");
    }
    let fewer = value!({ "model": "route/rank", "query": "q", "documents": ["a", "b"] });
    let answer = api.ada().post("/v1/rerank", fewer).await;
    assert_refused(&answer, 502, "PROVIDER_ERROR");
}

#[tokio::test]
async fn a_ranking_is_sorted_by_score() {
    let api = Api::start().await;
    let sent = value!({ "model": "route/rank", "query": "q",
        "documents": ["a", { "text": "b" }, "c"], "top_n": 3 });
    let answer = api.ada().post("/v1/rerank", sent).await;
    assert_marked(&answer);
    let results = value!([
        { "index": 1, "relevance_score": 0.75 },
        { "index": 2, "relevance_score": 0.5 },
        { "index": 0, "relevance_score": 0.25 },
    ]);
    let expected = value!({ "results": results, "model": "route/rank", "provider": "vendor" });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn an_image_has_all_its_members_and_costs_five_requests_of_the_day() {
    let api = Api::start().await;
    let sent = |extra: Value| {
        let mut sent = value!({ "model": "route/draw", "prompt": "a cat" });
        for (key, value) in extra.as_object().unwrap() {
            sent[key] = value.clone();
        }
        sent
    };
    let path = "/v1/images/generations";
    let sizes = [
        value!({ "size": "1024x1024", "response_format": "base64" }),
        value!({ "width": 1024, "height": 1024, "response_format": "b64_json" }),
        value!({ "aspect_ratio": "1:1" }),
    ];
    for (round, size) in (1..).zip(sizes) {
        let answer = api.ada().post(path, sent(size.clone())).await;
        assert_marked(&answer);
        let image = value!({ "url": null, "b64_json": "aGk=", "revised_prompt": null });
        let expected = value!({
            "created": 1, "data": [image], "provider": "vendor", "model": "route/draw",
            "credits_charged": null,
        });
        assert_eq!(answer.json(), expected);
        let drawn = api.upstream.next_request().await.json();
        assert_eq!(drawn["size"], "1024x1024");
        let format = size.get("response_format").map(|_| value!("b64_json"));
        assert_eq!(drawn.get("response_format"), format.as_ref());
        let used = api.ada().get("/v1/user/requests").await.json();
        assert_eq!(used["requests_used_today"], 5 * round);
        assert_eq!(used["requests_used_this_minute"], round);
    }
}

#[tokio::test]
async fn several_images_cost_several_times_as_much() {
    let api = Api::start().await;
    let sent = value!({ "model": "route/draw", "prompt": "a cat", "n": 4 });
    assert_eq!(api.ada().post("/v1/images/generations", sent).await.status, 200);
    let used = api.ada().get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 20);
    assert_eq!(used["requests_used_this_minute"], 1);
}
