//! OpenAI's Responses API over chat models of both protocols: buffered, streamed, over several turns, and broken off.

mod native;

use http::Method;
use jackfield_tests::client::{Client, Collected};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse, sse_typed, status};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

const PATH: &str = "/v1/responses";

/// A gateway with one upstream, and a chat model over each protocol.
async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let at = |adapter: &str| format!("{{ adapter: {adapter}, base_url: \"{url}\", api_key: sk }}");
    let config = format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  open: {}\n  claude: {}\nmodels:\n  \
         chat: {{ {FREE}, chain: [{{ provider: open, model: up }}] }}\n  \
         claude: {{ {FREE}, chain: [{{ provider: claude, model: up }}] }}\n",
        at("openai"),
        at("anthropic"),
    );
    (Gateway::start(&config).await, upstream)
}

/// What a model of this protocol answers, streamed.
fn streams(upstream: &Upstream, model: &str, turn: &Turn) {
    match model {
        "claude" => upstream.reply(sse_typed(&anthropic::events(turn))),
        _ => upstream.reply(sse(openai::chunks(turn, 1, true))),
    };
}

/// The same in one piece.
fn replies(upstream: &Upstream, model: &str, turn: &Turn) {
    match model {
        "claude" => upstream.reply(json(200, anthropic::message(turn))),
        _ => upstream.reply(json(200, openai::completion(turn, 1))),
    };
}

fn turn() -> Turn {
    Turn::says(&["I ", "look."]).calls("1", "get_weather", &["{\"city\":", "\"Oslo\"}"])
}

fn ask(model: &str) -> Value {
    value!({
        "model": model, "input": "Weather?", "instructions": "Be brief.", "store": true,
        "include": ["reasoning.encrypted_content"],
        "tools": [
            { "type": "function", "name": "get_weather", "parameters": { "type": "object", "properties": {} } },
            { "type": "web_search" },
        ],
    })
}

/// The events of a stream, whose last one is this.
fn events(stream: &Collected, last: &str) -> Vec<Value> {
    let events: Vec<Value> = stream.events.iter().map(|event| event.json()).collect();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    assert_eq!(events.last().unwrap()["type"], last, "{stream:?}");
    events
}

async fn streamed(client: &Client, body: Value) -> Collected {
    client.stream_from(PATH, body).await.collect().await
}

