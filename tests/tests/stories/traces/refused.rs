//! The spans of requests that are refused before a model is found for them: they say what the client named.

use jackfield_tests::collector::{Collector, Got};
use jackfield_tests::gateway::{FREE, Gateway};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json as value;

use super::{about, assert_about, of_kind, traced};
use crate::scene::ask;

const KEY: &str = "rk_5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e";

/// What the request's span has as its model, and the span's name.
fn named(got: &Got) -> (Option<String>, String) {
    let span = of_kind(got, SpanKind::Server)[0];
    (about(span).remove("gen_ai.request.model"), span.name.clone())
}

#[tokio::test]
async fn a_model_that_is_unknown_or_of_another_kind_is_named_and_cut() {
    let long = "é".repeat(500);
    let cut = format!("{}…", "é".repeat(128));
    for (path, model, expected, name) in [
        ("/v1/chat/completions", "nonsense", "nonsense", "chat"),
        ("/v1/chat/completions", &*long, &*cut, "chat"),
        ("/v1/embeddings", "solo", "solo", "embeddings"),
    ] {
        let collector = Collector::start().await;
        let scene = traced(&collector.http(), "").await;
        let mut question = ask(model);
        question["input"] = "hello".into();
        assert_eq!(scene.client().post(path, question).await.status, 400);
        let got = collector.spans(1).await;
        assert_eq!(named(&got), (Some(expected.to_owned()), name.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_limit_leaves_the_model_that_the_path_names() {
    let collector = Collector::start().await;
    let config = format!(
        "server: {{ auth: required }}\n\
         plans: {{ small: {{ tiers: [free], limits: {{ per_day: 1 }} }} }}\n\
         keys: {{ own: {{ key: {KEY}, user: ada, plan: small }} }}\n\
         providers: {{ e: {{ adapter: echo }} }}\n\
         models: {{ m: {{ {FREE}, chain: [{{ provider: e, model: m }}] }} }}\n\
         telemetry: {{ traces: {{ endpoint: \"{}\" }} }}\n",
        collector.http()
    );
    let gateway = Gateway::start(&config).await;
    let client = gateway.client().header("x-goog-api-key", KEY);
    let path = "/v1beta/models/m:generateContent";
    let question = value!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] });
    assert_eq!(client.post(path, question.clone()).await.status, 200);
    assert_eq!(client.post(path, question).await.status, 429);
    let got = collector
        .when("both spans", |got| of_kind(got, SpanKind::Server).len() == 2)
        .await;
    for span in of_kind(&got, SpanKind::Server) {
        assert_about(span, &[("gen_ai.request.model", "m")]);
    }
}
