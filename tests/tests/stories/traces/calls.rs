//! The spans of calls: of adapters' plugins and of shapers; and what is said of attempts that did not come to their end.

use jackfield_tests::collector::Collector;
use jackfield_tests::upstream::never_answers;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::{about, assert_about, of_kind, traced};
use crate::scene::{Setup, ask, begins, says};

#[tokio::test]
async fn calls_say_which_plugin_and_which_shaper_was_called() {
    let collector = Collector::start().await;
    let mut scene = traced(&collector.http(), "").await;
    let config = scene.config(&Setup::default());
    let config = format!(
        "{config}\nshapers: {{ rules: {{ plugin: guard, grant: [texts, reply], settings: {{ rules: {{ max_characters: 1000 }} }} }} }}\n\
         telemetry: {{ traces: {{ endpoint: \"{}\" }} }}\n",
        collector.http()
    );
    scene.gateway.install("guard", "guard").await;
    scene.gateway.reconfigure(&config).await;
    scene.first.reply(says("hi"));
    assert_eq!(scene.client().chat(ask("solo")).await.status, 200);
    let got = collector
        .when("the request's span", |got| !of_kind(got, SpanKind::Server).is_empty())
        .await;
    let (request, attempt) = (of_kind(&got, SpanKind::Server)[0], of_kind(&got, SpanKind::Client)[0]);
    let calls = of_kind(&got, SpanKind::Internal);
    let shaper = calls.iter().find(|call| call.name == "shaper request").unwrap();
    assert_eq!(shaper.parent_span_id, request.span_id);
    let expected = [("jackfield.shaper", "rules"), ("openinference.span.kind", "GUARDRAIL")];
    assert_about(shaper, &expected);
    let prepared = calls.iter().find(|call| call.name == "plugin prepare").unwrap();
    assert_eq!(prepared.parent_span_id, attempt.span_id);
    assert_about(
        prepared,
        &[("jackfield.plugin", "openai"), ("jackfield.plugin.function", "prepare")],
    );
    assert!(!got.resource["service.instance.id"].is_empty());
}

#[tokio::test]
async fn an_attempt_that_was_left_or_broke_off_did_not_succeed() {
    let collector = Collector::start().await;
    let scene = traced(&collector.http(), "").await;
    scene.first.reply(begins(&["a"]).then_cut()).then(never_answers());
    scene.client().stream(ask("solo")).await.collect().await;
    let leaving = async {
        scene.first.next_request().await;
        scene.first.next_request().await;
    };
    let client = scene.client();
    tokio::select! {
        _ = client.chat(ask("solo")) => panic!("the upstream never answers"),
        () = leaving => {}
    }
    let two = |got: &_| of_kind(got, SpanKind::Server).len() == 2;
    let got = collector.when("two requests", two).await;
    let attempts = of_kind(&got, SpanKind::Client);
    let class = about(attempts[0])["error.type"].clone();
    assert_eq!(attempts[0].status.as_ref().map(|status| status.code), Some(2));
    assert_about(attempts[0], &[("jackfield.outcome", &class)]);
    assert_about(attempts[1], &[("jackfield.outcome", "hung-up")]);
    assert!(attempts[1].end_time_unix_nano > attempts[1].start_time_unix_nano);
}
