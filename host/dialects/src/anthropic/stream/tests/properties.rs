//! What holds for any stream, however the upstream cuts it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{STOP, reader};
use crate::anthropic::reply::finish_reply;
use crate::anthropic::tests::assembled::{events, message, partial};
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::tests::facts;

/// What a model says.
#[derive(Debug, Clone)]
struct Said {
    reasoning: String,
    text: String,
    /// The arguments of each call, a JSON object.
    calls: Vec<String>,
    /// The pages that the text cites, by their numbers.
    cited: Vec<u8>,
}

fn any_said() -> impl Strategy<Value = Said> {
    let text = "[a-z\"\\\\{} \n\u{e9}\u{1F600}]{0,12}";
    let arguments =
        prop::collection::btree_map("[a-z\"}]{1,3}", text, 0..3).prop_map(|members| json!(members).to_string());
    let calls = prop::collection::vec(arguments, 0..4);
    let cited = prop::collection::vec(0_u8..3, 0..3);
    (text, text, calls, cited).prop_map(|(reasoning, text, calls, cited)| Said {
        // Without a text there is nothing that cites.
        cited: if text.is_empty() { Vec::new() } else { cited },
        reasoning,
        text,
        calls,
    })
}

fn annotations(cited: &[u8]) -> Value {
    let annotation =
        |page: &u8| json!({"type": "url_citation", "url_citation": {"url": format!("https://{page}"), "title": "T"}});
    cited.iter().map(annotation).collect()
}

/// A text in pieces of at most so many characters.
fn pieces(text: &str, len: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(len).map(|piece| piece.iter().collect()).collect()
}

/// The deltas of a stream, the calls mixed as `order` has it.
fn deltas(said: &Said, len: usize, order: &[usize]) -> Vec<Value> {
    let mut deltas: Vec<Value> = Vec::new();
    for piece in pieces(&said.reasoning, len) {
        deltas.push(json!({ "reasoning_content": piece }));
    }
    for piece in pieces(&said.text, len) {
        deltas.push(json!({ "content": piece }));
    }
    let (early, late) = said.cited.split_at(said.cited.len() / 2);
    if !early.is_empty() {
        deltas.push(json!({ "annotations": annotations(early) }));
    }
    let mut calls: Vec<Vec<Value>> = Vec::new();
    for (index, arguments) in said.calls.iter().enumerate() {
        let id = format!("t{index}");
        let function = json!({"name": "f", "arguments": ""});
        deltas.push(json!({"tool_calls": [{"index": index, "id": id, "function": function}]}));
        let more = |piece: String| json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]});
        calls.push(pieces(arguments, len).into_iter().map(more).rev().collect());
    }
    for call in order.iter().copied().chain(0..calls.len()) {
        if let Some(call) = calls.get_mut(call) {
            deltas.extend(call.pop());
        }
    }
    for mut call in calls {
        call.reverse();
        deltas.extend(call);
    }
    if !late.is_empty() {
        deltas.push(json!({ "annotations": annotations(late) }));
    }
    deltas
}

/// The stream's chunks: so many deltas of one kind of member are not joined, but several choices may share a chunk.
fn chunks(deltas: &[Value], together: usize) -> Vec<String> {
    let chunk = |deltas: &[Value]| {
        let choices: Vec<Value> = deltas.iter().map(|delta| json!({"index": 0, "delta": delta})).collect();
        json!({"id": "chatcmpl-1", "choices": choices}).to_string()
    };
    deltas.chunks(together).map(chunk).collect()
}

