//! Requests as canonical chats.

mod offered;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::ClientDialect;
use crate::gemini::GeminiContent;
use crate::gemini::tests::canonical;
use crate::operation::Operation;
use crate::sealed::seal_bytes;
use crate::translated::Translated;

fn translated(body: &Value) -> Translated {
    let text = body.to_string();
    let parsed = GeminiContent.parse(Operation::Chat, text.as_bytes()).unwrap();
    GeminiContent
        .translated(&parsed, &|provider| provider == "claude")
        .unwrap()
        .unwrap()
}

fn dropped(body: &Value) -> String {
    translated(body).dropped.line()
}

fn fault(body: &Value) -> String {
    let text = body.to_string();
    match GeminiContent.parse(Operation::Chat, text.as_bytes()) {
        Err(fault) => fault.to_string(),
        Ok(parsed) => GeminiContent.canonical(&parsed).unwrap_err().to_string(),
    }
}

fn hello() -> Value {
    json!([{"role": "user", "parts": [{"text": "Hi"}]}])
}

#[test]
fn a_plain_request_under_either_spelling() {
    let camel = json!({
        "model": "m", "stream": true, "contents": [{"parts": [{"text": "Hi"}, {"text": " there"}]}],
        "systemInstruction": {"parts": [{"text": "be"}, {"text": "brief"}]},
        "generationConfig": {
            "temperature": 1, "topP": 0.5, "topK": 40.0, "maxOutputTokens": "100", "stopSequences": ["x"],
            "candidateCount": 2, "seed": 7, "presencePenalty": -0.5, "frequencyPenalty": 0.5,
        },
    });
    let snake = json!({
        "model": "m", "stream": true, "contents": [{"parts": [{"text": "Hi"}, {"text": " there"}]}],
        "system_instruction": {"parts": [{"text": "be"}, {"text": "brief"}]},
        "generation_config": {
            "temperature": 1, "top_p": 0.5, "top_k": 40.0, "max_output_tokens": "100", "stop_sequences": ["x"],
            "candidate_count": 2, "seed": 7, "presence_penalty": -0.5, "frequency_penalty": 0.5,
        },
    });
    let expected = json!({
        "model": "m", "stream": true, "stream_options": {"include_usage": true},
        "temperature": 1, "top_p": 0.5, "top_k": 40, "max_completion_tokens": 100, "n": 2, "seed": 7,
        "presence_penalty": -0.5, "frequency_penalty": 0.5, "stop": ["x"],
        "messages": [
            {"role": "system", "content": "be\n\nbrief"},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": " there"}]},
        ],
    });
    assert_eq!(canonical(&camel), expected);
    assert_eq!(canonical(&snake), expected);
    assert_eq!(dropped(&camel), "");
}

#[test]
fn calls_and_results_find_each_other() {
    let call = |id: Option<&str>, name: &str| json!({"functionCall": {"id": id, "name": name, "args": {"a": 1.0}}});
    let result = |name: &str, response: Value| json!({"functionResponse": {"name": name, "response": response}});
    let body = json!({"model": "m", "contents": [
        {"role": "user", "parts": [{"text": "Hi"}]},
        {"role": "model", "parts": [{"text": "a"}]},
        {"role": "model", "parts": [{"text": "b"}, call(None, "f"), call(Some("x"), "g"), call(None, "f")]},
        {"role": "user", "parts": [
            result("g", json!({"output": "2"})), result("f", json!({"error": "no"})), result("f", json!({"k": [1]})),
            {"text": "go on"},
        ]},
    ]});
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{\"a\":1.0}"}});
    assert_eq!(
        canonical(&body)["messages"],
        json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "ab", "tool_calls": [call("call_1", "f"), call("x", "g"), call("call_2", "f")]},
            {"role": "tool", "tool_call_id": "call_1", "content": "no", "is_error": true},
            {"role": "tool", "tool_call_id": "x", "content": "2"},
            {"role": "tool", "tool_call_id": "call_2", "content": "{\"k\":[1]}"},
            {"role": "user", "content": "go on"},
        ])
    );
    let text = body.to_string();
    assert!(GeminiContent.parse(Operation::Chat, text.as_bytes()).unwrap().pinned);
}

#[test]
fn calls_and_results_that_belong_to_nothing_are_left_out_and_listed() {
    let body = json!({"model": "m", "contents": [
        {"role": "model", "parts": [{"functionCall": {"name": "f"}}]},
        {"role": "user", "parts": [{"text": "Hi"}, {"functionResponse": {"name": "g", "response": {}}}]},
    ]});
    assert_eq!(canonical(&body)["messages"], json!([{"role": "user", "content": "Hi"}]));
    let places = dropped(&body);
    assert!(
        places.contains("functionCall") && places.contains("functionResponse"),
        "{places}"
    );
}

