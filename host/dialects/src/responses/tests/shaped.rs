//! The texts of requests, replies and streams, and what becomes of what repeats them.

use serde_json::{Value, json};

use super::assembled::{events, response};
use crate::client::ClientDialect;
use crate::json::Members;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::responses::OpenaiResponses;
use crate::responses::stream::ResponseReader;
use crate::responses::stream_texts::ItemTexts;
use crate::tests::stream_facts;
use crate::texts::TextKind;
use crate::texts::instruct::{Instruction, InstructionPlace};
use crate::texts::stream::{StreamTexts, TextKey};

#[test]
fn every_text_of_a_request_is_found_with_its_role() {
    let body = json!({"model": "m", "instructions": "i", "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "u"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "r"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"x\":1}"},
        {"type": "function_call_output", "call_id": "c", "output": "o"},
        {"type": "custom_tool_call", "call_id": "d", "name": "p", "input": "p"},
        {"type": "custom_tool_call_output", "call_id": "d", "output": [{"type": "input_text", "text": "q"}]},
    ]})
    .to_string();
    let request = OpenaiResponses.parse(Operation::Chat, body.as_bytes()).unwrap();
    let texts = OpenaiResponses.request_texts(&request).unwrap();
    let found: Vec<_> = texts
        .parts
        .iter()
        .map(|part| (&*part.path, part.role, part.kind, &*part.text))
        .collect();
    assert_eq!(
        found,
        [
            ("/instructions", "system", TextKind::Text, "i"),
            ("/input/0/content/0/text", "user", TextKind::Text, "u"),
            ("/input/1/summary/0/text", "assistant", TextKind::Reasoning, "r"),
            ("/input/2/content/0/text", "assistant", TextKind::Text, "a"),
            ("/input/3/arguments", "assistant", TextKind::ToolArguments, "{\"x\":1}"),
            ("/input/4/output", "tool", TextKind::Text, "o"),
            ("/input/5/input", "assistant", TextKind::ToolArguments, "p"),
            ("/input/6/output/0/text", "tool", TextKind::Text, "q"),
        ]
    );
}

#[test]
fn instructions_go_around_the_clients_own() {
    let at = |place, text: &str| Instruction {
        place,
        text: text.to_owned(),
    };
    let around = [at(InstructionPlace::First, "a"), at(InstructionPlace::Last, "b")];
    for (body, instructions, expected) in [
        (
            r#"{"model":"m","input":"x","instructions":"i"}"#,
            &around[..],
            "a\n\ni\n\nb",
        ),
        (r#"{"model":"m","input":"x"}"#, &around[..], "a\n\nb"),
        (
            r#"{"model":"m","input":"x","instructions":"i"}"#,
            &[at(InstructionPlace::Only, "c")],
            "c",
        ),
    ] {
        let request = OpenaiResponses.parse(Operation::Chat, body.as_bytes()).unwrap();
        let text = OpenaiResponses.instructed(&request, instructions).unwrap();
        let text: Value = serde_json::from_slice(text.text()).unwrap();
        assert_eq!(text["instructions"], expected);
        assert_eq!(text["input"], "x");
    }
}

/// A stream of thinking, text, a call and a call of a custom tool.
fn stream() -> String {
    let request = br#"{"tools":[{"type":"custom","name":"patch"}]}"#;
    let members = Members::parse(request).unwrap();
    let facts = crate::facts::StreamFacts {
        request: &members,
        ..stream_facts("m")
    };
    let (mut reader, mut out) = (ResponseReader::new(&facts), Vec::new());
    let call = |index: u32, name: &str, arguments: &str| json!({"tool_calls": [{"index": index, "id": format!("c{index}"), "function": {"name": name, "arguments": arguments}}]});
    for delta in [
        json!({"reasoning_content": "my secret"}),
        json!({"content": "the se"}),
        json!({"content": "cret is"}),
        call(0, "f", "{\"x\":\"secret\"}"),
        call(1, "patch", "{\"input\":\"secret\"}"),
    ] {
        let chunk = json!({"choices": [{"index": 0, "delta": delta}]}).to_string();
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}).to_string();
    reader.push(last.as_bytes(), &mut out).unwrap();
    reader.finish(1, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_repeats_a_text_says_what_went_out() {
    let (stream, mut texts, mut out) = (stream(), ItemTexts::default(), Vec::new());
    let mut held = String::new();
    for event in stream.split_inclusive("\n\n") {
        let seen = texts.read(event.as_bytes());
        if let Some(key) = seen
            .ends_before
            .iter()
            .find_map(|ends| ends.place)
            .filter(|_| !held.is_empty())
        {
            let key = TextKey {
                choice: 0,
                kind: TextKind::Text,
                place: key,
            };
            texts.write(key, &held.replace("secret", "***"), &mut out);
            held.clear();
        }
        match seen.texts.first() {
            Some(piece) if piece.key.kind == TextKind::Text => held.push_str(&piece.text),
            Some(piece) => {
                let new = piece.text.replace("secret", "***");
                out.extend_from_slice(&seen.replaced(event.as_bytes(), &[(0, &new)]));
            }
            None => out.extend_from_slice(event.as_bytes()),
        }
    }
    let settled = String::from_utf8(texts.settle(out)).unwrap();
    assert!(!settled.contains("secret"), "{settled}");
    let output = &response(&settled)["output"];
    assert_eq!(output[0]["summary"][0]["text"], "my ***");
    assert_eq!(output[0]["encrypted_content"], Value::Null, "it would say the same");
    assert_eq!(output[1]["content"][0]["text"], "the *** is");
    assert_eq!(output[2]["arguments"], "{\"x\":\"***\"}");
    assert_eq!(output[3]["input"], "***");
}

#[test]
fn a_stream_that_nobody_changes_stays_as_it_is() {
    let (stream, mut texts) = (stream(), ItemTexts::default());
    for event in stream.split_inclusive("\n\n") {
        texts.read(event.as_bytes());
    }
    let settled = String::from_utf8(texts.settle(stream.clone().into_bytes())).unwrap();
    assert_eq!(events(&settled), events(&stream));
}

#[test]
fn the_texts_of_a_response_are_found_in_its_items() {
    let reply = json!({"output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}]},
        {"type": "function_call", "arguments": "{\"x\":1}"},
    ]})
    .to_string();
    let texts = OpenaiResponses.reply_texts(Operation::Chat, reply.as_bytes()).unwrap();
    let found: Vec<_> = texts
        .parts
        .iter()
        .map(|part| (&*part.path, part.role, &*part.text))
        .collect();
    assert_eq!(
        found,
        [
            ("/output/0/content/0/text", "assistant", "a"),
            ("/output/0/content/1/refusal", "assistant", "b"),
            ("/output/1/arguments", "assistant", "{\"x\":1}"),
        ]
    );
    let replaced = texts.replaced(reply.as_bytes(), &[(0, "A")]).unwrap();
    let replaced: Value = serde_json::from_slice(&replaced).unwrap();
    assert_eq!(replaced["output"][0]["content"][0]["text"], "A");
}
