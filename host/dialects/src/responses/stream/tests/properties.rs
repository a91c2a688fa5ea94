//! What holds for any stream, however the upstream cuts it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{STOP, TOOLS, delta, reader};
use crate::facts::ReplyFacts;
use crate::interruption::Interruption;
use crate::json::Members;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::responses::reply::finish_reply;
use crate::responses::tests::assembled::{events, partial, response};
use crate::tests::facts;

/// What a model says.
#[derive(Debug, Clone)]
struct Said {
    reasoning: String,
    signature: String,
    text: String,
    refusal: String,
    /// The name and the arguments of each call.
    calls: Vec<(&'static str, String)>,
    /// When something is cited, each time another page.
    cited: Vec<prop::sample::Index>,
}

fn any_said() -> impl Strategy<Value = Said> {
    let text = "[a-z\"\\\\{} \n\u{e9}\u{1F600}]{0,12}";
    let members = prop::collection::btree_map("[a-z\"}]{1,3}", text, 0..3);
    let function = members.prop_map(|members| ("f", json!(members).to_string()));
    let custom = text.prop_map(|text| ("patch", json!({ "input": text }).to_string()));
    let calls = prop::collection::vec(prop_oneof![function, custom], 0..4);
    let cited = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let said = (text, "[s]{0,2}", text, "[no]{0,3}", calls, cited);
    said.prop_map(|(reasoning, signature, text, refusal, calls, cited)| Said {
        reasoning,
        signature,
        text,
        refusal,
        calls,
        cited,
    })
}

/// The pages that are cited, in order.
fn pages(said: &Said) -> Vec<Value> {
    let page =
        |number| json!({"type": "url_citation", "url_citation": {"url": format!("https://{number}"), "title": "A"}});
    (0..said.cited.len()).map(page).collect()
}

/// Puts the citations among the deltas.
fn cite(said: &Said, deltas: &mut Vec<Value>) {
    let mut places: Vec<usize> = said.cited.iter().map(|place| place.index(deltas.len() + 1)).collect();
    places.sort_unstable();
    for (place, page) in places.into_iter().zip(pages(said)).rev() {
        deltas.insert(place, json!({ "annotations": [page] }));
    }
}

/// A text in pieces of at most so many characters.
fn pieces(text: &str, len: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(len).map(|piece| piece.iter().collect()).collect()
}

fn thinking(said: &Said, text: &str, signature: &str) -> Value {
    if said.signature.is_empty() {
        return json!({ "reasoning_content": text });
    }
    let block = json!({"type": "thinking", "index": 0, "thinking": text, "signature": signature});
    json!({"reasoning_content": text, "thinking_blocks": [block]})
}

/// The deltas of a stream, the calls mixed as `order` has it.
fn deltas(said: &Said, len: usize, order: &[usize]) -> Vec<Value> {
    let mut deltas: Vec<Value> = Vec::new();
    for piece in pieces(&said.reasoning, len) {
        deltas.push(thinking(said, &piece, ""));
    }
    if !said.signature.is_empty() {
        deltas.push(thinking(said, "", &said.signature));
    }
    deltas.extend(
        pieces(&said.text, len)
            .into_iter()
            .map(|piece| json!({ "content": piece })),
    );
    deltas.extend(
        pieces(&said.refusal, len)
            .into_iter()
            .map(|piece| json!({ "refusal": piece })),
    );
    let mut calls: Vec<Vec<Value>> = Vec::new();
    for (index, (name, arguments)) in said.calls.iter().enumerate() {
        let function = json!({"name": name, "arguments": ""});
        deltas.push(json!({"tool_calls": [{"index": index, "id": format!("t{index}"), "function": function}]}));
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
    cite(said, &mut deltas);
    deltas
}

fn stream(deltas: &[Value], reason: &str) -> String {
    let (mut reader, mut out) = (reader(), Vec::new());
    let end = STOP.replace("stop", reason);
    for chunk in deltas.iter().map(delta).chain([end]) {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    reader.finish(1, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same said in one piece.
fn whole(said: &Said, reason: &str) -> Value {
    let calls = said.calls.iter().enumerate();
    let calls: Vec<Value> = calls
        .map(|(index, (name, arguments))| {
            json!({"id": format!("t{index}"), "function": {"name": name, "arguments": arguments}})
        })
        .collect();
    let mut message =
        json!({"content": said.text, "refusal": said.refusal, "tool_calls": calls, "annotations": pages(said)});
    let thought = thinking(said, &said.reasoning, &said.signature);
    for (key, value) in thought.as_object().unwrap() {
        message[key] = value.clone();
    }
    let body = json!({"choices": [{"message": message, "finish_reason": reason}]});
    let members = Members::parse(TOOLS).unwrap();
    let facts = ReplyFacts {
        request: &members,
        ..facts(Operation::Chat, "route/m")
    };
    let (reply, _) = finish_reply(body.to_string().as_bytes(), &facts).unwrap();
    serde_json::from_slice(&reply).unwrap()
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
        prop::sample::select(vec!["", "f", "patch"]),
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
        1 => "[a-b]{0,2}".prop_map(|text| json!({ "refusal": text })),
        1 => "[a-b]{0,2}".prop_map(|text| json!({ "reasoning_content": text })),
        1 => Just(json!({"content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}]})),
        1 => Just(json!({"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]})),
        1 => Just(json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a"}}]})),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_the_events_are_valid_and_end_once(
        deltas in prop::collection::vec(any_delta(), 0..12),
        reason in prop::sample::select(vec!["stop", "length", "tool_calls", "content_filter"]),
    ) {
        let (mut reader, mut out) = (reader(), Vec::new());
        let end = STOP.replace("stop", reason);
        let mut chunks = deltas.iter().map(delta).chain([end]);
        let pushed = chunks.try_for_each(|chunk| reader.push(chunk.as_bytes(), &mut out).map(|_| ()));
        let finished = pushed.and_then(|()| reader.finish(1, &mut out));
        if finished.is_err() {
            let out = String::from_utf8(out).unwrap();
            let looks_finished = ["event: response.completed", "event: response.incomplete"];
            prop_assert!(!looks_finished.iter().any(|end| out.contains(end)));
            if !out.is_empty() {
                partial(&events(&out));
            }
            return Ok(());
        }
        let response = response(&String::from_utf8(out).unwrap());
        let mut ids = Vec::new();
        for item in response["output"].as_array().unwrap() {
            for id in [&item["id"], &item["call_id"]] {
                prop_assert!(id.is_null() || !ids.contains(&id), "{id} is there twice");
                ids.push(id);
            }
            prop_assert!(item["name"] != "");
        }
    }

    #[test]
    fn any_split_and_any_mixture_become_the_response_in_one_piece(
        said in any_said(),
        len in 1_usize..6,
        order in prop::collection::vec(0_usize..4, 0..24),
        reason in prop::sample::select(vec!["stop", "length"]),
    ) {
        let deltas = deltas(&said, len, &order);
        let (apart, whole) = (response(&stream(&deltas, reason)), whole(&said, reason));
        // Calls that are mixed end together, so that a limit may have cut off any of them.
        let same_status = |mut response: Value| {
            for item in response["output"].as_array_mut().unwrap() {
                item["status"] = Value::Null;
            }
            response
        };
        if reason == "stop" {
            prop_assert_eq!(apart, whole);
        } else {
            prop_assert_eq!(same_status(apart), same_status(whole));
        }
    }

    #[test]
    fn a_stream_that_is_cut_anywhere_fails(
        said in any_said(),
        len in 1_usize..6,
        order in prop::collection::vec(0_usize..4, 0..24),
        cut in any::<prop::sample::Index>(),
        done in any::<bool>(),
    ) {
        let chunks: Vec<String> = deltas(&said, len, &order).iter().map(delta).collect();
        let (mut reader, mut out) = (reader(), Vec::new());
        for chunk in &chunks[..cut.index(chunks.len() + 1)] {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        if done {
            reader.push(b"[DONE]", &mut out).unwrap();
        }
        prop_assert!(reader.finish(1, &mut out).is_err());
        out.extend(reader.interrupted(Interruption::Killed).unwrap());
        let events = events(&String::from_utf8(out).unwrap());
        partial(&events);
        prop_assert_eq!(&events.last().unwrap()["type"], "response.failed");
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