fn stream(chunks: &[String]) -> String {
    let (mut reader, mut out) = (reader(), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    reader.finish(1, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same said in one piece.
fn whole(said: &Said) -> Value {
    let calls: Vec<Value> = said
        .calls
        .iter()
        .enumerate()
        .map(|(index, arguments)| json!({"id": format!("t{index}"), "function": {"name": "f", "arguments": arguments}}))
        .collect();
    let message = json!({"reasoning_content": said.reasoning, "content": said.text, "tool_calls": calls,
        "annotations": annotations(&said.cited)});
    let body = json!({"id": "chatcmpl-1", "choices": [{"message": message, "finish_reason": "stop"}]});
    let (reply, _) = finish_reply(body.to_string().as_bytes(), &facts(Operation::Chat, "route/m")).unwrap();
    serde_json::from_slice(&reply).unwrap()
}

/// The message in which the text itself has what an empty one at the end cites for it.
fn gathered(mut message: Value) -> Value {
    let blocks = message["content"].as_array_mut().unwrap();
    let late = blocks.pop_if(|block| block["type"] == "text" && block["text"] == "");
    let text = blocks.iter_mut().find(|block| block["type"] == "text");
    if let (Some(late), Some(text)) = (late, text) {
        let late = late["citations"].as_array().unwrap().clone();
        match text["citations"].as_array_mut() {
            Some(cited) => cited.extend(late),
            None => text["citations"] = late.into(),
        }
    }
    message
}

/// A delta of any kind, with whatever indexes, ids and names an upstream may write.
fn any_delta() -> impl Strategy<Value = Value> {
    let arguments = prop::sample::select(vec![
        "",
        "{",
        "}",
        "{}",
        "\"a\"",
        ":1",
        "{\"a\":1}",
        " ",
        "null",
        "\\",
        "[",
    ]);
    let call = (
        prop::option::of(0_u64..3),
        prop::sample::select(vec!["", "a", "b"]),
        prop::sample::select(vec!["", "f", "g"]),
        arguments,
    );
    let call = call.prop_map(|(index, id, name, arguments)| {
        json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]})
    });
    let thinking = (prop::option::of(0_u64..2), "[a-b]{0,2}", "[s]{0,1}").prop_map(|(index, thinking, signature)| {
        json!({"thinking_blocks": [{"type": "thinking", "index": index, "thinking": thinking, "signature": signature}]})
    });
    prop_oneof![
        4 => call,
        1 => thinking,
        1 => "[a-b]{0,2}".prop_map(|text| json!({ "content": text })),
        1 => "[a-b]{0,2}".prop_map(|text| json!({ "reasoning_content": text })),
        1 => Just(json!({"content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}]})),
        1 => Just(json!({"content_blocks": [{"type": "server_tool_use", "index": 0}]})),
        1 => Just(json!({"citations": [{"type": "web"}]})),
        1 => Just(json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a"}}]})),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_the_blocks_follow_one_another_and_calls_are_whole(
        deltas in prop::collection::vec(any_delta(), 0..12),
        together in 1_usize..3,
    ) {
        let (mut reader, mut out) = (reader(), Vec::new());
        let chunks = chunks(&deltas, together);
        let mut chunks = chunks.iter().map(String::as_str).chain([STOP]);
        let pushed = chunks.try_for_each(|chunk| reader.push(chunk.as_bytes(), &mut out).map(|_| ()));
        let finished = pushed.and_then(|()| reader.finish(1, &mut out));
        let out = String::from_utf8(out).unwrap();
        if finished.is_err() {
            prop_assert!(!out.contains("message_delta"));
            partial(&events(&out));
            return Ok(());
        }
        let message = message(&out);
        let mut ids = Vec::new();
        for block in message["content"].as_array().unwrap() {
            if block["type"] == "tool_use" {
                prop_assert!(block["input"].is_object(), "{block}");
                prop_assert!(block["name"] != "" && !ids.contains(&block["id"]));
                ids.push(block["id"].clone());
            }
        }
    }

    #[test]
    fn any_split_and_any_mixture_become_the_message_in_one_piece(
        said in any_said(),
        len in 1_usize..6,
        together in 1_usize..4,
        order in prop::collection::vec(0_usize..4, 0..24),
    ) {
        let deltas = deltas(&said, len, &order);
        let apart = stream(&chunks(&deltas, 1));
        prop_assert_eq!(gathered(message(&apart)), whole(&said));
        prop_assert_eq!(stream(&chunks(&deltas, together)), apart, "chunks do not matter");
    }

    #[test]
    fn a_stream_that_is_cut_anywhere_never_looks_finished(
        said in any_said(),
        len in 1_usize..6,
        order in prop::collection::vec(0_usize..4, 0..24),
        cut in any::<prop::sample::Index>(),
        done in any::<bool>(),
    ) {
        let chunks = chunks(&deltas(&said, len, &order), 1);
        let (mut reader, mut out) = (reader(), Vec::new());
        for chunk in &chunks[..cut.index(chunks.len() + 1)] {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        if done {
            reader.push(b"[DONE]", &mut out).unwrap();
        }
        prop_assert!(reader.finish(1, &mut out).is_err());
        let out = String::from_utf8(out).unwrap();
        prop_assert!(!out.contains("event: message_stop") && !out.contains("event: message_delta"));
        partial(&events(&out));
    }

    #[test]
    fn any_bytes_become_valid_events_or_are_refused(data in "[{}\\[\\]\":,a1 \n]{0,16}") {
        let mut out = Vec::new();
        if reader().push(data.as_bytes(), &mut out).is_ok() {
            events(&String::from_utf8(out).unwrap());
        } else {
            prop_assert!(out.is_empty());
        }
    }
}
