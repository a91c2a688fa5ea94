//! Amazon Bedrock, by Converse and by Claude's own words: requests whose paths have escapes are signed, whatever the reply.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jackfield_tests::upstream::{Reply, Request, Upstream, aws_events, aws_message, json};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::{Value, json as value};

use super::kept::Kept;
use crate::scene::{ask, assert_complete};
use crate::signed::{ID, SECRET, SESSION, expected};

const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const PROFILE: &str = "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const AT_MODEL: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const AT_PROFILE: &str = "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.anthropic.claude-sonnet-4-5-20250929-v1%3A0";

/// A gateway with the model `converse`, the same behind a `profile`, `claude` by `InvokeModel`, and `duo`, which tries
/// Converse first.
async fn scene(upstream: &Upstream, session: &str) -> Kept {
    let address = upstream.address();
    let auth = format!(
        "auth: {{ scheme: aws-sigv4, service: bedrock, region: eu-central-1, access_key_id: \"${{env:ID}}\", \
         secret_access_key: \"${{env:SECRET}}\" {session} }}"
    );
    let at = |adapter: &str| format!("adapter: {adapter}, base_url: \"http://{address}\", {auth}");
    let providers = format!(
        "  converse: {{ {} }}\n  claude: {{ {}, settings: {{ platform: bedrock, client_betas: false }} }}",
        at("bedrock"),
        at("anthropic")
    );
    let price = "tier: any, pricing: { input_per_million: 1, output_per_million: 2 }";
    let target = |provider: &str, model: &str| format!("{{ provider: {provider}, model: \"{model}\" }}");
    let (first, second) = (target("converse", MODEL), target("claude", MODEL));
    let models = format!(
        "  converse: {{ {price}, chain: [{first}] }}\n  profile: {{ {price}, chain: [{}] }}\n  \
         claude: {{ {price}, chain: [{second}] }}\n  duo: {{ {price}, chain: [{first}, {second}] }}",
        target("converse", PROFILE)
    );
    let variables = [("ID", ID), ("SECRET", SECRET), ("SESSION", SESSION)];
    Kept::start(&providers, &models, &variables).await
}

fn usage() -> Value {
    value!({ "inputTokens": 30, "outputTokens": 9, "totalTokens": 47, "cacheReadInputTokens": 8 })
}

/// A whole reply of Converse.
fn says() -> Reply {
    let message = value!({ "role": "assistant", "content": [{ "text": "hello" }] });
    json(
        200,
        value!({ "output": { "message": message }, "stopReason": "end_turn", "usage": usage(), "metrics": { "latencyMs": 7 } }),
    )
}

/// The same, streamed.
fn streams() -> Reply {
    let delta = |text: &str| value!({ "contentBlockIndex": 0, "delta": { "text": text } });
    aws_events([
        ("messageStart", value!({ "role": "assistant" })),
        ("contentBlockDelta", delta("hel")),
        ("contentBlockDelta", delta("lo")),
        ("contentBlockStop", value!({ "contentBlockIndex": 0 })),
        ("messageStop", value!({ "stopReason": "end_turn" })),
        ("metadata", value!({ "usage": usage(), "metrics": { "latencyMs": 7 } })),
    ])
}

/// A whole reply of Claude, as it passes through `InvokeModel`.
fn invoked() -> Reply {
    json(200, anthropic::message(&Turn::says(&["hel", "lo"])))
}

/// The same, streamed: Anthropic's events inside of AWS's.
fn invoked_streamed() -> Reply {
    inside(&Turn::says(&["hel", "lo"]))
}

fn inside(turn: &Turn) -> Reply {
    let events = anthropic::events(turn);
    let chunk = |event: &Value| ("chunk", value!({ "bytes": STANDARD.encode(event.to_string()) }));
    aws_events(events.iter().map(chunk))
}

/// Demands that the upstream got this request with a signature of its own.
#[track_caller]
fn assert_signed(request: &Request, path: &str) {
    assert_eq!((request.method.as_str(), &*request.path), ("POST", path));
    assert_eq!(request.header("authorization"), Some(&*expected(request)), "{path}");
    assert!(!format!("{request:?}").contains(SECRET));
}

