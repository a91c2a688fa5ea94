//! Hostile plugins: each harms its own request only, the client is told, and the host serves on.

mod scene;
mod slow;

use jackfield_tests::upstream::{json, sse};
use scene::{SECRET, Scene, chunk, request};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn what_uses_up_the_host_is_ended() {
    let scene = Scene::start().await;
    for (behaviour, reason) in [
        ("loop-prepare", "ran longer than 1s"),
        ("memory-bomb", "asked for more than 67108864 bytes of memory"),
        ("trap", "hostile panic"),
    ] {
        scene.fails(behaviour, "failed in its adapter").await;
        assert!(scene.gateway.logs().contains(reason), "{behaviour}");
    }
    assert_eq!(scene.upstream.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_is_refused() {
    // To fill 32 MiB may take longer than the usual deadline, which is not the point here.
    let scene = Scene::with_plugins("{ deadline: 10s }").await;
    scene.fails("huge-output", "failed in its adapter").await;
    let logs = scene.gateway.logs();
    assert!(logs.contains("returned more than 16777216 bytes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_plugin_may_not_make_is_not_sent() {
    let scene = Scene::start().await;
    for behaviour in [
        "absolute-url",
        "bad-framing",
        "bad-method",
        "bad-patch",
        "credential-header",
        "dotdot",
        "dotdot-encoded",
        "header-injection",
        "header-injection-name",
        "host-header",
    ] {
        scene.fails(behaviour, "failed in its adapter").await;
    }
    assert_eq!(scene.upstream.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_no_json_never_reach_the_client() {
    let scene = Scene::start().await;
    scene.upstream.always(sse([chunk("a")]));
    // Where no stream was asked for, the chunks are wrong from the start.
    scene.fails("bad-chunks", "failed in its adapter").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_has_an_end() {
    let scene = Scene::start().await;
    scene.upstream.always(json(200, "{}"));
    let client = scene.client();
    let misdeed = client.chat(request("endless-polling"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert_eq!(answer.status, 502);
    let polls = scene.upstream.requests();
    assert!((2..=100).contains(&polls.len()), "{} polls", polls.len());
    let credential = format!("Bearer {SECRET}");
    for poll in polls {
        assert_eq!(poll.path, "/v1/job");
        assert_eq!(poll.header("authorization"), Some(&*credential));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_midstream_ends_the_stream_with_an_error() {
    Scene::start().await.breaks_off("trap-midstream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_midstream_ends_the_stream_with_an_error() {
    Scene::start().await.breaks_off("loop-midstream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_not_asked_for_is_not_passed_on() {
    let scene = Scene::start().await;
    scene.upstream.reply(sse([chunk("a")]));
    let client = scene.client();
    // This behaviour asks for events, whatever the client wants.
    let misdeed = client.chat(request("trap-midstream"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert_eq!(answer.status, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_lines_is_cut_and_its_request_served() {
    // A hundred thousand calls into the host come close to the usual deadline, which is not the point here.
    let scene = Scene::with_plugins("{ max_log_lines: 7, deadline: 10s }").await;
    let client = scene.client();
    let misdeed = client.chat(request("log-flood"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert_eq!(answer.content(), "good");
    let logs = scene.gateway.logs();
    // The line of the request itself names the model.
    let is_flood = |line: &&str| line.contains("flood") && !line.contains("log-flood");
    assert_eq!(logs.lines().filter(is_flood).count(), 7);
    assert!(logs.contains("further lines of this call are dropped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_what_it_did_wrong_even_from_a_hostile_plugin() {
    let scene = Scene::start().await;
    let answer = scene.client().chat(request("unheard-of")).await;
    let expected = "this adapter knows no behaviour `unheard-of`";
    assert_eq!((answer.status, answer.text()), (400, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_instance_serves_two_requests() {
    let scene = Scene::start().await;
    assert_eq!(counts(&scene).await, ["1"; 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_instance_serves_many_requests() {
    let scene = Scene::with_plugins("{ isolation: shared }").await;
    // Which shows that the test above could fail.
    assert_ne!(counts(&scene).await, ["1"; 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_in_a_shared_instance_fails_no_request() {
    let scene = Scene::with_plugins("{ isolation: shared, deadline: 10s, max_memory_bytes: 2097152 }").await;
    let client = scene.client();
    for _ in 0..40 {
        assert_eq!(client.chat(request("leak")).await.content(), "good");
    }
}

/// What ten calls, one after the other, find in a static counter.
async fn counts(scene: &Scene) -> Vec<String> {
    let client = scene.client();
    let mut counts = Vec::new();
    for _ in 0..10 {
        counts.push(client.chat(request("static-counter")).await.content());
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn wasi_is_there_and_holds_nothing() {
    let scene = Scene::start().await;
    let client = scene.client();
    let answer = client.chat(request("wasi")).await.content();
    let found: Value = serde_json::from_str(&answer).expect("the plugin answers in JSON");
    for nothing in ["env", "args", "preopens", "now"] {
        assert_eq!(found[nothing], 0, "{nothing}");
    }
    for socket in ["tcp", "bind"] {
        assert_eq!(found[socket], "access-denied", "{socket}");
    }
    let streamed = client.stream(request("wasi")).await.collect().await;
    assert!(streamed.is_done());
    // Not even random numbers differ from call to call.
    assert_eq!(streamed.content(), answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_with_wasi_may_share_its_instances() {
    let shared = "{ deadline: 10s, overrides: { wasi-guest: { isolation: shared } } }";
    let scene = Scene::with_plugins(shared).await;
    let client = scene.client();
    for _ in 0..10 {
        let found: Value = serde_json::from_str(&client.chat(request("wasi")).await.content()).unwrap();
        for nothing in ["env", "args", "preopens", "now"] {
            assert_eq!(found[nothing], 0, "{nothing}");
        }
        assert!(client.stream(request("wasi")).await.collect().await.is_done());
    }
    // Each call has its own output, also where one instance serves them all. One that is found slow is made again.
    let lines = scene.gateway.logs().matches("hello from stdout").count();
    assert!(lines >= 20, "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_cannot_sleep_through_its_deadline() {
    let scene = Scene::start().await;
    let client = scene.client();
    // It would sleep for longer than this client waits. Whether its timer goes off at once or its call is ended
    // is the sandbox's choice.
    let misdeed = client.chat(request("sleep"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert!([200, 502].contains(&answer.status), "{}", answer.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wasi_writes_to_stdout_and_stderr_is_logged() {
    let scene = Scene::start().await;
    assert_eq!(scene.client().chat(request("wasi")).await.status, 200);
    let logs = scene.gateway.logs();
    for line in ["hello from stdout", "hello from stderr"] {
        assert!(logs.contains(line), "no {line:?} in {logs}");
    }
}
