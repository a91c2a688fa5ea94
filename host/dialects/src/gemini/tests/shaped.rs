//! The texts of requests, replies and streams, and others in their place.

use serde_json::{Value, json};

use crate::client::{ClientDialect, Form};
use crate::gemini::GeminiContent;
use crate::operation::Operation;
use crate::tests::{request, stream_facts};
use crate::texts::instruct::{Instruction, InstructionPlace};
use crate::texts::{TextKind, Texts};

fn found(texts: &Texts) -> Vec<(String, &str, TextKind, String)> {
    let parts = texts.parts.iter();
    parts
        .map(|part| (part.path.clone(), part.role, part.kind, part.text.clone()))
        .collect()
}

fn entry<'a>(path: &str, role: &'a str, kind: TextKind, text: &str) -> (String, &'a str, TextKind, String) {
    (path.to_owned(), role, kind, text.to_owned())
}

#[test]
fn every_text_of_a_request_is_found_under_both_spellings() {
    let body = json!({
        "model": "m",
        "system_instruction": {"parts": [{"text": "be brief"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"text": "hm", "thought": true}, {"functionCall": {"name": "f", "args": {"a": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"a/b": ["x", {"c": "y"}], "n": 7}}}]},
        ],
    })
    .to_string();
    let texts = GeminiContent.request_texts(&request(Operation::Chat, &body)).unwrap();
    assert_eq!(
        found(&texts),
        [
            entry("/system_instruction/parts/0/text", "system", TextKind::Text, "be brief"),
            entry("/contents/0/parts/0/text", "user", TextKind::Text, "hi"),
            entry("/contents/1/parts/0/text", "assistant", TextKind::Reasoning, "hm"),
            entry(
                "/contents/1/parts/1/functionCall/args",
                "assistant",
                TextKind::ToolArguments,
                "{\"a\":1}"
            ),
            entry(
                "/contents/2/parts/0/functionResponse/response/a~1b/0",
                "tool",
                TextKind::Text,
                "x"
            ),
            entry(
                "/contents/2/parts/0/functionResponse/response/a~1b/1/c",
                "tool",
                TextKind::Text,
                "y"
            ),
        ]
    );
    let twice = r#"{"contents":[{"parts":[{"text":"a","text":"b"}]}]}"#;
    assert!(GeminiContent.request_texts(&request(Operation::Chat, twice)).is_err());
    let embed = r#"{"requests":[{"content":{"parts":[{"text":"a"}]}}],"content":{"parts":[{"text":"b"}]}}"#;
    let texts = GeminiContent
        .request_texts(&request(Operation::Embeddings, embed))
        .unwrap();
    assert!(texts.parts.iter().all(|part| part.kind == TextKind::Input) && texts.parts.len() == 2);
}

#[test]
fn instructions_go_around_the_clients_own_or_in_its_place() {
    let instruction = |place, text: &str| Instruction {
        place,
        text: text.to_owned(),
    };
    let (first, last) = (
        instruction(InstructionPlace::First, "1"),
        instruction(InstructionPlace::Last, "3"),
    );
    let only = instruction(InstructionPlace::Only, "0");
    let instructed = |body: &str, instructions: &[Instruction]| {
        let edited = GeminiContent
            .instructed(&request(Operation::Chat, body), instructions)
            .unwrap();
        let read: Value = serde_json::from_slice(edited.text()).unwrap();
        read
    };
    let texts = |texts: &[&str]| json!({"parts": texts.iter().map(|text| json!({ "text": text })).collect::<Vec<_>>()});
    let own = r#"{"system_instruction":{"role":"user","parts":[{"text":"2"}]}}"#;
    let both = [first, last];
    assert_eq!(instructed(own, &both)["system_instruction"], texts(&["1", "2", "3"]));
    assert_eq!(instructed("{}", &both)["systemInstruction"], texts(&["1", "3"]));
    assert_eq!(
        instructed(r#"{"systemInstruction":"2"}"#, &both)["systemInstruction"],
        texts(&["1", "2", "3"])
    );
    assert_eq!(instructed(own, &[only])["system_instruction"], texts(&["0"]));
    assert!(
        GeminiContent
            .instructed(&request(Operation::Embeddings, "{}"), &both)
            .is_err()
    );
}

#[test]
fn the_texts_of_a_reply_are_replaced_in_place() {
    let reply = br#"{"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f","args":{"x":1}}}]},"index":0},{"content":{"parts":[{"text":"b","thought":true}]},"index":1}]}"#;
    let texts = GeminiContent.reply_texts(Operation::Chat, reply).unwrap();
    let kinds: Vec<_> = texts.parts.iter().map(|part| (part.choice, part.kind)).collect();
    assert_eq!(
        kinds,
        [
            (0, TextKind::Text),
            (0, TextKind::ToolArguments),
            (1, TextKind::Reasoning)
        ]
    );
    let new = texts.replaced(reply, &[(0, "A"), (1, "{\"x\":2}")]).unwrap();
    let new = String::from_utf8(new).unwrap();
    assert!(new.contains(r#""text":"A""#) && new.contains(r#""args":{"x":2}"#) && new.contains(r#""text":"b""#));
    assert!(
        GeminiContent
            .reply_texts(Operation::CountTokens, b"{}")
            .unwrap()
            .parts
            .is_empty()
    );
}

#[test]
fn the_texts_of_a_stream_are_found_and_written() {
    let (mut reader, mut out) = (GeminiContent.stream(Form::Canonical, &stream_facts("m")), Vec::new());
    for chunk in [
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":"tool_calls"}]}"#,
    ] {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    reader.finish(1, &mut out).unwrap();
    let stream = String::from_utf8(out).unwrap();
    let mut texts = GeminiContent.stream_texts();
    let seen: Vec<_> = stream
        .split_inclusive("\n\n")
        .map(|event| texts.read(event.as_bytes()))
        .collect();
    assert_eq!((seen[0].texts[0].text.as_str(), seen[0].bare), ("a", true));
    assert!(seen[1].texts[0].is_object && !seen[1].bare);
    let last = seen.last().unwrap();
    assert!(last.texts.is_empty() && !last.bare && last.ends_after.len() == 1);
    let mut written = Vec::new();
    texts.write(seen[0].texts[0].key, "b\n", &mut written);
    let again = texts.read(&written);
    assert_eq!(
        (again.texts[0].text.as_str(), again.texts[0].key),
        ("b\n", seen[0].texts[0].key)
    );
}
