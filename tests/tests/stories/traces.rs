//! Traces as a collector gets them: the tree of a request with a fallback, ids across programs, sampling, content, and that
//! no collector holds up a request.

mod calls;
mod outages;
mod refused;

use std::collections::BTreeMap;

use jackfield_tests::collector::{Collector, Got, attributes};
use jackfield_tests::gateway::Gateway;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json as value;

use crate::scene::{FIRST_KEY, Scene, Setup, ask, refuses, says, streams};

/// The credential of the collector.
const TOKEN: &str = "Bearer collector-secret-7d1a";

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A scene whose traces go to this endpoint, with these further settings.
async fn traced(endpoint: &str, more: &str) -> Scene {
    let mut scene = Scene::start().await;
    reconfigure(&mut scene, endpoint, more).await;
    scene
}

async fn reconfigure(scene: &mut Scene, endpoint: &str, more: &str) {
    let config = scene.config(&Setup::default());
    let traces = format!("endpoint: \"{endpoint}\", headers: {{ authorization: \"{TOKEN}\" }}, {more}");
    let config = format!("{config}\ntelemetry: {{ traces: {{ {traces} }} }}\n");
    scene.gateway.reconfigure(&config).await;
}

/// The spans of a kind, in the order of their beginnings.
fn of_kind(got: &Got, kind: SpanKind) -> Vec<&Span> {
    let mut spans: Vec<&Span> = got.spans.iter().filter(|span| span.kind == i32::from(kind)).collect();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    spans
}

fn about(span: &Span) -> BTreeMap<String, String> {
    attributes(&span.attributes)
}

#[track_caller]
fn assert_about(span: &Span, expected: &[(&str, &str)]) {
    let about = about(span);
    for (key, value) in expected {
        assert_eq!(about.get(*key).map(String::as_str), Some(*value), "{key} of {about:#?}");
    }
}

/// Demands the tree of a request that fails at the first target and is answered by the second.
#[track_caller]
fn assert_fallback(scene: &Scene, got: &Got) {
    let requests = of_kind(got, SpanKind::Server);
    assert_eq!(requests.len(), 1, "{requests:#?}");
    let request = requests[0];
    assert_eq!(request.name, "chat duo");
    assert_eq!(request.parent_span_id, Vec::<u8>::new());
    let second = scene.second.address().port().to_string();
    let expected = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "duo"),
        ("gen_ai.response.finish_reasons", "stop"),
        ("http.response.status_code", "200"),
        ("http.route", "/v1/chat/completions"),
        ("jackfield.attempts", "2"),
        ("jackfield.outcome", "ok"),
        ("openinference.span.kind", "LLM"),
        ("server.address", "127.0.0.1"),
        ("server.port", second.as_str()),
    ];
    assert_about(request, &expected);
    let told = about(request);
    for key in [
        "gen_ai.response.id",
        "gen_ai.response.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
    ] {
        assert!(told.contains_key(key), "{key} of {told:#?}");
    }
    assert!(!told.contains_key("error.type"));
    let attempts = of_kind(got, SpanKind::Client);
    assert_eq!(attempts.len(), 2, "{attempts:#?}");
    let (failed, answered) = (attempts[0], attempts[1]);
    let first = scene.first.address().port().to_string();
    assert_about(
        failed,
        &[
            ("gen_ai.request.model", "first-model"),
            ("jackfield.provider", "first"),
            ("error.type", "overloaded"),
            ("http.response.status_code", "503"),
            ("server.port", first.as_str()),
        ],
    );
    assert_eq!(
        failed.status.as_ref().map(|status| (status.code, &*status.message)),
        Some((2, "overloaded"))
    );
    assert_about(
        answered,
        &[
            ("gen_ai.request.model", "second-model"),
            ("jackfield.provider", "second"),
        ],
    );
    for attempt in [failed, answered] {
        assert_eq!(
            (&attempt.trace_id, &attempt.parent_span_id),
            (&request.trace_id, &request.span_id)
        );
        assert!(request.start_time_unix_nano <= attempt.start_time_unix_nano + 1_000_000);
        assert!(attempt.end_time_unix_nano <= request.end_time_unix_nano);
        let calls = of_kind(got, SpanKind::Internal);
        let own = calls.iter().filter(|call| call.parent_span_id == attempt.span_id);
        let functions: Vec<String> = own
            .map(|call| about(call)["jackfield.plugin.function"].clone())
            .collect();
        assert_eq!(functions.first().map(String::as_str), Some("prepare"), "{calls:#?}");
    }
}

