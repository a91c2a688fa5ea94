//! Streams that end well: what is held back, what is hidden, and that splits on the wire do not matter.

use jackfield_tests::client::{Collected, Frame};
use jackfield_tests::upstream::{Gate, Reply, json, sse, sse_typed, text};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

use crate::scene::{Scene, Setup, ask, assert_complete, begins, begins_anthropic, streams};

async fn anthropic_scene() -> Scene {
    Scene::with(Setup {
        adapter: "anthropic",
        ..Setup::default()
    })
    .await
}

async fn streamed(scene: &Scene, reply: Reply) -> Collected {
    scene.first.reply(reply);
    scene.client().stream(ask("solo")).await.collect().await
}

/// The chunks without what depends on time and on the vendor's random id.
fn timeless(stream: &Collected) -> Vec<Value> {
    let mut chunks = stream.chunks();
    for chunk in &mut chunks {
        let members = chunk.as_object_mut().unwrap();
        members.remove("latency_ms");
        members.remove("created");
    }
    chunks
}

#[tokio::test]
async fn a_stream_says_the_model_the_provider_and_the_latency() {
    let scene = Scene::start().await;
    let stream = streamed(&scene, streams(&["Hel", "lo"])).await;
    assert_complete(&stream, "Hello");
    let chunks = stream.chunks();
    assert!(chunks.iter().all(|chunk| chunk["model"] == "solo"));
    let last = chunks.last().unwrap();
    assert_eq!(last["provider"], "first");
    assert!(last["latency_ms"].is_u64());
    let content_type = stream.headers["content-type"].to_str().unwrap();
    assert_eq!(content_type, "text/event-stream");
}

#[tokio::test]
async fn a_complete_stream_that_lacks_done_succeeds() {
    let scene = Scene::start().await;
    let stream = streamed(&scene, streams(&["Hel", "lo"]).without_done()).await;
    assert_complete(&stream, "Hello");
}

#[tokio::test]
async fn splits_on_the_wire_change_nothing() {
    let scene = Scene::start().await;
    let reply = || streams(&["Grüß", " Gott ☀", "!"]);
    let whole = streamed(&scene, reply().in_one_write()).await;
    assert_complete(&whole, "Grüß Gott ☀!");
    let bytes = streamed(&scene, reply().byte_by_byte()).await;
    assert_eq!(timeless(&bytes), timeless(&whole));
    assert!(bytes.is_done());
}

#[tokio::test]
async fn splits_on_the_wire_change_nothing_where_a_plugin_translates() {
    let scene = anthropic_scene().await;
    let turn = Turn::says(&["Grüß", " Gott ☀", "!"]).calls("1", "f", &["{\"a\"", ": 1}"]);
    let reply = || sse_typed(&anthropic::events(&turn));
    let whole = streamed(&scene, reply().in_one_write()).await;
    assert_eq!(whole.content(), "Grüß Gott ☀!");
    assert_eq!(whole.finish_reason().as_deref(), Some("tool_calls"));
    let calls = [("toolu_1".into(), "f".into(), "{\"a\": 1}".into())];
    assert_eq!(whole.tool_calls(), calls);
    let bytes = streamed(&scene, reply().byte_by_byte()).await;
    assert_eq!(timeless(&bytes), timeless(&whole));
    assert!(bytes.is_done());
}

#[tokio::test]
async fn until_the_first_content_another_target_can_answer() {
    for (adapter, nothing) in [("openai", begins(&[])), ("anthropic", begins_anthropic(&[]))] {
        for reply in [nothing.clone().then_cut(), nothing] {
            let scene = Scene::with(Setup {
                adapter,
                ..Setup::default()
            })
            .await;
            scene.first.reply(reply);
            scene.second.reply(streams(&["from the second"]));
            let stream = scene.client().stream(ask("duo")).await.collect().await;
            assert_complete(&stream, "from the second");
            // What the first had sent was held back, and is gone.
            let roles = stream.chunks();
            let roles = roles.iter().filter(|c| !c["choices"][0]["delta"]["role"].is_null());
            assert_eq!(roles.count(), 1, "{adapter}");
        }
    }
}

