//! Which pieces are one call, whatever ids, names and indexes the upstream writes.

use serde_json::{Value, json};

use super::{STOP, content, delta, read};
use crate::anthropic::tests::assembled::message;
use crate::fault::StreamFault;

/// A chunk with one piece of a call; `None` leaves the member out.
fn piece(index: Option<u64>, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
    let mut piece = json!({"type": "", "function": {"arguments": arguments}});
    if let Some(index) = index {
        piece["index"] = index.into();
    }
    if let Some(id) = id {
        piece["id"] = id.into();
    }
    if let Some(name) = name {
        piece["function"]["name"] = name.into();
    }
    json!({ "tool_calls": [piece] })
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

/// What becomes of these pieces: the calls, or the fault.
fn joined(pieces: &[Value]) -> Result<Value, StreamFault> {
    let mut chunks: Vec<String> = pieces.iter().map(delta).collect();
    chunks.push(STOP.to_owned());
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    read(&chunks).map(|stream| message(&stream)["content"].take())
}

#[test]
fn a_changing_id_does_not_divide_a_call() {
    let utc = json!({"tz": "UTC"});
    for ids in [["a", "b", "c"], ["a", "", ""], ["a", "null", "a"], ["a", "a", "a"]] {
        for names in [
            [Some("f"), None, None],
            [Some("f"), Some("f"), Some("f")],
            [Some("f"), Some(""), None],
        ] {
            for arguments in [["", "{\"tz\":", "\"UTC\"}"], ["{\"tz\"", ":\"UTC\"", "}"]] {
                let pieces: Vec<Value> = (0..3)
                    .map(|at| piece(Some(0), Some(ids[at]), names[at], arguments[at]))
                    .collect();
                assert_eq!(content(&pieces), json!([call("a", "f", &utc)]), "{pieces:?}");
            }
        }
    }
}

#[test]
fn whole_calls_of_one_index_are_several() {
    let (one, two) = (json!({"x": 1}), json!({"y": 2}));
    for (ids, names) in [
        ([Some("a"), Some("b")], ["f", "g"]),
        ([Some("a"), Some("b")], ["f", "f"]),
        ([None, None], ["f", "g"]),
        ([Some(""), Some("")], ["f", "f"]),
    ] {
        for index in [Some(0), None] {
            let pieces = [
                piece(index, ids[0], Some(names[0]), "{\"x\":1}"),
                piece(index, ids[1], Some(names[1]), "{\"y\""),
                piece(index, None, None, ":2}"),
            ];
            let id = |place: usize| match ids[place] {
                None | Some("") => format!("toolu_1_{place}"),
                Some(id) => id.to_owned(),
            };
            let expected = json!([call(&id(0), names[0], &one), call(&id(1), names[1], &two)]);
            assert_eq!(content(&pieces), expected, "{pieces:?}");
        }
    }
}

#[test]
fn ids_tell_calls_apart_where_there_is_no_index() {
    let pieces = [
        piece(None, Some("a"), Some("f"), "{\"x\""),
        piece(None, Some("b"), Some("g"), "{\"y\""),
        piece(None, Some("a"), None, ":1}"),
        piece(None, Some("b"), None, ":2}"),
        piece(None, Some("c"), Some("h"), ""),
    ];
    let expected = json!([
        call("a", "f", &json!({"x": 1})),
        call("b", "g", &json!({"y": 2})),
        call("c", "h", &json!({})),
    ]);
    assert_eq!(content(&pieces), expected);
}

#[test]
fn a_name_and_an_id_may_come_late() {
    let pieces = [
        piece(Some(0), Some(""), None, "{\"a\""),
        piece(Some(0), Some("c1"), None, ":"),
        piece(Some(0), None, Some("f"), "1}"),
        piece(Some(0), Some("c2"), None, ""),
    ];
    assert_eq!(content(&pieces), json!([call("c1", "f", &json!({"a": 1}))]));
}

#[test]
fn an_id_that_comes_twice_is_replaced() {
    let pieces = [
        piece(Some(0), Some("call_0"), Some("f"), "{}"),
        piece(Some(1), Some("call_0"), Some("f"), "{}"),
    ];
    let expected = json!([call("call_0", "f", &json!({})), call("toolu_1_1", "f", &json!({}))]);
    assert_eq!(content(&pieces), expected);
}

#[test]
fn arguments_may_be_nothing_an_object_or_a_string_in_a_string() {
    let of = |arguments: Value| json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}]});
    for (arguments, input) in [
        (json!(""), json!({})),
        (json!(null), json!({})),
        (json!("null"), json!({})),
        (json!({}), json!({})),
        (json!({"x": 1}), json!({"x": 1})),
        (json!("\"{\\\"x\\\":1}\""), json!({"x": 1})),
    ] {
        assert_eq!(
            content(&[of(arguments.clone())]),
            json!([call("a", "f", &input)]),
            "{arguments}"
        );
    }
    // An empty object in the first piece holds the place of what follows.
    let pieces = [of(json!({})), piece(Some(0), None, None, "{\"x\":1}")];
    assert_eq!(content(&pieces), json!([call("a", "f", &json!({"x": 1}))]));
}

#[test]
fn what_cannot_be_joined_is_malformed_and_not_half_a_call() {
    for pieces in [
        // Another tool amid the arguments of the first.
        &[
            piece(Some(0), Some("a"), Some("f"), "{\"x\""),
            piece(Some(0), Some("b"), Some("g"), "{}"),
        ][..],
        // Arguments that do not end.
        &[piece(Some(0), Some("a"), Some("f"), "{\"x\"")],
        &[
            piece(Some(0), Some("a"), Some("f"), "{\"x\":1}"),
            piece(Some(0), Some("b"), None, "{}"),
        ],
        &[piece(Some(0), Some("a"), Some("f"), "[1]")],
        &[piece(Some(0), Some("a"), Some("f"), "x")],
        &[piece(Some(0), Some("a"), None, "{}")],
    ] {
        let joined = joined(pieces);
        assert!(
            matches!(joined, Err(StreamFault::Malformed(_))),
            "{pieces:?}: {joined:?}"
        );
    }
}

#[test]
fn arguments_keep_their_digits_and_their_characters() {
    let numbers = "{\"id\":123456789012345678901234567890,\"x\":10.10}";
    let chunk = delta(&piece(Some(0), Some("a"), Some("f"), numbers));
    let stream = read(&[&chunk, STOP]).unwrap();
    assert!(
        stream.contains(r#"{\"id\":123456789012345678901234567890,\"x\":10.10}"#),
        "{stream}"
    );
    let halves = [r#"{\"a\":\"\ud83d"#, r#"\ude00\"}"#].map(|half| {
        format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"id":"a","function":{{"name":"f","arguments":"{half}"}}}}]}}}}]}}"#)
    });
    let stream = read(&[&halves[0], &halves[1], STOP]).unwrap();
    assert_eq!(message(&stream)["content"][0]["input"], json!({"a": "\u{1F600}"}));
}