#[tokio::test]
async fn a_request_with_a_fallback_is_a_tree_over_http_and_over_grpc() {
    for protocol in ["http", "grpc"] {
        let collector = Collector::start().await;
        let endpoint = if protocol == "http" {
            collector.http()
        } else {
            collector.grpc()
        };
        let scene = traced(&endpoint, &format!("protocol: {protocol}, service_name: front")).await;
        scene.first.reply(refuses(503, "the prompt was: hello"));
        scene.second.reply(says("hi"));
        assert_eq!(scene.client().chat(ask("duo")).await.status, 200);
        let got = collector
            .when("the request's span", |got| !of_kind(got, SpanKind::Server).is_empty())
            .await;
        assert_fallback(&scene, &got);
        assert_eq!(got.resource["service.name"], "front");
        assert_eq!(got.headers[0]["authorization"], TOKEN);
        // Neither a secret nor anything of the conversation.
        let everything = format!("{:?}", got.spans);
        for secret in [FIRST_KEY, "sk-second", TOKEN, "hello", "\"hi\""] {
            assert!(!everything.contains(secret), "{secret}: {everything}");
        }
        let shown = format!("{}{}", scene.gateway.snapshot().await, scene.gateway.logs());
        assert!(!shown.contains("collector-secret"), "{shown}");
    }
}

#[tokio::test]
async fn a_stream_says_when_its_first_content_came_and_why_it_ended() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "").await;
    scene.first.reply(streams(&["hello", " you"]));
    scene.client().stream(ask("solo")).await.collect().await;
    let got = collector.spans(2).await;
    let request = of_kind(&got, SpanKind::Server)[0];
    assert_about(
        request,
        &[("gen_ai.response.finish_reasons", "stop"), ("jackfield.stream", "true")],
    );
    let first: f64 = about(request)["gen_ai.response.time_to_first_chunk"].parse().unwrap();
    assert!(first > 0.0);
    let event = &request.events[0];
    assert_eq!(event.name, "gen_ai.first_chunk");
    let within = request.start_time_unix_nano..=request.end_time_unix_nano;
    assert!(within.contains(&event.time_unix_nano));
    let attempt = of_kind(&got, SpanKind::Client)[0];
    assert!(attempt.end_time_unix_nano >= event.time_unix_nano);
}

#[tokio::test]
async fn a_clients_trace_goes_on_to_the_upstream() {
    let collector = Collector::start().await;
    let mut scene = traced(&collector.http(), "").await;
    let client = scene
        .client()
        .header("traceparent", PARENT)
        .header("tracestate", "vendor=1");
    scene.first.reply(says("hi"));
    client.chat(ask("solo")).await;
    let got = collector.spans(2).await;
    let request = of_kind(&got, SpanKind::Server)[0];
    assert_eq!(hex(&request.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(
        (hex(&request.parent_span_id).as_str(), request.trace_state.as_str()),
        ("00f067aa0ba902b7", "vendor=1")
    );
    let attempt = of_kind(&got, SpanKind::Client)[0];
    let sent = scene.first.next_request().await;
    let expected = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", hex(&attempt.span_id));
    assert_eq!(sent.header("traceparent"), Some(expected.as_str()));
    assert_eq!(sent.header("tracestate"), Some("vendor=1"));
    reconfigure(&mut scene, &collector.http(), "propagate: false").await;
    scene.first.reply(says("hi"));
    client.chat(ask("solo")).await;
    assert_eq!(scene.first.next_request().await.header("traceparent"), None);
}

#[tokio::test]
async fn without_traces_nothing_is_sent_anywhere() {
    let scene = Scene::start().await;
    scene.first.reply(says("hi"));
    scene.client().header("traceparent", PARENT).chat(ask("solo")).await;
    assert_eq!(scene.first.next_request().await.header("traceparent"), None);
}

#[tokio::test]
async fn a_share_is_sampled_and_a_parents_decision_counts() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "sample: 0").await;
    scene.first.always(says("hi"));
    scene.client().chat(ask("solo")).await;
    let unsampled = scene.first.next_request().await;
    assert!(
        unsampled
            .header("traceparent")
            .is_some_and(|named| named.ends_with("-00"))
    );
    let off = PARENT.replace("-01", "-00");
    scene.client().header("traceparent", &off).chat(ask("solo")).await;
    // The last one is the only one with spans.
    scene.client().header("traceparent", PARENT).chat(ask("solo")).await;
    let got = collector.spans(2).await;
    let requests = of_kind(&got, SpanKind::Server);
    assert_eq!(requests.len(), 1);
    assert_eq!(hex(&requests[0].trace_id), &PARENT[3..35]);
}

