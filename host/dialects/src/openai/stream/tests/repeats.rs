//! Streams whose chunks repeat each other are read as if each were the first.

use proptest::prelude::*;

use super::super::Repeats;
use super::{HELLO, ROLE, STOP, USAGE, reader};
use crate::fault::StreamFault;
use crate::openai::stream::ChatReader;
use crate::reader::{Pushed, StreamReader};

/// Around the text of a chunk: an upstream's chunks have one shape for a while, and then another.
const SHAPES: [(&str, &str); 8] = [
    (
        r#"{"id":"c","created":5,"model":"up","choices":[{"index":0,"delta":{"content":"#,
        r#"},"finish_reason":null}],"usage":null}"#,
    ),
    (
        r#" {"choices":[{"delta":{"role":"assistant","content":"#,
        r#"}}], "x":[1], "model":"a-longer-name"} "#,
    ),
    (
        r#"{"id":"","choices":[{"index":0,"delta":{"reasoning_content":"#,
        r#","content":null}}]}"#,
    ),
    (r#"{"choices":[{"index":1,"delta":{"content":"#, "}}]}"),
    (r#"{"choices":[{"delta":{"content":"","reasoning":"#, "}}]}"),
    (r#"{"choices":[{"delta":{"content":"#, r#","refusal":"no"}}]}"#),
    (
        r#"{"choices":[{"delta":{"content":"#,
        r#"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
    ),
    (
        r#"{"choices":[{"delta":{"content":"#,
        r#"},"finish_reason":"stop"},{"index":2,"delta":{}}]}"#,
    ),
];

/// What is in the place of the text: mostly one, and else something that only the reader of whole chunks judges.
fn any_piece() -> impl Strategy<Value = String> {
    let odd = [
        r#""""#,
        "null",
        "[]",
        "7",
        r#"[{"type":"text","text":"a"}]"#,
        r#""\ud83d""#,
        r#""\u0041""#,
        r#""a","role":"assistant""#,
        r#""a"}}],"model":"x","choices":[{"delta":{"content":"b""#,
        "\"a\nb\"",
        "\"a\" \n",
        r#""\""#,
        r#""\x""#,
        r#""a"#,
        r#""", ""#,
        "",
    ];
    let text = "[a-z \u{e9}]{1,6}".prop_map(|text| format!("\"{text}\""));
    let escaped = Just(r#""\"\\\n\/""#.to_owned());
    prop_oneof![6 => text, 1 => escaped, 2 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned)]
}

fn any_chunk() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec![HELLO, ROLE, STOP, USAGE]).prop_map(str::to_owned);
    let shaped = (prop::sample::select(SHAPES.to_vec()), any_piece())
        .prop_map(|((before, behind), piece)| [before, &piece, behind].concat());
    prop_oneof![1 => whole, 8 => shaped]
}

/// What a reader says and writes for each chunk, up to the first that it refuses, and how much was produced.
fn outcome(mut reader: ChatReader, chunks: &[String]) -> (Vec<Result<Pushed, StreamFault>>, String, u64) {
    let (mut said, mut out) = (Vec::new(), Vec::new());
    for chunk in chunks {
        said.push(reader.push(chunk.as_bytes(), &mut out));
        if said.last().is_some_and(Result::is_err) {
            break;
        }
    }
    (said, String::from_utf8(out).unwrap(), reader.produced_bytes())
}

fn whole_reader() -> ChatReader {
    ChatReader {
        repeats: Repeats::off(),
        ..reader(true)
    }
}

proptest! {
    #[test]
    fn a_repeated_chunk_is_read_as_any_other(chunks in prop::collection::vec(any_chunk(), 0..12)) {
        prop_assert_eq!(outcome(reader(true), &chunks), outcome(whole_reader(), &chunks));
    }

    #[test]
    fn chunks_of_one_shape_are_read_as_any_other(shape in 0..SHAPES.len(), pieces in prop::collection::vec(any_piece(), 0..8)) {
        let (before, behind) = SHAPES[shape];
        let chunks: Vec<String> = pieces.iter().map(|piece| [before, piece, behind].concat()).collect();
        prop_assert_eq!(outcome(reader(true), &chunks), outcome(whole_reader(), &chunks));
    }
}

#[test]
fn a_repeated_chunk_is_not_parsed_again() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    reader.push(HELLO.as_bytes(), &mut out).unwrap();
    let next = HELLO.replace("hello", "you");
    assert_eq!(reader.repeats.text(next.as_bytes()), Some("\"you\""));
    for other in [STOP, USAGE, "[DONE]", "", &HELLO.replace("\"up\"", "\"other\"")] {
        assert_eq!(reader.repeats.text(other.as_bytes()), None, "{other}");
    }
}
