//! Clients that end their requests themselves pay for what they made their upstream do.

use jackfield_tests::client::{Client, Events};
use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Upstream, json, never_answers, raw};
use serde_json::{Value, json as value};

use crate::accounting::books::{Row, rows_when};
use crate::accounting::{SQLITE, config, sqlite, user};
use crate::scene::{ask, says};

/// What the upstreams say before they fall silent: 4,500 tokens, of which they have reported one.
const TEXT: usize = 18_000;

/// A gateway, its upstream, and a client of `ada`. The model `claude` answers in Anthropic's dialect.
async fn scene() -> (Process, Upstream, Client) {
    let upstream = Upstream::start().await;
    let (url, plain) = (upstream.base_url(), config(&upstream, SQLITE));
    let claude = format!("providers:\n  claude: {{ adapter: anthropic, base_url: \"{url}\", api_key: \"sk-c\" }}");
    let model = "models:\n  claude: { tier: any, pricing: { input_per_million: 3, output_per_million: 15 }, \
                 chain: [{ provider: claude, model: c }] }";
    let plain = plain.replace("providers:", &claude).replace("models:", model);
    let gateway = Process::start(&plain).await;
    let client = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    (gateway, upstream, client)
}

/// A stream in Anthropic's dialect up to its last delta, which says `LAST`.
fn begun_message() -> Reply {
    let start = value!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant",
        "model": "c", "content": [], "stop_reason": null, "usage": { "input_tokens": 25, "output_tokens": 1 } } });
    let block = value!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
    let delta = |text: &str| value!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    let said = "word".repeat((TEXT - 4) / 4);
    let events = [start, block, delta(&said), delta("LAST")];
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    raw(events.iter().map(event)).then_stall()
}

/// The same in OpenAI's dialect, with a usage in each chunk, as some upstreams write it.
fn begun_chunks() -> Reply {
    let usage = value!({ "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 });
    let chunk = |text: &str| {
        let choice = value!({ "index": 0, "delta": { "content": text }, "finish_reason": null });
        value!({ "id": "c", "object": "chat.completion.chunk", "choices": [choice], "usage": usage })
    };
    let said = "word".repeat((TEXT - 4) / 4);
    raw([chunk(&said), chunk("LAST")].map(|chunk| format!("data: {chunk}\n\n"))).then_stall()
}

fn short(model: &str) -> Value {
    value!({ "model": model, "max_tokens": 8000, "messages": [{ "role": "user", "content": "hi" }] })
}

/// Reads up to the last delta.
async fn read(stream: &mut Events) {
    let mut last = None;
    while let Some(event) = stream.next_event().await {
        last = event.data.contains("LAST").then_some(event);
        if last.is_some() {
            break;
        }
    }
    assert!(last.is_some(), "the last delta did not come");
}

async fn only_row(gateway: &Process, ended: &str) -> Row {
    let mut rows = rows_when(&sqlite(gateway), 1).await;
    assert_eq!((rows.len(), &*rows[0].ended), (1, ended), "{rows:?}");
    rows.remove(0)
}

#[tokio::test]
async fn whoever_hangs_up_behind_the_last_delta_pays_for_all_that_was_produced() {
    for (path, model, begun, price) in [
        ("/v1/messages", "claude", begun_message(), (3, 15)),
        ("/v1/chat/completions", "claude", begun_message(), (3, 15)),
        ("/v1/chat/completions", "m", begun_chunks(), (1, 2)),
        ("/v1/messages", "m", begun_chunks(), (1, 2)),
    ] {
        let (gateway, upstream, client) = scene().await;
        upstream.reply(begun);
        let client = client.header("anthropic-version", "2023-06-01");
        let mut stream = client.stream_from(path, short(model)).await;
        read(&mut stream).await;
        stream.hang_up();
        upstream.hung_up().await;
        let row = only_row(&gateway, "hung_up").await;
        assert_eq!((row.output, row.estimated), (4_500, 1), "{path} {model}: {row:?}");
        assert!(row.input >= 20, "{row:?}");
        assert_eq!(row.credits, price.0 * row.input + price.1 * 4_500);
    }
}

#[tokio::test]
async fn whoever_kills_their_own_stream_pays_for_all_that_was_produced() {
    let (gateway, upstream, client) = scene().await;
    upstream.reply(begun_message());
    let sdk = client.clone().header("anthropic-version", "2023-06-01");
    let mut stream = sdk.stream_from("/v1/messages", short("claude")).await;
    read(&mut stream).await;
    let killed = client.post("/v1/user/streams/kill", value!({})).await.json();
    assert_eq!(killed["killed_streams"], 1);
    let row = only_row(&gateway, "killed").await;
    assert_eq!((row.output, row.credits), (4_500, 3 * row.input + 15 * 4_500));
}

#[tokio::test]
async fn whoever_hangs_up_before_the_answer_pays_for_the_prompt() {
    for stream in [false, true] {
        let (gateway, upstream, client) = scene().await;
        upstream.reply(never_answers());
        let mut prompt = ask("m");
        prompt["stream"] = value!(stream);
        prompt["messages"][0]["content"] = value!("word".repeat(1_000));
        tokio::select! {
            _ = client.chat(prompt) => {}
            _ = upstream.next_request() => {}
        }
        upstream.hung_up().await;
        let row = only_row(&gateway, "hung_up").await;
        assert!((1_000..1_100).contains(&row.input), "{row:?}");
        assert_eq!((row.output, row.estimated, row.credits), (0, 1, row.input));
    }
}

#[tokio::test]
async fn whoever_kills_a_stream_before_its_first_content_pays_for_the_prompt() {
    let (gateway, upstream, client) = scene().await;
    upstream.reply(never_answers());
    let (stream, killed) = tokio::join!(client.stream(ask("m")), async {
        upstream.next_request().await;
        client.post("/v1/user/streams/kill", value!({})).await.json()
    });
    assert_eq!((stream.status, &killed["killed_streams"]), (200, &value!(1)));
    let row = only_row(&gateway, "killed").await;
    assert!(row.input > 0 && row.credits == row.input, "{row:?}");
}

#[tokio::test]
async fn an_answer_in_full_costs_what_was_reported() {
    let (gateway, upstream, client) = scene().await;
    upstream.reply(says("hello"));
    assert_eq!(client.chat(ask("m")).await.status, 200);
    let row = only_row(&gateway, "ok").await;
    assert_eq!((row.output, row.estimated), (7, 0));
}

#[tokio::test]
async fn counting_tokens_counts_as_a_request_and_costs_nothing() {
    let (gateway, upstream, client) = scene().await;
    upstream.reply(json(200, value!({ "input_tokens": 14 })));
    let sdk = client.clone().header("anthropic-version", "2023-06-01");
    for model in ["claude", "m"] {
        // The second one is estimated by the gateway, which is work as well.
        let counted = sdk.post("/v1/messages/count_tokens", short(model)).await;
        assert_eq!(counted.status, 200, "{}", counted.text());
    }
    let used = client.get("/v1/user/requests").await.json();
    let used = [&used["requests_used_today"], &used["requests_used_this_minute"]];
    assert_eq!(used, [&value!(2), &value!(2)]);
    let rows = rows_when(&sqlite(&gateway), 2).await;
    for row in rows {
        assert_eq!((row.credits, row.input, row.request_cost), (0, 0, 1));
    }
}