#[tokio::test]
async fn content_reaches_the_client_while_the_upstream_still_sends() {
    for adapter in ["openai", "anthropic"] {
        let scene = Scene::with(Setup {
            adapter,
            ..Setup::default()
        })
        .await;
        let (gate, turn) = (Gate::new(), Turn::says(&["one", "two"]));
        let reply = match adapter {
            "openai" => streams(&["one", "two"]).pause_before(2, &gate),
            _ => sse_typed(&anthropic::events(&turn)).pause_before(4, &gate),
        };
        scene.first.reply(reply);
        let mut stream = scene.client().stream(ask("solo")).await;
        assert_eq!(stream.next_content().await, "one");
        gate.open();
        assert_eq!(stream.next_content().await, "two", "{adapter}");
        assert_complete(&stream.collect().await, "");
    }
}

#[tokio::test]
async fn the_usage_is_hidden_from_a_client_that_did_not_ask() {
    let scene = Scene::start().await;
    let turn = Turn::says(&["hi"]);
    let reply = || sse(openai::chunks(&turn, 1, true));
    let stream = streamed(&scene, reply()).await;
    assert_complete(&stream, "hi");
    assert_eq!(stream.usage(), None);
    // The gateway asked for it all the same: it is in the log.
    let sent = scene.first.next_request().await.json();
    assert_eq!(sent["stream_options"]["include_usage"], true);

    scene.first.reply(reply());
    let stream = stream_with_usage(&scene).await;
    assert_eq!(stream.chunks().last().unwrap()["choices"], value!([]));
}

/// Asks for a stream with its usage, and demands both.
async fn stream_with_usage(scene: &Scene) -> Collected {
    let mut wish = ask("solo");
    wish["stream_options"] = value!({ "include_usage": true });
    let stream = scene.client().stream(wish).await.collect().await;
    assert_complete(&stream, "hi");
    let usage = stream.usage().unwrap();
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"]),
        (&value!(11), &value!(7))
    );
    stream
}

#[tokio::test]
async fn a_translated_stream_brings_its_usage_if_asked() {
    let scene = anthropic_scene().await;
    scene.first.reply(sse_typed(&anthropic::events(&Turn::says(&["hi"]))));
    stream_with_usage(&scene).await;
}

#[tokio::test]
async fn two_choices_end_when_both_have_ended() {
    let scene = Scene::start().await;
    let turn = Turn::says(&["a", "b"]);
    let stream = streamed(&scene, sse(openai::chunks(&turn, 2, false))).await;
    let chunks = stream.chunks();
    let ended = |index: u64| {
        chunks.iter().any(|chunk| {
            let choice = &chunk["choices"][0];
            choice["index"] == index && choice["finish_reason"] == "stop"
        })
    };
    assert!(ended(0) && ended(1) && stream.is_done());
}

#[tokio::test]
async fn one_choice_of_two_that_never_ends_is_no_complete_stream() {
    let scene = Scene::start().await;
    let mut chunks = openai::chunks(&Turn::says(&["a"]), 2, false);
    // The last chunk is the end of the second choice.
    chunks.pop();
    let gate = Gate::new();
    let last = chunks.len() - 1;
    scene.first.reply(sse(chunks).pause_before(last, &gate));
    let mut stream = scene.client().stream(ask("solo")).await;
    assert_eq!(stream.next_content().await, "a");
    gate.open();
    let rest = stream.collect().await;
    assert!(rest.error().is_some() && !rest.is_done());
}

#[tokio::test]
async fn silence_is_filled_with_comments() {
    let scene = Scene::with_server("keep_alive: 50ms").await;
    let gate = Gate::new();
    scene.first.reply(streams(&["a", "b"]).pause_before(2, &gate));
    let mut stream = scene.client().stream(ask("solo")).await;
    assert_eq!(stream.next_content().await, "a");
    for _ in 0..2 {
        let frame = stream.next_frame().await;
        assert_eq!(frame, Some(Frame::Comment("keep-alive".into())));
    }
    gate.open();
    assert_eq!(stream.next_content().await, "b");
    assert_complete(&stream.collect().await, "");
}

#[tokio::test]
async fn what_is_neither_a_stream_nor_a_whole_reply_is_not_passed_on() {
    let scene = Scene::start().await;
    scene.first.reply(json(200, "{\"choices\": 5}"));
    scene.second.reply(streams(&["streamed"]));
    let stream = scene.client().stream(ask("duo")).await.collect().await;
    assert_complete(&stream, "streamed");
    scene.first.reply(text(200, "<html>"));
    let stream = scene.client().stream(ask("solo")).await;
    assert_eq!(stream.status, 502);
}