#[tokio::test]
async fn a_path_with_escapes_is_signed_and_its_reply_read() {
    for session in ["", ", session_token: \"${env:SESSION}\""] {
        for (model, reply, path) in [
            ("converse", says(), format!("{AT_MODEL}/converse")),
            ("profile", says(), format!("{AT_PROFILE}/converse")),
            ("claude", invoked(), format!("{AT_MODEL}/invoke")),
        ] {
            let upstream = Upstream::start().await;
            let kept = scene(&upstream, session).await;
            upstream.reply(reply);
            let answer = kept.client().chat(ask(model)).await;
            assert_eq!(answer.content(), "hello", "{}", answer.text());
            let request = upstream.next_request().await;
            assert_signed(&request, &path);
            let token = request.header("x-amz-security-token");
            assert_eq!(token, (!session.is_empty()).then_some(SESSION));
            let row = kept.row().await;
            assert_eq!(
                (&*row.ended, row.estimated, row.credits),
                ("ok", 0, row.input + 2 * row.output)
            );
        }
    }
}

#[tokio::test]
async fn a_stream_of_events_is_signed_and_read_to_its_end() {
    for (model, reply, path) in [
        ("converse", streams(), format!("{AT_MODEL}/converse-stream")),
        (
            "profile",
            streams().byte_by_byte(),
            format!("{AT_PROFILE}/converse-stream"),
        ),
        (
            "claude",
            invoked_streamed(),
            format!("{AT_MODEL}/invoke-with-response-stream"),
        ),
    ] {
        let upstream = Upstream::start().await;
        let kept = scene(&upstream, "").await;
        upstream.reply(reply.clone()).then(reply.clone());
        let client = kept.client().header("anthropic-version", "2023-06-01");
        assert_complete(&client.stream(ask(model)).await.collect().await, "hello");
        assert_signed(&upstream.next_request().await, &path);
        let mut prompt = ask(model);
        prompt["max_tokens"] = value!(16);
        let events = client.stream_from("/v1/messages", prompt).await.collect().await;
        let said = events.events.iter().map(|event| &*event.data).collect::<String>();
        assert!(
            said.contains("\"text\":\"hel\"") && said.contains("message_stop"),
            "{said}"
        );
        assert_signed(&upstream.next_request().await, &path);
        for row in kept.rows(2).await {
            assert_eq!((&*row.ended, row.stream, row.estimated), ("ok", true, 0));
        }
    }
}

#[tokio::test]
async fn a_prompt_in_claudes_own_words_is_signed_as_it_is_sent() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, "").await;
    upstream.reply(invoked());
    let mut prompt = ask("claude");
    prompt["max_tokens"] = value!(16);
    let client = kept.client().header("anthropic-version", "2023-06-01");
    let answer = client.post("/v1/messages", prompt).await;
    assert_eq!(answer.json()["content"][0]["text"], "hello", "{}", answer.text());
    let request = upstream.next_request().await;
    assert_signed(&request, &format!("{AT_MODEL}/invoke"));
    let sent = request.json();
    assert_eq!(
        (&sent["anthropic_version"], &sent["model"]),
        (&value!("bedrock-2023-05-31"), &Value::Null)
    );
}

#[tokio::test]
async fn a_stream_that_begins_with_an_exception_is_tried_elsewhere_and_one_that_breaks_off_is_not_finished() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, "").await;
    let slow = || aws_message("exception", "throttlingException", r#"{"message":"slow down"}"#);
    let none: [(&str, Value); 0] = [];
    upstream.reply(aws_events(none).write(slow())).then(invoked_streamed());
    assert_complete(&kept.client().stream(ask("duo")).await.collect().await, "hello");
    let start = [
        ("messageStart", value!({ "role": "assistant" })),
        (
            "contentBlockDelta",
            value!({ "contentBlockIndex": 0, "delta": { "text": "hel" } }),
        ),
    ];
    for reply in [aws_events(start.clone()).write(slow()), aws_events(start).then_cut()] {
        upstream.reply(reply);
        let stream = kept.client().stream(ask("duo")).await.collect().await;
        assert_eq!(
            (stream.content().as_str(), stream.finish_reason(), stream.is_done()),
            ("hel", None, false)
        );
        assert!(stream.error().is_some());
    }
    let rows = kept.rows(3).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.ended, &*row.provider, row.attempts))
        .collect();
    assert_eq!(
        told,
        [
            ("ok", "claude", 2),
            ("broke_off", "converse", 1),
            ("broke_off", "converse", 1)
        ]
    );
}

