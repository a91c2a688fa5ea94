//! Each framing, with its input split at every boundary.

mod event_stream;
mod json_array;
mod sse;

use std::path::PathBuf;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Event, Framer, Framing, FramingError};

const LIMIT: usize = 1 << 20;

type Outcome = (Vec<Event>, Result<(), FramingError>);

/// The events and the outcome if the body arrives in these chunks.
fn feed<'a>(framing: Framing, limit: usize, chunks: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut framer = Framer::new(framing, limit);
    let mut events = Vec::new();
    for chunk in chunks {
        if let Err(error) = framer.push(Bytes::copy_from_slice(chunk), &mut events) {
            return (events, Err(error));
        }
    }
    let end = framer.finish(&mut events);
    (events, end)
}

/// Feeds the body whole, byte by byte, and split at every boundary. Asserts that the outcome is always the same.
fn at_every_split(framing: Framing, limit: usize, body: &[u8]) -> Outcome {
    let whole = feed(framing, limit, std::iter::once(body));
    assert_eq!(feed(framing, limit, body.chunks(1)), whole, "byte by byte");
    for boundary in 0..body.len() {
        let (head, tail) = body.split_at(boundary);
        assert_eq!(
            feed(framing, limit, [head, tail].into_iter()),
            whole,
            "split at {boundary}"
        );
    }
    whole
}

/// The events of a well-formed body, as pairs of name and data.
fn events(framing: Framing, body: &[u8]) -> Vec<(String, String)> {
    let (events, end) = at_every_split(framing, LIMIT, body);
    assert_eq!(end, Ok(()));
    events
        .iter()
        .map(|event| (event.name().into_owned(), text(&event.data)))
        .collect()
}

fn unnamed(data: &[&str]) -> Vec<(String, String)> {
    data.iter().map(|data| (String::new(), (*data).to_owned())).collect()
}

fn text(data: &[u8]) -> String {
    String::from_utf8(data.to_vec()).unwrap()
}

/// The recorded replies of a vendor; empty where they are not available.
fn recordings(vendor: &str) -> Vec<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures");
    let Ok(folder) = std::fs::read_dir(PathBuf::from(root).join(vendor)) else {
        return Vec::new();
    };
    folder.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn framings_have_the_names_of_the_contract() {
    let names = ["none", "sse", "ndjson", "aws-event-stream", "json-array"];
    let framings = names.map(|name| name.parse::<Framing>().unwrap());
    let expected = [
        Framing::None,
        Framing::Sse,
        Framing::Ndjson,
        Framing::AwsEventStream,
        Framing::JsonArray,
    ];
    assert_eq!(framings, expected);
    assert_eq!(
        "SSE".parse::<Framing>().unwrap_err().to_string(),
        "unknown framing `SSE`; use none, sse, ndjson, aws-event-stream or json-array"
    );
}

#[test]
fn without_framing_the_body_is_one_event() {
    assert_eq!(events(Framing::None, b"{\n}\n"), unnamed(&["{\n}\n"]));
}

#[test]
fn ndjson_lines_end_with_lf_or_cr_lf_and_the_last_may_end_with_the_body() {
    let body = b"{\"a\":1}\n{\"b\":2}\r\n\r\n \n{\"c\":3}";
    assert_eq!(
        events(Framing::Ndjson, body),
        unnamed(&[r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#])
    );
    assert_eq!(events(Framing::Ndjson, b"1\n"), unnamed(&["1"]));
    for body in ["{\"a\":1}\n{\"b\":", "{\"a\":1}\n12"] {
        let (events, end) = at_every_split(Framing::Ndjson, LIMIT, body.as_bytes());
        assert_eq!((events.len(), end), (1, Err(FramingError::Truncated)), "{body:?}");
    }
    assert_eq!(events(Framing::Ndjson, b""), []);
}

#[test]
fn an_event_in_one_chunk_is_a_slice_of_it() {
    let cases: [(Framing, &'static [u8]); 3] = [
        (Framing::Sse, b"data: {\"a\":1}\n\n"),
        (Framing::Ndjson, b"{\"a\":1}\n"),
        (Framing::JsonArray, b"[{\"a\":1},"),
    ];
    for (framing, body) in cases {
        let mut events = Vec::new();
        Framer::new(framing, LIMIT)
            .push(Bytes::from_static(body), &mut events)
            .unwrap();
        assert_eq!(&events[0].data[..], b"{\"a\":1}", "{framing:?}");
        assert!(
            body.as_ptr_range().contains(&events[0].data.as_ptr()),
            "{framing:?} copied"
        );
    }
}

#[test]
fn an_event_over_the_limit_is_an_error_and_those_before_it_are_delivered() {
    let cases: [(Framing, &[u8]); 4] = [
        (Framing::Sse, b"data: 12\n\ndata: 1234567\n\n"),
        (Framing::Sse, b"data: 12\n\ndata: 12\ndata: 12\ndata: 12\n\n"),
        (Framing::Ndjson, b"12\n0123456789012\n"),
        (Framing::JsonArray, b"[{}, {\"abcdefghij\":1}]"),
    ];
    for (framing, body) in cases {
        let (events, end) = at_every_split(framing, 12, body);
        assert_eq!(end, Err(FramingError::TooLarge { limit: 12 }), "{framing:?}");
        assert_eq!(events.len(), 1, "{framing:?}");
    }
    let (_, end) = at_every_split(Framing::None, 2, b"123");
    assert_eq!(end, Err(FramingError::TooLarge { limit: 2 }));
}

#[test]
fn an_unterminated_event_over_the_limit_is_an_error_before_its_end() {
    for framing in [Framing::Sse, Framing::Ndjson, Framing::JsonArray] {
        let mut framer = Framer::new(framing, 100);
        framer.push(Bytes::from_static(b"[{"), &mut Vec::new()).unwrap();
        let end = framer.push(Bytes::from(vec![b'x'; 100]), &mut Vec::new());
        assert_eq!(end, Err(FramingError::TooLarge { limit: 100 }), "{framing:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_outcome_at_any_split(
        body in r#"([dat: \r\n]|data:|event: x\n|\{"a":"\\"\}|[\[\]{},"\\]|\u{FEFF}){0,40}"#,
        size in 1_usize..9,
        limit in 4_usize..40,
    ) {
        for framing in [Framing::None, Framing::Sse, Framing::Ndjson, Framing::JsonArray] {
            let whole = feed(framing, limit, std::iter::once(body.as_bytes()));
            prop_assert_eq!(feed(framing, limit, body.as_bytes().chunks(size)), whole);
        }
    }
}
