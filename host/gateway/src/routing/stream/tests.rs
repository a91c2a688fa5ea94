//! Streams to the client, from scripted replies and under a paused clock.

use std::sync::Arc;
use std::time::Duration;

use jackfield_dialects::json::Members;
use jackfield_dialects::{Form, Operation, StreamFacts};
use tokio::time::{Instant, timeout};

use super::{ClientStream, Piece};
use crate::attempt::Then;
use crate::error::{Class, Failure};
use crate::record::Attempts;
use crate::routing::StreamPolicy;
use crate::routing::breaker::{Breaker, Permit};
use crate::routing::tests::scene::{FakeStream, STAKES};

const ROLE: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant"}}]}"#;
const HI: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
const STOP: &str =
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5}}"#;
const DONE: &str = "[DONE]";

fn broke() -> Then {
    Then::Broke(Failure::new(Class::Overloaded, "the connection broke"))
}

fn facts() -> StreamFacts<'static> {
    StreamFacts {
        operation: Operation::Chat,
        model: "m",
        provider: "p",
        request_id: "req_1",
        created: 1,
        include_usage: false,
        request: Members::empty(),
    }
}

/// The stream for a client that speaks the canonical dialect.
fn stream(reply: FakeStream) -> ClientStream<FakeStream> {
    let reader = jackfield_dialects::canonical().stream(Form::Native, &facts());
    ClientStream::new(reply, reader, Instant::now(), &"p".into(), StreamPolicy::default())
}