#[test]
fn thinking_is_opened_for_its_own_provider_and_listed_for_others() {
    let blocks = br#"[{"type":"thinking","thinking":"hm","signature":"s"}]"#;
    let body = |signature: String| {
        json!({"model": "m", "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [
                {"text": "hm", "thought": true},
                {"functionCall": {"id": "t", "name": "f"}, "thought_signature": signature},
            ]},
            {"role": "user", "parts": [{"functionResponse": {"id": "t", "name": "f", "response": {"result": "r"}}}]},
        ]})
    };
    let own = translated(&body(seal_bytes("claude", blocks)));
    let text: Value = serde_json::from_slice(&own.text).unwrap();
    let said = &text["messages"][1];
    assert_eq!(said["reasoning_content"], "hm");
    assert_eq!(
        said["thinking_blocks"],
        serde_json::from_slice::<Value>(blocks).unwrap()
    );
    assert!(own.dropped.is_empty());
    for foreign in [seal_bytes("other", blocks), "CiQBc2ln".to_owned()] {
        let places = dropped(&body(foreign));
        assert_eq!(places, "contents[].parts[].thoughtSignature");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let contents = |parts: Value| json!({"model": "m", "contents": [{"parts": parts}]});
    for (body, field) in [
        (json!({"model": "m"}), "contents: is missing"),
        (json!({"model": "m", "contents": "hi"}), "contents: must be a list"),
        (json!({"model": "m", "contents": []}), "contents: is empty"),
        (json!({"model": "m", "contents": [1]}), "contents[0]: must be an object"),
        (
            json!({"model": "m", "contents": [{"role": "narrator", "parts": []}]}),
            "contents[0].role: ",
        ),
        (
            json!({"model": "m", "contents": [{"parts": []}]}),
            "contents: has nothing",
        ),
        (
            contents(json!([{"text": 7}])),
            "contents[0].parts[0].text: must be a string",
        ),
        (contents(json!([{"hologram": {}}])), "contents[0].parts[0]: `hologram`"),
        (
            contents(json!([{"functionCall": {"name": "f"}}])),
            "contents[0].parts[0].functionCall: ",
        ),
        (
            contents(json!([{"inlineData": {"data": "AA=="}}])),
            "contents[0].parts[0].inlineData.mimeType: ",
        ),
        (
            contents(json!([{"inlineData": {"mimeType": "image/png", "data": "!"}}])),
            "contents[0].parts[0].inlineData.data: ",
        ),
        (
            contents(json!([{"fileData": {"fileUri": "gs://a/b"}}])),
            "contents[0].parts[0].fileData.fileUri: ",
        ),
        (
            json!({"model": "m", "contents": hello(), "cachedContent": "cachedContents/1"}),
            "cachedContent: ",
        ),
        (
            json!({"model": "m", "contents": hello(), "tools": [{"functionDeclarations": [{}]}]}),
            "tools[0].functionDeclarations[0].name: ",
        ),
        (
            json!({"model": "m", "contents": hello(), "generationConfig": {"topP": "high"}}),
            "generationConfig.topP: must be a number",
        ),
        (
            json!({"model": "m", "contents": hello(), "generationConfig": 7}),
            "generationConfig: must be an object",
        ),
    ] {
        let fault = fault(&body);
        assert!(fault.starts_with(field), "{fault}");
    }
}

#[test]
fn a_count_may_hold_the_request_and_embeddings_hold_texts() {
    let inner = json!({"model": "models/m", "contents": hello(), "systemInstruction": {"parts": [{"text": "s"}]}});
    let text = json!({"model": "m", "generateContentRequest": inner}).to_string();
    let parsed = GeminiContent.parse(Operation::CountTokens, text.as_bytes()).unwrap();
    let counted: Value = serde_json::from_slice(&GeminiContent.canonical(&parsed).unwrap().unwrap()).unwrap();
    assert_eq!(
        (&counted["model"], &counted["messages"][0]["content"]),
        (&json!("m"), &json!("s"))
    );
    let embed = |body: Value| {
        let text = body.to_string();
        let parsed = GeminiContent
            .parse(Operation::Embeddings, text.as_bytes())
            .map_err(|fault| fault.to_string())?;
        let written = GeminiContent
            .canonical(&parsed)
            .map_err(|fault| fault.to_string())?
            .unwrap();
        Ok::<Value, String>(serde_json::from_slice(&written).unwrap())
    };
    let content = |text: &str| json!({"parts": [{ "text": text }]});
    assert_eq!(
        embed(json!({"model": "m", "content": content("a"), "output_dimensionality": 3})),
        Ok(json!({"model": "m", "input": ["a"], "dimensions": 3}))
    );
    assert_eq!(
        embed(
            json!({"model": "m", "requests": [{"model": "models/m", "content": content("a")}, {"content": content("b")}]})
        ),
        Ok(json!({"model": "m", "input": ["a", "b"]}))
    );
    for body in [
        json!({"model": "m"}),
        json!({"model": "m", "requests": []}),
        json!({"model": "m", "requests": [{}]}),
        json!({"model": "m", "content": {"parts": [{"inlineData": {}}]}}),
        json!({"model": "m", "requests": [{"content": content("a")}, {"content": content("b"), "outputDimensionality": 3}]}),
    ] {
        assert!(embed(body.clone()).is_err(), "{body}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_through_and_any_turns_become_a_chat(texts in prop::collection::vec((any::<bool>(), any::<String>()), 1..6)) {
        let content = |(is_model, text): &(bool, String)| {
            json!({"role": if *is_model { "model" } else { "user" }, "parts": [{ "text": text }]})
        };
        let contents: Vec<Value> = texts.iter().map(content).collect();
        let said: String = texts.iter().map(|(_, text)| text.as_str()).collect();
        prop_assume!(texts.iter().any(|(is_model, text)| !is_model && !text.is_empty()));
        let chat = canonical(&json!({"model": "m", "contents": contents}));
        let messages = chat["messages"].as_array().unwrap();
        let heard: String = messages.iter().map(|message| message["content"].as_str().unwrap()).collect();
        prop_assert_eq!(heard, said);
        for pair in messages.windows(2) {
            prop_assert!(!(pair[0]["role"] == "assistant" && pair[1]["role"] == "assistant"));
        }
    }
}
