//! Completions over models for them and over chat models, buffered and streamed.

use proptest::prelude::any;
use proptest::{collection, prop_assert_eq, proptest};
use serde_json::{Value, json};

use super::OpenaiCompletions;
use crate::client::{ClientDialect, Form};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::tests::{facts, stream_facts};
use crate::texts::instruct::{Instruction, InstructionPlace};

fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// The chat that stands for a request, or why there is none.
fn as_chat(body: &str) -> Result<Value, String> {
    let request = OpenaiCompletions.parse(Operation::Chat, body.as_bytes()).unwrap();
    let chat = OpenaiCompletions
        .canonical(&request)
        .map_err(|fault| fault.to_string())?;
    Ok(value(&chat.unwrap()))
}

fn reader(operation: Operation, include_usage: bool) -> Box<dyn StreamReader> {
    let facts = StreamFacts {
        operation,
        include_usage,
        ..stream_facts("route/m")
    };
    OpenaiCompletions.stream(Form::Canonical, &facts)
}

/// What a client reads of a stream of these chunks: the data of its events.
fn streamed(operation: Operation, include_usage: bool, chunks: &[&str]) -> Result<Vec<String>, StreamFault> {
    let (mut reader, mut out) = (reader(operation, include_usage), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out)?;
    }
    reader.finish(1, &mut out)?;
    let text = String::from_utf8(out).unwrap();
    let data = text
        .split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").unwrap());
    Ok(data.map(str::to_owned).collect())
}

#[test]
fn a_model_for_completions_gets_the_request_as_it_is() {
    let body = br#"{"model":"m","prompt":["a",[1,2]],"echo":true,"logprobs":5,"best_of":2,"stream":true,"stream_options":{"include_usage":true}}"#;
    let request = OpenaiCompletions.parse(Operation::Completion, body).unwrap();
    assert!(request.stream && request.include_usage);
    assert_eq!(OpenaiCompletions.canonical(&request).unwrap().unwrap(), body);
}