#[tokio::test]
async fn a_stream_says_what_the_reply_in_one_piece_says() {
    let (gateway, upstream) = scene().await;
    for model in ["chat", "claude"] {
        replies(&upstream, model, &turn());
        let answer = gateway.client().post(PATH, ask(model)).await;
        assert_eq!(answer.header("x-jackfield-dropped"), Some("tools[type=web_search]"));
        let whole = answer.json();
        assert_eq!(
            (&whole["status"], &whole["model"]),
            (&value!("completed"), &value!(model))
        );
        assert_eq!(whole["output"][0]["content"][0]["text"], "I look.");
        assert_eq!(whole["output"][1]["arguments"], "{\"city\":\"Oslo\"}");
        assert_eq!(whole["usage"]["input_tokens_details"]["cached_tokens"], 4);
        assert_eq!(whole["usage"]["total_tokens"], 18);
        streams(&upstream, model, &turn());
        let stream = streamed(&gateway.client(), ask(model)).await;
        let events = events(&stream, "response.completed");
        let mut response = events.last().unwrap()["response"].clone();
        let done = events
            .iter()
            .filter(|event| event["type"] == "response.output_item.done");
        let done: Vec<Value> = done.map(|event| event["item"].clone()).collect();
        assert_eq!(response["output"], Value::Array(done), "{model}");
        // The ids are those of the request.
        for (item, same) in response["output"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .zip(whole["output"].as_array().unwrap())
        {
            item["id"] = same["id"].clone();
        }
        assert_eq!(response["output"], whole["output"], "{model}");
        assert_eq!(response["usage"], whole["usage"], "{model}");
    }
}

#[tokio::test]
async fn an_upstream_gets_a_chat_without_what_it_could_not_read() {
    let (gateway, upstream) = scene().await;
    replies(&upstream, "chat", &turn());
    let first = gateway.client().post(PATH, ask("chat")).await.json();
    let sent = upstream.next_request().await;
    assert_eq!(sent.path, "/v1/chat/completions");
    let sent = sent.json();
    let mut members: Vec<&String> = sent.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["messages", "model", "tools"]);
    assert_eq!(
        sent["messages"][0],
        value!({ "role": "system", "content": "Be brief." })
    );

    let mut next = ask("chat");
    let mut input = vec![value!({ "role": "user", "content": "Weather?" })];
    input.extend(first["output"].as_array().unwrap().iter().cloned());
    let call_id = &first["output"][1]["call_id"];
    input.push(value!({ "type": "reasoning", "id": "rs_x", "summary": [], "encrypted_content": "gAAAA" }));
    input.push(value!({ "type": "function_call_output", "call_id": call_id, "output": "18 C" }));
    next["input"] = input.into();
    replies(&upstream, "chat", &Turn::says(&["18 C."]));
    let second = gateway.client().post(PATH, next).await.json();
    assert_eq!(second["output"][0]["content"][0]["text"], "18 C.");
    let sent = upstream.next_request().await;
    assert!(!String::from_utf8_lossy(&sent.body).contains("gAAAA"));
    let messages = &sent.json()["messages"];
    assert_eq!(messages[2]["content"], "I look.");
    assert_eq!(messages[2]["tool_calls"][0]["id"], *call_id);
    assert_eq!(
        messages[3],
        value!({ "role": "tool", "tool_call_id": call_id, "content": "18 C" })
    );
}

#[tokio::test]
async fn signed_thinking_comes_back_to_the_provider_that_thought_it() {
    let (gateway, upstream) = scene().await;
    let thinking = turn().thinks(&["Let me ", "see."], "c2lnbmVk");
    let ask = |model: &str| {
        let mut ask = ask(model);
        ask["reasoning"] = value!({ "effort": "medium", "summary": "auto" });
        ask["max_output_tokens"] = value!(20_000);
        ask
    };
    streams(&upstream, "claude", &thinking);
    let stream = streamed(&gateway.client(), ask("claude")).await;
    let response = events(&stream, "response.completed").pop().unwrap()["response"].take();
    let reasoning = &response["output"][0];
    assert_eq!(reasoning["summary"][0]["text"], "Let me see.");
    assert!(
        reasoning["encrypted_content"]
            .as_str()
            .unwrap()
            .starts_with("jf1.claude.")
    );
    upstream.next_request().await;

    for (model, is_own) in [("claude", true), ("chat", false)] {
        let mut next = ask(model);
        let mut input = vec![value!({ "role": "user", "content": "Weather?" })];
        input.extend(response["output"].as_array().unwrap().iter().cloned());
        let call_id = &response["output"][2]["call_id"];
        input.push(value!({ "type": "function_call_output", "call_id": call_id, "output": "18 C" }));
        next["input"] = input.into();
        replies(&upstream, model, &Turn::says(&["18 C."]));
        let answer = gateway.client().post(PATH, next).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = upstream.next_request().await.json();
        let thinking = sent["messages"][1]["content"][0].clone();
        let same = value!({ "type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmVk" });
        assert_eq!(thinking == same, is_own, "{sent}");
        assert_eq!(sent.to_string().contains("c2lnbmVk"), is_own);
        let dropped = answer.header("x-jackfield-dropped").unwrap();
        assert_eq!(dropped.contains("input[type=reasoning]"), !is_own, "{dropped}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_a_response_that_failed() {
    let (gateway, upstream) = scene().await;
    let mut half = openai::chunks(&Turn::says(&["h", "i"]), 1, false);
    half.pop();
    upstream.reply(sse(half).without_done());
    let stream = streamed(&gateway.client(), ask("chat")).await;
    let events = events(&stream, "response.failed");
    let failed = &events.last().unwrap()["response"];
    assert_eq!(failed["id"], events[0]["response"]["id"]);
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&value!("failed"), &value!("server_error"))
    );
}

