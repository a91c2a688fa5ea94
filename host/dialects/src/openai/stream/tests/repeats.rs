//! Streams whose chunks repeat each other are read as if each were the first.

use proptest::prelude::*;

use super::super::Repeats;
use super::{HELLO, ROLE, STOP, USAGE, reader};
use crate::fault::StreamFault;
use crate::reader::{Pushed, StreamReader};

/// Around the text of a chunk: an upstream's chunks have one shape for a while, and then another.
const SHAPES: [(&str, &str); 10] = [
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
    (
        r#"{"choices":[{"delta":{"content":"#,
        r#"}}],"obfuscation":"a","model":"up"}"#,
    ),
    (
        r#"{"choices":[{"delta":{"content":"#,
        r#"}}],"obfuscation":"bcd","model":"up"}"#,
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
/// With `forgets`, each chunk is the first that it knows.
fn outcome(forgets: bool, chunks: &[String]) -> (Vec<Result<Pushed, StreamFault>>, String, u64) {
    let (mut reader, mut said, mut out) = (reader(true), Vec::new(), Vec::new());
    for chunk in chunks {
        if forgets {
            reader.repeats = Repeats::default();
        }
        said.push(reader.push(chunk.as_bytes(), &mut out));
        if said.last().is_some_and(Result::is_err) {
            break;
        }
    }
    (said, String::from_utf8(out).unwrap(), reader.produced_bytes())
}

proptest! {
    #[test]
    fn a_repeated_chunk_is_read_as_any_other(chunks in prop::collection::vec(any_chunk(), 0..24)) {
        prop_assert_eq!(outcome(false, &chunks), outcome(true, &chunks));
    }

    #[test]
    fn chunks_of_one_shape_are_read_as_any_other(shape in 0..SHAPES.len(), pieces in prop::collection::vec(any_piece(), 0..8)) {
        let (before, behind) = SHAPES[shape];
        let chunks: Vec<String> = pieces.iter().map(|piece| [before, piece, behind].concat()).collect();
        prop_assert_eq!(outcome(false, &chunks), outcome(true, &chunks));
    }
}

#[test]
fn a_repeated_chunk_is_not_parsed_again() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    reader.push(HELLO.as_bytes(), &mut out).unwrap();
    let next = HELLO.replace("hello", "you");
    let differing = reader.repeats.differing(next.as_bytes());
    assert_eq!(differing.map(|differing| differing.text), Some("\"you\""));
    for other in [STOP, USAGE, "[DONE]", "", &HELLO.replace("\"up\"", "\"other\"")] {
        assert_eq!(reader.repeats.differing(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn random_letters_that_hide_the_length_of_a_text_may_differ() {
    let chunk = |text: &str, letters: &str| {
        let padding = format!(",\"obfuscation\":\"{letters}\"}}");
        HELLO.replace("hello", text).strip_suffix('}').unwrap().to_owned() + &padding
    };
    let (mut reader, mut out) = (reader(true), Vec::new());
    reader.push(chunk("he", "xYz1").as_bytes(), &mut out).unwrap();
    let mut sent = vec![chunk("he", "xYz1")];
    for (text, letters) in [("llo", ""), ("you", "q"), ("there", "Ab\\n")] {
        sent.push(chunk(text, letters));
        let data = sent[sent.len() - 1].as_bytes();
        assert!(reader.repeats.differing(data).is_some(), "{text}");
        reader.push(data, &mut out).unwrap();
    }
    let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
    assert_eq!(String::from_utf8(out).unwrap(), super::sent(&sent));
    for letters in ["a\",\"x\":\"", "\\ud83d", "\n"] {
        assert!(
            reader.repeats.differing(chunk("a", letters).as_bytes()).is_none(),
            "{letters}"
        );
    }
}