#[tokio::test]
async fn content_is_there_if_it_is_wanted_and_no_more_of_it() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "content: on, max_content_bytes: 60").await;
    scene.first.reply(says("short"));
    scene.client().chat(ask("solo")).await;
    scene.first.reply(streams(&["hello", " you"]));
    scene.client().stream(ask("solo")).await.collect().await;
    let two = |got: &Got| of_kind(got, SpanKind::Server).len() == 2;
    let got = collector.when("two requests", two).await;
    let requests = of_kind(&got, SpanKind::Server);
    let asked = about(requests[0])["input.value"].clone();
    assert_eq!(asked, ask("solo").to_string()[..60]);
    assert_eq!(about(requests[0])["output.value"].len(), 60);
    assert_eq!(about(requests[1])["output.value"], "hello you");
    for call in got.spans.iter().filter(|span| span.kind != i32::from(SpanKind::Server)) {
        assert!(!format!("{call:?}").contains("hello"), "{call:?}");
    }
}

#[tokio::test]
async fn another_configuration_sends_elsewhere_from_then_on() {
    let (one, other) = (Collector::start().await, Collector::start().await);
    let mut scene = traced(&one.http(), "").await;
    scene.first.always(says("hi"));
    scene.client().chat(ask("solo")).await;
    one.spans(2).await;
    reconfigure(&mut scene, &other.grpc(), "protocol: grpc").await;
    scene.client().chat(ask("solo")).await;
    other.spans(2).await;
    assert_eq!(of_kind(&one.so_far(), SpanKind::Server).len(), 1);
}

#[tokio::test]
async fn a_request_that_is_refused_has_a_span_with_its_code() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "").await;
    assert_eq!(scene.client().chat(ask("nonsense")).await.status, 400);
    let got = collector.spans(1).await;
    assert_about(
        &got.spans[0],
        &[("error.type", "INVALID_MODEL"), ("http.response.status_code", "400")],
    );
}

#[tokio::test]
async fn a_collector_that_is_wrongly_written_is_a_fault() {
    let listen = "127.0.0.1:0".parse().unwrap();
    let refusal = async |traces: &str| {
        let config = format!("telemetry: {{ traces: {{ {traces} }} }}\n");
        Gateway::refusal(&config, listen).await
    };
    let with_user = refusal("endpoint: \"http://me:hidden@collector\"").await;
    assert!(
        with_user.contains("telemetry.traces.endpoint") && !with_user.contains("hidden"),
        "{with_user}"
    );
    let header = refusal("headers: { \"con nection\": x }").await;
    assert!(header.contains("is not a valid header name"), "{header}");
    let broken = refusal(&format!("headers: {{ a: {} }}", value!("hid\nden"))).await;
    assert!(
        broken.contains("telemetry.traces.headers.a") && !broken.contains("hid"),
        "{broken}"
    );
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
