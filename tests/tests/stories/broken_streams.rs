//! Streams that break off after their first content: an error event, and nothing that looks like success.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Reply, Upstream, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic::events as anthropic_events};
use serde_json::json;

use crate::scene::{Scene, Setup, ask, assert_broke_off, begins, begins_anthropic, streams};

const OVERLOADED: &str = "The stream broke off: first is overloaded or unreachable.";
const MALFORMED: &str = "The stream broke off: first sent a broken reply.";
const LIMITED: &str = "The stream broke off: first is rate limited.";

/// The first target sends `so far`, and, once the client has it, the rest of the reply behind the gate.
async fn breaks_off(adapter: &str, reply: Reply, writes: usize, message: &str) {
    let scene = Scene::with(Setup {
        adapter,
        first: "max_event_bytes: 5000",
        ..Setup::default()
    })
    .await;
    let gate = Gate::new();
    scene.first.reply(reply.pause_before(writes, &gate));
    let mut stream = scene.client().stream(ask("duo")).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.next_content().await, "so far");
    gate.open();
    let rest = stream.collect().await;
    assert_broke_off(&rest, message);
    assert_eq!(rest.content(), "");
    // What has begun cannot be begun again elsewhere.
    assert_eq!(scene.second.requests().len(), 0);
}

async fn openai(reply: Reply, message: &str) {
    breaks_off("openai", reply, 2, message).await;
}

async fn anthropic(reply: Reply, message: &str) {
    breaks_off("anthropic", reply, 4, message).await;
}

fn begun() -> Reply {
    begins(&["so far"])
}

fn begun_anthropic() -> Reply {
    begins_anthropic(&["so far"])
}

#[tokio::test]
async fn a_cut_connection() {
    openai(begun().then_cut(), OVERLOADED).await;
    anthropic(begun_anthropic().then_cut(), OVERLOADED).await;
}

#[tokio::test]
async fn an_end_before_the_end() {
    openai(begun(), MALFORMED).await;
    openai(begun().write("data: [DONE]\n\n"), MALFORMED).await;
    openai(begun().write("data: {\"id\": \"torn"), MALFORMED).await;
    anthropic(begun_anthropic(), MALFORMED).await;
    let stopped = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
    anthropic(begun_anthropic().write(stopped), MALFORMED).await;
}

#[tokio::test]
async fn an_error_event() {
    let error = "data: {\"error\":{\"message\":\"acme-7 is out\",\"code\":429}}\n\n";
    openai(begun().write(error), LIMITED).await;
    let error = "data: {\"error\":\"something\"}\n\ndata: [DONE]\n\n";
    openai(begun().write(error), OVERLOADED).await;
    let error = r#"{"type":"error","error":{"type":"rate_limit_error","message":"acme-7"}}"#;
    let error = format!("event: error\ndata: {error}\n\n");
    anthropic(begun_anthropic().write(error), LIMITED).await;
}

#[tokio::test]
async fn an_error_event_behind_the_finish_reason() {
    let scene = Scene::start().await;
    let error = "data: {\"error\":{\"message\":\"too late\",\"code\":500}}\n\n";
    let reply = streams(&["so far"]).without_done().write(error);
    scene.first.reply(reply);
    let stream = scene.client().stream(ask("solo")).await;
    // Whether the client gets the content first is the network's choice; success it may never look like.
    if stream.status == 200 {
        let rest = stream.collect().await;
        assert_broke_off(&rest, OVERLOADED);
    } else {
        assert_eq!(stream.status, 502);
    }
}

#[tokio::test]
async fn broken_json() {
    openai(begun().write("data: {\"id\": \n\n"), MALFORMED).await;
    openai(begun().write("data: oops\n\n"), MALFORMED).await;
    openai(begun().write("data: [1, 2]\n\n"), MALFORMED).await;
    let broken = "event: content_block_delta\ndata: {\"type\": \n\n";
    anthropic(begun_anthropic().write(broken), MALFORMED).await;
}

#[tokio::test]
async fn a_huge_event() {
    let huge = || format!("data: {{\"x\": \"{}\"}}\n\n", "a".repeat(6000));
    openai(begun().write(huge()), MALFORMED).await;
    anthropic(begun_anthropic().write(huge()), MALFORMED).await;
    // One that never ends is cut off as well.
    openai(
        begun().write("data: ".to_owned() + &"a".repeat(6000)).then_stall(),
        MALFORMED,
    )
    .await;
}

#[tokio::test]
async fn a_cut_behind_the_finish_reason() {
    let scene = Scene::start().await;
    scene.first.reply(streams(&["so far"]).without_done().then_cut());
    let rest = scene.client().stream(ask("solo")).await.collect().await;
    assert_broke_off(&rest, OVERLOADED);
    assert_eq!(rest.content(), "so far");
}

#[tokio::test]
async fn the_upstreams_words_stay_with_the_operator() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    let error = "data: {\"error\":{\"message\":\"tenant zeta-19 is out\",\"code\":429}}\n\n";
    scene.first.reply(begun().write(error).pause_before(2, &gate));
    let mut stream = scene.client().stream(ask("solo")).await;
    stream.next_content().await;
    gate.open();
    let rest = stream.collect().await;
    assert!(!format!("{rest:?}").contains("zeta-19"));
    assert!(scene.gateway.logs().contains("tenant zeta-19 is out"));
}

#[tokio::test]
async fn what_came_in_one_read_with_an_error_is_not_lost_with_it() {
    let upstream = Upstream::start().await;
    let mut events = anthropic_events(&Turn::says(&["so far", ", so good"]));
    events.retain(|event| event["type"] != "message_stop" && event["type"] != "message_delta");
    events.push(json!({ "type": "error", "error": { "type": "overloaded_error", "message": "busy" } }));
    upstream.reply(sse_typed(&events).without_done().in_one_write());
    let config = format!(
        "routing: {{ retry_count: 0 }}\n\
         providers: {{ first: {{ adapter: anthropic, base_url: \"{}\", api_key: key }} }}\n\
         models: {{ solo: {{ {FREE}, chain: [{{ provider: first, model: m }}] }} }}\n",
        upstream.base_url()
    );
    let gateway = Gateway::start(&config).await;
    let stream = gateway.client().stream(ask("solo")).await.collect().await;
    assert_eq!(stream.content(), "so far, so good");
    assert_broke_off(&stream, OVERLOADED);
}
