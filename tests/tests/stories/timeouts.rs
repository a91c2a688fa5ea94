//! The five clocks: each moves on to the next target before the first content, and ends a stream after it.

use jackfield_tests::upstream::{Gate, Reply, never_answers, silent, text};

use crate::scene::{Scene, Setup, ask, assert_broke_off, assert_complete, begins, begins_anthropic, says, streams};

/// The first target lets a clock run out with this reply; the second must answer, buffered or streamed.
async fn times_out(timeouts: &str, reply: Reply) {
    let scene = Scene::with_timeouts(timeouts).await;
    scene.first.always(reply);
    scene.second.reply(streams(&["in ", "time"]));
    let stream = scene.client().stream(ask("duo")).await;
    let attempts = stream.header("x-jackfield-attempts");
    assert_eq!(
        attempts,
        Some("first=timeout, second=ok;model=second-model"),
        "{timeouts}"
    );
    assert_complete(&stream.collect().await, "in time");
    // Whoever times out is left, and does not work on for nobody.
    scene.first.hung_up().await;
}

#[tokio::test]
async fn a_connection_that_does_not_come_about() {
    let nobody = silent().await;
    let scene = Scene::with(Setup {
        base_url: Some(&nobody.base_url()),
        first: "timeouts: { connect: 50ms }",
        ..Setup::default()
    })
    .await;
    scene.second.reply(says("in time"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "in time");
    let attempts = answer.header("x-jackfield-attempts");
    assert_eq!(attempts, Some("first=timeout, second=ok;model=second-model"));
}

#[tokio::test]
async fn a_head_that_does_not_come() {
    times_out("response: 50ms", never_answers()).await;
}

#[tokio::test]
async fn frames_without_content() {
    times_out("first_content: 50ms", begins(&[]).then_stall()).await;
}

#[tokio::test]
async fn a_silence_before_the_first_content() {
    times_out("idle: 50ms", begins(&[]).then_stall()).await;
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_in_all() {
    times_out("total: 50ms", never_answers()).await;
    times_out("total: 200ms", begins(&[]).then_stall()).await;
}

#[tokio::test]
async fn frames_without_content_from_a_translated_upstream() {
    let scene = Scene::with(Setup {
        adapter: "anthropic",
        first: "timeouts: { first_content: 50ms }",
        ..Setup::default()
    })
    .await;
    scene.first.reply(begins_anthropic(&[]).then_stall());
    scene.second.reply(streams(&["in time"]));
    let stream = scene.client().stream(ask("duo")).await.collect().await;
    assert_complete(&stream, "in time");
}

#[tokio::test]
async fn a_buffered_reply_that_falls_silent_halfway() {
    for timeouts in ["idle: 50ms", "total: 200ms"] {
        let scene = Scene::with_timeouts(timeouts).await;
        let half = text(200, "{\"id\": \"x\", ").then_stall();
        scene.first.reply(half);
        scene.second.reply(says("in time"));
        let answer = scene.client().chat(ask("duo")).await;
        assert_eq!(answer.content(), "in time", "{timeouts}");
        let attempts = answer.header("x-jackfield-attempts");
        assert_eq!(
            attempts,
            Some("first=timeout, second=ok;model=second-model"),
            "{timeouts}"
        );
    }
}

#[tokio::test]
async fn after_the_first_content_a_silence_ends_the_stream() {
    // Each is long enough for the content to come first on a busy machine.
    for timeouts in ["idle: 1s", "total: 2s"] {
        let scene = Scene::with_timeouts(timeouts).await;
        scene.first.reply(begins(&["never ", "finished"]).then_stall());
        let rest = scene.client().stream(ask("duo")).await.collect().await;
        assert_broke_off(&rest, "The stream broke off: first timed out.");
        assert_eq!(rest.content(), "never finished");
        assert_eq!(scene.second.requests().len(), 0);
    }
}

#[tokio::test]
async fn after_the_first_content_the_clock_of_first_content_has_stopped() {
    let scene = Scene::with_timeouts("first_content: 500ms, idle: 1s").await;
    scene.first.reply(begins(&["content"]).then_stall());
    let rest = scene.client().stream(ask("solo")).await.collect().await;
    assert_broke_off(&rest, "The stream broke off: first timed out.");
    // The operator can tell which clock it was.
    assert!(scene.gateway.logs().contains("silent for 1s"));
}

#[tokio::test]
async fn when_every_target_times_out_the_answer_is_504() {
    let scene = Scene::with_timeouts("response: 50ms").await;
    scene.first.always(never_answers());
    scene.second.always(text(408, "too late"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.status, 504);
    assert_eq!(answer.error_code(), Some("PROVIDER_TIMEOUT"));
    let expected = "Every provider of model `duo` failed: first timed out, second timed out.";
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn one_that_fails_otherwise_makes_it_502() {
    let scene = Scene::with_timeouts("response: 50ms").await;
    scene.first.always(never_answers());
    scene.second.always(text(500, ""));
    assert_eq!(scene.client().chat(ask("duo")).await.status, 502);
}

#[tokio::test]
async fn one_deadline_covers_all_attempts_together() {
    let scene = Scene::with_routing("retry_count: 9, deadline: 200ms").await;
    scene.first.always(never_answers());
    scene.second.always(never_answers());
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.status, 504);
    assert_eq!(scene.first.requests().len(), 1);
    assert_eq!(scene.second.requests().len(), 0);
}

#[tokio::test]
async fn the_last_target_may_take_its_time() {
    // Both limits are over before any reply could come.
    let scene = Scene::with_timeouts("response: 1ms, first_content: 1ms").await;
    let client = scene.client();
    for stream in [false, true] {
        let gate = Gate::new();
        let reply = if stream { streams(&["at last"]) } else { says("at last") };
        scene.first.reply(reply.after(&gate));
        let opens = async {
            scene.first.next_request().await;
            // Something else is asked and answered in the meantime.
            scene.gateway.snapshot().await;
            gate.open();
        };
        let mut question = ask("solo");
        question["stream"] = stream.into();
        let (answer, ()) = tokio::join!(client.chat(question), opens);
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("at last"), "{}", answer.text());
    }
}