#[tokio::test]
async fn a_signature_that_is_too_old_names_the_clock_and_no_secret() {
    for (model, streamed) in [
        ("converse", false),
        ("converse", true),
        ("claude", false),
        ("claude", true),
    ] {
        let upstream = Upstream::start().await;
        let kept = scene(&upstream, ", session_token: \"${env:SESSION}\"").await;
        let said = value!({ "message": format!("Signature expired: {ID} {SECRET} {SESSION}") });
        let refusal = json(403, said).header("x-amzn-errortype", "InvalidSignatureException");
        upstream.reply(refusal.header("date", "Sun, 30 Aug 2015 12:36:00 GMT"));
        let mut question = ask(model);
        question["stream"] = streamed.into();
        let answer = kept.client().chat(question).await;
        assert_eq!(answer.status, 502);
        let row = kept.row().await;
        let logs = kept.logs_of(&row);
        assert!(logs.contains("ahead of theirs; set it right"), "{logs}");
        for text in [answer.text(), &logs] {
            assert!(
                !text.contains(SECRET) && !text.contains(SESSION) && !text.contains(ID),
                "{text}"
            );
        }
        assert_eq!((&*row.ended, row.credits), ("failed", 0));
    }
}

#[tokio::test]
async fn a_client_of_the_older_functions_gets_its_call_from_claude() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, "").await;
    let calls = Turn::says(&["I look."]).calls("c1", "weather", &["{\"city\":", "\"Oslo\"}"]);
    let schema = value!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let mut ask = ask("claude");
    ask["functions"] = value!([{ "name": "weather", "parameters": schema }]);
    ask["function_call"] = value!({ "name": "weather" });
    upstream
        .reply(json(200, anthropic::message(&calls)))
        .then(inside(&calls));
    let whole = kept.client().chat(ask.clone()).await.json();
    let streamed = kept.client().stream(ask.clone()).await.collect().await;
    let sent = upstream.next_request().await.json();
    assert_eq!(sent["tools"], value!([{ "name": "weather", "input_schema": schema }]));
    assert_eq!(
        (&sent["tool_choice"]["name"], &sent["functions"]),
        (&value!("weather"), &Value::Null)
    );
    let message = &whole["choices"][0]["message"];
    let call = value!({ "name": "weather", "arguments": "{\"city\":\"Oslo\"}" });
    assert_eq!(
        (&message["function_call"], &message["tool_calls"]),
        (&call, &Value::Null)
    );
    assert_eq!(whole["choices"][0]["finish_reason"], "function_call");
    let chunks = streamed.chunks();
    let pieces = |name: &'static str| {
        chunks
            .iter()
            .filter_map(move |it| it["choices"][0]["delta"]["function_call"][name].as_str())
    };
    assert_eq!(pieces("name").collect::<Vec<_>>(), ["weather"]);
    assert_eq!(pieces("arguments").collect::<String>(), "{\"city\":\"Oslo\"}");
    let reason = chunks.iter().find_map(|it| it["choices"][0]["finish_reason"].as_str());
    assert_eq!(reason, Some("function_call"), "{streamed:?}");
    // The call and its result go back as Claude's own.
    ask["messages"].as_array_mut().unwrap().extend([
        message.clone(),
        value!({ "role": "function", "name": "weather", "content": "-4 degrees" }),
    ]);
    upstream.reply(invoked());
    assert_eq!(kept.client().chat(ask).await.status, 200);
    upstream.next_request().await;
    let sent = upstream.next_request().await.json();
    let (turn, result) = (&sent["messages"][1]["content"][1], &sent["messages"][2]["content"][0]);
    assert_eq!(
        (&turn["type"], &turn["input"]),
        (&value!("tool_use"), &value!({ "city": "Oslo" }))
    );
    assert_eq!(
        (&result["type"], &result["tool_use_id"]),
        (&value!("tool_result"), &turn["id"])
    );
}