/// The same stream for a client of each dialect, from a canonical reply.
fn in_each_dialect(batches: &[(&'static str, Then)]) -> Vec<ClientStream<FakeStream>> {
    let dialects = jackfield_dialects::all().into_iter();
    let stream = dialects.map(|dialect| {
        let reader = dialect.stream(Form::Canonical, &facts());
        ClientStream::new(
            FakeStream::of(batches.to_vec()),
            reader,
            Instant::now(),
            &"p".into(),
            StreamPolicy::default(),
        )
    });
    stream.collect()
}

fn permit() -> Permit {
    Arc::new(Breaker::new("p", "m")).force(Instant::now(), STAKES)
}

fn text(piece: &Piece) -> String {
    String::from_utf8(piece.events.to_vec()).unwrap()
}

/// Everything that the client gets, and how the stream ended.
async fn collect(stream: &mut ClientStream<FakeStream>) -> (String, Then) {
    let mut all = String::new();
    loop {
        let piece = stream.next().await;
        all.push_str(&text(&piece));
        if piece.then != Then::More {
            return (all, piece.then);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_held_back_until_its_first_content() {
    let mut stream = stream(FakeStream::of([(ROLE, Then::More), (HI, Then::More)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    let head = text(&stream.next().await);
    assert!(head.contains("assistant") && head.contains("hi"), "{head}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_first_content_leaves_room_for_another_target() {
    for then in [broke(), Then::End] {
        let mut stream = stream(FakeStream::of([(ROLE, Then::More), ("", then)]));
        assert!(
            stream
                .wait_for_content(&mut permit(), &mut Attempts::default())
                .await
                .is_err()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_right_after_the_first_content_does_not_discard_it() {
    let mut stream = stream(FakeStream::of([(HI, broke())]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    let piece = stream.next().await;
    assert!(text(&piece).contains("hi"));
    assert_eq!(piece.then, broke());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_broke_off_never_looks_finished() {
    let batches = [(HI, Then::More), (STOP, Then::More), ("", broke())];
    for mut stream in in_each_dialect(&batches) {
        stream
            .wait_for_content(&mut permit(), &mut Attempts::default())
            .await
            .unwrap();
        let (all, then) = collect(&mut stream).await;
        assert_eq!(then, broke());
        for end in [
            "[DONE]",
            "\"stop\"",
            "end_turn",
            "message_stop",
            "response.completed",
            "finishReason",
        ] {
            assert!(!all.contains(end), "{end} in {all}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_without_a_finish_reason_broke_off() {
    for batches in [
        [(HI, Then::More), ("", Then::End)],
        [(HI, Then::More), (DONE, Then::More)],
    ] {
        for mut stream in in_each_dialect(&batches) {
            stream
                .wait_for_content(&mut permit(), &mut Attempts::default())
                .await
                .unwrap();
            let (all, then) = collect(&mut stream).await;
            let Then::Broke(failure) = then else {
                panic!("it ended well: {all}");
            };
            assert_eq!(failure.class, Class::Malformed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_piece_ends_the_stream_properly() {
    for mut stream in in_each_dialect(&[(HI, Then::More), (STOP, Then::More), (DONE, Then::More)]) {
        stream
            .wait_for_content(&mut permit(), &mut Attempts::default())
            .await
            .unwrap();
        let (all, then) = collect(&mut stream).await;
        assert_eq!(then, Then::End);
        let last = all.split_terminator("\n\n").last().unwrap();
        let ends = [
            "data: [DONE]",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}",
            "event: response.completed\n",
        ];
        let is_end = ends.into_iter().any(|end| last.starts_with(end)) || last.contains("\"finishReason\":\"STOP\"");
        assert!(is_end, "{all}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clean_end_of_the_body_is_as_good_as_a_done() {
    let mut stream = stream(FakeStream::of([(HI, Then::More), (STOP, Then::End)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    let (all, then) = collect(&mut stream).await;
    assert_eq!(then, Then::End);
    assert!(all.ends_with("data: [DONE]\n\n"), "{all}");
}

#[tokio::test(start_paused = true)]
async fn events_after_a_done_are_not_read() {
    let late = "{\"error\":{\"message\":\"too late\"}}";
    let lines: &'static str = Box::leak(format!("{STOP}\n{DONE}\n{late}").into_boxed_str());
    let mut stream = stream(FakeStream::of([(HI, Then::More), (lines, broke())]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    let (all, then) = collect(&mut stream).await;
    assert_eq!(then, Then::End);
    assert!(!all.contains("too late"));
}

#[tokio::test(start_paused = true)]
async fn the_code_or_type_of_an_error_object_decides_its_class() {
    for (error, class) in [
        (
            r#"{"error":{"message":"no","code":"rate_limit_exceeded"}}"#,
            Class::RateLimited,
        ),
        (r#"{"error":{"message":"no","code":401}}"#, Class::Refused),
        (
            r#"{"error":{"message":"no","type":"overloaded_error"}}"#,
            Class::Overloaded,
        ),
        (r#"{"error":{"message":"no"}}"#, Class::Overloaded),
        ("{", Class::Malformed),
    ] {
        let mut stream = stream(FakeStream::of([(error, Then::More)]));
        assert_eq!(
            stream
                .wait_for_content(&mut permit(), &mut Attempts::default())
                .await
                .unwrap_err()
                .class,
            class,
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn batches_without_an_event_for_the_client_are_skipped() {
    let mut stream = stream(FakeStream::of([
        (HI, Then::More),
        ("", Then::More),
        ("", Then::More),
        (HI, Then::More),
    ]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    stream.next().await;
    assert!(text(&stream.next().await).contains("hi"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_content_is_complete() {
    let mut stream = stream(FakeStream::of([(STOP, Then::End)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    let piece = stream.next().await;
    assert_eq!(piece.then, Then::End);
    assert!(text(&piece).contains("\"stop\""));
}

#[tokio::test(start_paused = true)]
async fn the_first_content_is_timed_and_reported_to_the_clocks() {
    let started = Instant::now();
    let mut stream = stream(FakeStream::spaced(300, [(ROLE, Then::More), (HI, Then::More)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    assert_eq!(stream.first_content(), Some(started + Duration::from_millis(600)));
    assert!(stream.reply.content_was_seen());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_read_loses_nothing() {
    let mut stream = stream(FakeStream::spaced(1_000, [(HI, Then::More), (STOP, Then::End)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    stream.next().await;
    assert!(timeout(Duration::from_millis(500), stream.next()).await.is_err());
    let piece = stream.next().await;
    assert_eq!(piece.then, Then::End);
    assert!(text(&piece).contains("\"stop\""));
}

#[tokio::test(start_paused = true)]
async fn usage_and_size_cover_the_stream_so_far() {
    let mut stream = stream(FakeStream::of([(HI, Then::More), (STOP, Then::End)]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    assert_eq!((stream.usage().output_tokens, stream.produced_bytes()), (None, 2));
    collect(&mut stream).await;
    assert_eq!(
        (stream.usage().input_tokens, stream.usage().output_tokens),
        (Some(3), Some(5))
    );
}

#[tokio::test(start_paused = true)]
async fn secrets_are_redacted_from_the_failure_of_a_stream() {
    let line = r#"{"error":{"message":"no entry for sk-123"}}"#;
    let told = Then::Broke(Failure::new(Class::Overloaded, "reset by sk-123"));
    for (line, then) in [(line, Then::More), ("", told)] {
        let mut stream = stream(FakeStream::of([(HI, Then::More), (line, then)]));
        stream
            .wait_for_content(&mut permit(), &mut Attempts::default())
            .await
            .unwrap();
        stream.next().await;
        let Then::Broke(failure) = stream.next().await.then else {
            panic!("the stream went on");
        };
        assert!(
            failure.message.contains("[secret]") && !failure.message.contains("sk-123"),
            "{failure}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_block_and_a_ping_are_signs_of_life_and_the_head_of_a_message_is_not() {
    const START: &str =
        r#"{"type":"message_start","message":{"id":"m","type":"message","model":"up","content":[],"usage":{}}}"#;
    const BLOCK: &str =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#;
    const PING: &str = r#"{"type":"ping"}"#;
    const THOUGHT: &str =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#;
    let dialect = jackfield_dialects::all()
        .into_iter()
        .find(|dialect| !dialect.is_canonical());
    let reader = dialect.unwrap().stream(Form::Native, &facts());
    let events = [START, BLOCK, PING, THOUGHT].map(|event| (event, Then::More));
    let mut stream = ClientStream::new(
        FakeStream::of(events),
        reader,
        Instant::now(),
        &"p".into(),
        StreamPolicy::default(),
    );
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    assert_eq!(stream.reply.signs_of_life(), 2);
}

#[tokio::test(start_paused = true)]
async fn reasoning_that_no_client_shows_is_a_sign_of_life() {
    const HIDDEN: &str =
        r#"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}}]}"#;
    let mut stream = stream(FakeStream::of([
        (ROLE, Then::More),
        (HIDDEN, Then::More),
        (HI, Then::More),
    ]));
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    assert_eq!(stream.reply.signs_of_life(), 1);
}

#[tokio::test]
async fn an_event_that_is_not_json_ends_the_stream_unless_it_is_to_be_skipped() {
    let batches = [
        (HI, Then::More),
        ("{\"id\": ", Then::More),
        (HI, Then::More),
        (STOP, Then::More),
        (DONE, Then::End),
    ];
    let read = async |skips_broken_events| {
        let reader = jackfield_dialects::canonical().stream(Form::Native, &facts());
        let policy = StreamPolicy {
            skips_broken_events,
            ..StreamPolicy::default()
        };
        let stream = FakeStream::of(batches.clone());
        let mut stream = ClientStream::new(stream, reader, Instant::now(), &"p".into(), policy);
        stream
            .wait_for_content(&mut permit(), &mut Attempts::default())
            .await
            .unwrap();
        loop {
            let piece = stream.next().await;
            if piece.then != Then::More {
                return piece.then;
            }
        }
    };
    assert!(matches!(read(false).await, Then::Broke(failure) if failure.class == Class::Malformed));
    assert_eq!(read(true).await, Then::End);
}

#[tokio::test]
async fn json_that_is_no_chunk_is_not_skipped() {
    let reader = jackfield_dialects::canonical().stream(Form::Native, &facts());
    let policy = StreamPolicy {
        skips_broken_events: true,
        ..StreamPolicy::default()
    };
    let stream = FakeStream::of([(HI, Then::More), ("[1]", Then::More)]);
    let mut stream = ClientStream::new(stream, reader, Instant::now(), &"p".into(), policy);
    stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap();
    stream.next().await;
    assert!(matches!(stream.next().await.then, Then::Broke(_)));
}

#[tokio::test(start_paused = true)]
async fn not_more_than_so_much_is_held_back_before_the_first_content() {
    let role = format!(
        r#"{{"choices":[{{"index":0,"delta":{{"role":"assistant","x":"{}"}}}}]}}"#,
        "x".repeat(1 << 16)
    );
    let role: &'static str = role.leak();
    let mut stream = stream(FakeStream::of((0..100).map(|_| (role, Then::More))));
    let failure = stream
        .wait_for_content(&mut permit(), &mut Attempts::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Malformed);
    assert!(
        failure.message.contains("no content in its first 1048576 bytes"),
        "{}",
        failure.message
    );
}