#[tokio::test]
async fn errors_before_a_stream_are_openais_objects_that_name_the_field() {
    let (gateway, upstream) = scene().await;
    for (member, given) in [
        ("previous_response_id", value!("resp_1")),
        ("background", value!(true)),
        ("prompt", value!({ "id": "p" })),
        ("input", value!([{ "type": "item_reference", "id": "msg_1" }])),
    ] {
        let mut question = ask("chat");
        question[member] = given;
        let answer = gateway.client().post(PATH, question).await;
        assert_eq!(answer.status, 400);
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(member), "{message}");
        let param = answer.json()["error"]["param"].as_str().unwrap_or_default().to_owned();
        assert!(
            message.starts_with(&format!("{param}: ")) && param.starts_with(member),
            "{param}: {message}"
        );
    }
    assert!(upstream.requests().is_empty());
    for (method, path) in [
        (Method::GET, "/v1/responses/resp_1"),
        (Method::DELETE, "/v1/responses/resp_1"),
        (Method::POST, "/v1/responses/resp_1/cancel"),
        (Method::GET, "/v1/responses/resp_1/input_items"),
    ] {
        let answer = gateway.client().request(method, path, None).await;
        assert_eq!(answer.status, 404);
        let error = &answer.json()["error"];
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("send the whole conversation"),
            "{error}"
        );
    }
    upstream.reply(status(500));
    let answer = gateway.client().post(PATH, ask("chat")).await;
    assert_eq!(
        (answer.status, answer.json()["error"]["type"].as_str()),
        (502, Some("api_error"))
    );
}

#[tokio::test]
async fn tokens_are_counted_as_a_prompt_of_its_own() {
    let (gateway, upstream) = scene().await;
    let question = value!({ "model": "chat", "input": "Hi", "instructions": "Be brief." });
    let count = gateway
        .client()
        .post("/v1/responses/input_tokens", question)
        .await
        .json();
    assert_eq!(
        (&count["object"], &count["estimated"]),
        (&value!("response.input_tokens"), &value!(true))
    );
    upstream.reply(json(200, value!({ "input_tokens": 7 })));
    let question = value!({ "model": "claude", "input": "Hi" });
    let count = gateway
        .client()
        .post("/v1/responses/input_tokens", question)
        .await
        .json();
    assert_eq!(count, value!({ "object": "response.input_tokens", "input_tokens": 7 }));
}

#[tokio::test]
async fn an_item_that_was_answered_lately_may_be_named_by_its_id() {
    let (gateway, upstream) = scene().await;
    let again = |id: &Value, question: &str| {
        value!({ "model": "chat", "input": [
            { "role": "user", "content": "Hi" }, { "type": "item_reference", "id": id }, { "role": "user", "content": question },
        ] })
    };
    replies(&upstream, "chat", &Turn::says(&["One."]));
    let whole = gateway
        .client()
        .post(PATH, value!({ "model": "chat", "input": "Hi" }))
        .await
        .json();
    streams(&upstream, "chat", &Turn::says(&["Two."]));
    let stream = streamed(&gateway.client(), value!({ "model": "chat", "input": "Hi" })).await;
    let streamed = events(&stream, "response.completed").pop().unwrap()["response"].take();
    for (response, said) in [(whole, "One."), (streamed, "Two.")] {
        replies(&upstream, "chat", &Turn::says(&["Yes."]));
        let answer = gateway
            .client()
            .post(PATH, again(&response["output"][0]["id"], "So?"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = upstream.requests().pop().unwrap().json();
        assert_eq!(sent["messages"][1], value!({ "role": "assistant", "content": said }));
    }
    let answer = gateway.client().post(PATH, again(&value!("msg_unknown"), "So?")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("`store: false`"), "{}", answer.text());
}