#[test]
fn a_chat_model_gets_the_prompt_as_one_message_and_the_rest_as_it_is() {
    let body = r#"{"model":"m","prompt":"Say \"hi\"","max_tokens":5,"temperature":0.50,"stop":["x"],"echo":false,"logprobs":null,"suffix":"","best_of":1}"#;
    let expected = json!({
        "model": "m", "max_tokens": 5, "temperature": 0.5, "stop": ["x"],
        "messages": [{"role": "user", "content": "Say \"hi\""}],
    });
    assert_eq!(as_chat(body).unwrap(), expected);
    let one = as_chat(r#"{"model":"m","prompt":["only"]}"#).unwrap();
    assert_eq!(one["messages"][0]["content"], "only");
}

#[test]
fn what_a_chat_has_no_words_for_is_refused_by_its_name() {
    let possible = "is not possible with a chat model; leave it out, or use a model for completions";
    for (members, fault) in [
        (r#""prompt":"a","echo":true"#, format!("echo: {possible}")),
        (r#""prompt":"a","logprobs":0"#, format!("logprobs: {possible}")),
        (r#""prompt":"a","suffix":"b""#, format!("suffix: {possible}")),
        (r#""prompt":"a","best_of":2"#, format!("best_of: {possible}")),
        (
            r#""prompt":["a","b"]"#,
            "prompt: must be one text for a chat model; send one request for each, or use a model for completions"
                .to_owned(),
        ),
        (
            r#""prompt":[1,2]"#,
            "prompt: must be a text for a chat model, not tokens; or use a model for completions".to_owned(),
        ),
        (
            r#""prompt":[[1]]"#,
            "prompt: must be a text for a chat model, not tokens; or use a model for completions".to_owned(),
        ),
    ] {
        assert_eq!(as_chat(&format!(r#"{{"model":"m",{members}}}"#)).unwrap_err(), fault);
    }
}

#[test]
fn a_request_needs_a_prompt() {
    for (body, fault) in [
        (r#"{"model":"m"}"#, "prompt: is missing; give the text to complete"),
        (
            r#"{"model":"m","prompt":[]}"#,
            "prompt: is empty; give a list of at least one text",
        ),
        (r#"{"model":"m","prompt":7}"#, "prompt: must be a string or a list"),
        (
            r#"{"model":"m","prompt":"a","stream_options":{"include_usage":1}}"#,
            "stream_options: must be an object such as {\"include_usage\": true}",
        ),
    ] {
        let parsed = OpenaiCompletions.parse(Operation::Completion, body.as_bytes());
        assert_eq!(parsed.unwrap_err().to_string(), fault);
    }
    let fault = OpenaiCompletions.parse(Operation::Images, b"{}").unwrap_err();
    assert_eq!(fault.to_string(), "body: openai-completions has no requests for images");
}

#[test]
fn a_completion_keeps_what_the_host_does_not_know() {
    let body = br#"{"id":"cmpl-1","object":"text_completion","choices":[{"text":" world","index":0,"logprobs":{"tokens":["x"]},"finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":3}}"#;
    let facts = facts(Operation::Completion, "route/m");
    let (reply, summary) = OpenaiCompletions.reply(body, Form::Canonical, &facts).unwrap();
    let reply = value(&reply);
    assert_eq!((&reply["model"], &reply["provider"]), (&json!("route/m"), &json!("p")));
    assert_eq!(reply["choices"][0]["logprobs"], json!({"tokens": ["x"]}));
    assert_eq!((summary.produced_bytes, summary.usage.output_tokens), (6, Some(3)));
    for malformed in [
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[{"message":{"content":"a"}}]}"#,
    ] {
        let fault = OpenaiCompletions
            .reply(malformed.as_bytes(), Form::Canonical, &facts)
            .unwrap_err();
        assert!(matches!(fault, StreamFault::Malformed(_)), "{malformed}");
    }
}

#[test]
fn a_chats_reply_becomes_a_completion() {
    let body = br#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi","reasoning_content":"hm"},"finish_reason":"stop"},{"index":1,"message":{"content":"ho"},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let (reply, summary) = OpenaiCompletions
        .reply(body, Form::Canonical, &facts(Operation::Chat, "route/m"))
        .unwrap();
    let reply = value(&reply);
    assert_eq!(
        (&reply["object"], &reply["id"]),
        (&json!("text_completion"), &json!("c1"))
    );
    assert_eq!(
        reply["choices"],
        json!([
            {"text": "hi", "index": 0, "logprobs": null, "finish_reason": "stop"},
            {"text": "ho", "index": 1, "logprobs": null, "finish_reason": "stop"},
        ])
    );
    assert_eq!(reply["usage"]["completion_tokens"], 2);
    assert_eq!(summary.usage.output_tokens, Some(2));
}

#[test]
fn a_chats_stream_becomes_that_of_a_completion() {
    let chunks = [
        r#"{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
        r#"{"id":"c","choices":[{"index":0,"delta":{"content":"hi"}}]}"#,
        r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        r#"{"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
        "[DONE]",
    ];
    let events = streamed(Operation::Chat, true, &chunks).unwrap();
    let read: Vec<Value> = events[..3].iter().map(|event| value(event.as_bytes())).collect();
    assert_eq!(
        read[0]["choices"][0],
        json!({"text": "hi", "index": 0, "logprobs": null, "finish_reason": null})
    );
    assert_eq!(read[1]["choices"][0]["finish_reason"], "stop");
    assert_eq!(read[2]["usage"]["completion_tokens"], 1);
    assert!(
        read.iter()
            .all(|chunk| chunk["object"] == "text_completion" && chunk["model"] == "route/m")
    );
    assert_eq!(events[3..], ["[DONE]"]);
    assert_eq!(
        streamed(Operation::Chat, false, &chunks[..3]),
        Err(StreamFault::Truncated)
    );
}

#[test]
fn a_stream_of_completions_ends_only_where_its_upstreams_did() {
    let chunks = [
        r#"{"id":"c","object":"text_completion","choices":[{"text":"hi","index":0,"logprobs":null,"finish_reason":null}]}"#,
        r#"{"id":"c","object":"text_completion","choices":[{"text":"","index":0,"finish_reason":"stop"}]}"#,
        r#"{"id":"c","object":"text_completion","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":4}}"#,
        "[DONE]",
    ];
    let events = streamed(Operation::Completion, true, &chunks).unwrap();
    assert_eq!(events.len(), 4);
    assert_eq!(events[3], "[DONE]");
    assert_eq!(streamed(Operation::Completion, false, &chunks).unwrap().len(), 3);
    assert_eq!(
        streamed(Operation::Completion, true, &chunks[..1]),
        Err(StreamFault::Truncated)
    );
    let mut reader = reader(Operation::Completion, false);
    let mut out = Vec::new();
    reader.push(chunks[0].as_bytes(), &mut out).unwrap();
    let before = out.len();
    reader.push(chunks[1].as_bytes(), &mut out).unwrap();
    // The end is held back until the upstream's own.
    assert_eq!(out.len(), before);
    assert_eq!(reader.produced_bytes(), 2);
    let error = reader.push(br#"{"error":{"message":"no"}}"#, &mut out).unwrap_err();
    assert!(matches!(error, StreamFault::Upstream { .. }));
}

#[test]
fn texts_are_found_and_instructions_stand_around_the_prompt() {
    let texts = |body: &str| {
        let request = OpenaiCompletions.parse(Operation::Completion, body.as_bytes()).unwrap();
        let texts = OpenaiCompletions.request_texts(&request).unwrap();
        texts
            .parts
            .into_iter()
            .map(|part| (part.path, part.text))
            .collect::<Vec<_>>()
    };
    let part = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(
        texts(r#"{"model":"m","prompt":"a","suffix":"b"}"#),
        [part("/prompt", "a"), part("/suffix", "b")]
    );
    assert_eq!(
        texts(r#"{"model":"m","prompt":["a",[1],"b"]}"#),
        [part("/prompt/0", "a"), part("/prompt/2", "b")]
    );
    let reply = br#"{"choices":[{"text":"hi","index":0}]}"#;
    assert_eq!(
        OpenaiCompletions
            .reply_texts(Operation::Completion, reply)
            .unwrap()
            .parts[0]
            .text,
        "hi"
    );
    let request = OpenaiCompletions
        .parse(Operation::Completion, br#"{"model":"m","prompt":"p"}"#)
        .unwrap();
    let instruction = |place, text: &str| Instruction {
        place,
        text: text.to_owned(),
    };
    let instructions = [
        instruction(InstructionPlace::Last, "z"),
        instruction(InstructionPlace::First, "a"),
    ];
    let instructed = OpenaiCompletions.instructed(&request, &instructions).unwrap();
    assert_eq!(value(instructed.text())["prompt"], "a\n\np\n\nz");
}

#[test]
fn the_texts_of_a_stream_are_found_and_written() {
    let mut texts = OpenaiCompletions.stream_texts();
    let event = b"data: {\"id\":\"c\",\"choices\":[{\"text\":\"hi\",\"index\":1,\"finish_reason\":\"stop\"}]}\n\n";
    let seen = texts.read(event);
    assert_eq!((seen.texts[0].text.as_str(), seen.texts[0].key.choice), ("hi", 1));
    assert!(!seen.bare && seen.ends_after.len() == 1);
    let mut out = Vec::new();
    texts.write(seen.texts[0].key, "ho", &mut out);
    let again = OpenaiCompletions.stream_texts().read(&out);
    assert_eq!((again.texts[0].text.as_str(), again.bare), ("ho", true));
}

proptest! {
    #[test]
    fn a_streamed_chat_says_what_the_same_reply_in_one_piece_says(texts in collection::vec(any::<String>(), 1..5)) {
        let whole = json!({"choices": [{"message": {"content": texts.concat()}, "finish_reason": "stop"}]}).to_string();
        let (whole, _) = OpenaiCompletions.reply(whole.as_bytes(), Form::Canonical, &facts(Operation::Chat, "m")).unwrap();
        let mut chunks: Vec<String> = texts.iter().map(|text| json!({"choices": [{"delta": {"content": text}}]}).to_string()).collect();
        chunks.push(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#.to_owned());
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let events = streamed(Operation::Chat, false, &chunks).unwrap();
        let said: String = events.iter().filter_map(|event| serde_json::from_str::<Value>(event).ok())
            .filter_map(|chunk| chunk["choices"][0]["text"].as_str().map(str::to_owned)).collect();
        prop_assert_eq!(json!(said), value(&whole)["choices"][0]["text"].clone());
    }
}
