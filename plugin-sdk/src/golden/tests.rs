//! Tests that the runner catches the faults it exists to catch.

use std::cell::Cell;

use serde_json::json;

use super::*;
use crate::canonical::{Chunk, Delta, FinishReason};
use crate::{Call, Decoded, Event, Manifest, Prepared};

/// An upstream whose events are words, and whose end marker is the event `end`.
struct Words;

impl Adapter for Words {
    type Settings = ();
    type State = u32;

    fn manifest() -> Manifest {
        Manifest::new("words", "0.0.0")
    }

    fn prepare(_: &Call<()>) -> Result<Prepared, Failure> {
        Err(Failure::client("words has no requests"))
    }

    fn decode_events(_: &Call<()>, words: &mut u32, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        let mut decoded = Decoded::default();
        for event in events {
            let word = String::from_utf8_lossy(&event.data);
            match event.name.as_str() {
                "end" => {
                    decoded.chunks.push(Chunk::of(FinishReason::Stop));
                    decoded.done = true;
                    break;
                }
                "fault" => return Err(Failure::overloaded(word)),
                _ => *words += 1,
            }
            decoded.chunks.push(Chunk::of(Delta::text(format!("{words} {word}"))));
        }
        if last && !decoded.done && !FORGIVING.get() {
            return Err(Failure::malformed("the end is missing"));
        }
        Ok(decoded)
    }
}

/// The same, but its result depends on how events are batched, which must be detected.
struct Counting;

impl Adapter for Counting {
    type Settings = ();
    type State = u32;

    fn manifest() -> Manifest {
        Manifest::new("counting", "0.0.0")
    }

    fn prepare(call: &Call<()>) -> Result<Prepared, Failure> {
        Words::prepare(call)
    }

    fn decode_events(call: &Call<()>, words: &mut u32, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        let mut decoded = Words::decode_events(call, words, events, last)?;
        decoded.chunks.truncate(1);
        Ok(decoded)
    }
}

thread_local! {
    /// Whether `Words` accepts a stream without its end marker as complete.
    static FORGIVING: Cell<bool> = const { Cell::new(false) };
}

fn events(names: &[&str]) -> Vec<Event> {
    let event = |name: &&str| Event {
        name: (*name).to_owned(),
        data: b"w".to_vec(),
    };
    names.iter().map(event).collect()
}

#[test]
fn a_stream_gives_its_chunks_and_stops_at_its_end_mark() {
    let replay = replay::<Words>(&Case::default(), &events(&["", "", "end", "late"])).unwrap();
    let text = |index: usize| &replay.chunks[index]["choices"][0]["delta"]["content"];
    assert_eq!(
        (text(0), text(1), replay.chunks.len()),
        (&json!("1 w"), &json!("2 w"), 3)
    );
    assert_eq!(replay.end, Ok(()));
}

#[test]
fn a_result_that_depends_on_the_batches_is_found() {
    let fault = replay::<Counting>(&Case::default(), &events(&["", "", "end"])).unwrap_err();
    assert!(
        fault.starts_with("split after event 0 of 3, the stream decodes to\n"),
        "{fault}"
    );
}

#[test]
fn a_cut_stream_that_passes_for_complete_is_found() {
    FORGIVING.set(true);
    let fault = replay::<Words>(&Case::default(), &events(&["", "end"])).unwrap_err();
    assert_eq!(fault, "cut off before event 0, the stream counts as complete");
}

#[test]
fn a_stream_that_fails_midway_fails_however_it_is_parted() {
    let replay = replay::<Words>(&Case::default(), &events(&["", "fault", "end"])).unwrap();
    assert_eq!(replay.end, Err(Failure::overloaded("w")));
    assert_eq!(replay.chunks.len(), 1);
}

#[test]
fn a_stream_without_its_end_mark_fails() {
    let replay = replay::<Words>(&Case::default(), &events(&["", ""])).unwrap();
    assert_eq!(replay.end, Err(Failure::malformed("the end is missing")));
}

#[test]
fn a_short_recording_is_parted_everywhere_and_a_long_one_at_evenly_spread_places() {
    assert_eq!(replay::boundaries(3).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(replay::boundaries(0).collect::<Vec<_>>(), [0]);
    let long: Vec<_> = replay::boundaries(950).collect();
    assert_eq!((long[1], long.len()), (10, 95));
}

fn event(name: &str, data: &str) -> Event {
    Event {
        name: name.into(),
        data: data.into(),
    }
}

#[test]
fn a_recording_is_a_case_and_its_events() {
    let text = ": {\"model\": \"m\"}\r\nevent: a\r\ndata: 1\r\ndata:2\r\n\r\ndata\n\nevent: x\n\ndata: cut";
    let case = recording::case(text.as_bytes()).unwrap();
    assert_eq!(case.model.as_deref(), Some("m"));
    assert_eq!(recording::parse_sse(text), [event("a", "1\n2")]);
}

#[test]
fn a_last_event_needs_no_blank_line_and_whole_json_no_line_end() {
    assert_eq!(recording::parse_sse("data: 1\n"), [event("", "1")]);
    assert_eq!(
        recording::parse_sse("event: a\ndata: {\"b\":1}"),
        [event("a", "{\"b\":1}")]
    );
    assert_eq!(recording::parse_sse("data: [DONE]"), [event("", "[DONE]")]);
    assert_eq!(recording::parse_sse("data: 1"), []);
}

#[test]
fn every_framing_of_the_contract_is_cut() {
    let of = |text: &str, framing: &str| recording::cut(text.as_bytes(), framing).unwrap();
    assert_eq!(
        of("{\"a\":1}\r\n\n{\"a\":2}", "ndjson"),
        [event("", "{\"a\":1}"), event("", "{\"a\":2}")]
    );
    assert_eq!(
        of("[{\"a\": 1},\n{}]", "json-array"),
        [event("", "{\"a\": 1}"), event("", "{}")]
    );
    assert_eq!(of("{}", "none"), [event("", "{}")]);
    let text = |name: &str, value: &str| {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        let head = [&[u8::try_from(name.len()).unwrap()], name.as_bytes(), &[7], &length[..]].concat();
        [&head[..], value.as_bytes()].concat()
    };
    let headers = [
        text(":message-type", "event"),
        text(":event-type", "word"),
        vec![1, b'b', 0],
    ]
    .concat();
    let length = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    let total = 12 + headers.len() + 2 + 4;
    let message = [
        &length(total)[..],
        &length(headers.len()),
        &[0; 4],
        &headers,
        b"{}",
        &[0; 4],
    ]
    .concat();
    let events = recording::cut(&[&message[..], &message].concat(), "aws-event-stream").unwrap();
    assert_eq!(events, [event("word", "{}"), event("word", "{}")]);
    assert!(recording::cut(&message[1..], "aws-event-stream").is_err());
    assert!(recording::cut(b"", "telegraph").is_err());
}

#[test]
fn the_numbers_of_a_body_keep_their_digits() {
    let text =
        r#"{"body": {"n": 1.50, "messages": [10.10]}, "reply": {"body": [1e400, -0.0]}, "parameters": {"p": 7}}"#;
    let case = Case::parse(text).unwrap();
    case.call();
    assert_eq!(crate::host::body(), br#"{"n":1.50,"messages":[10.10]}"#);
    assert_eq!(case.reply.unwrap().body.text(), "[1e400,-0.0]");
}

#[test]
fn a_case_with_an_unknown_member_is_refused() {
    let fault = Case::parse(r#"{"bdoy": {}}"#).unwrap_err();
    assert!(
        fault.starts_with("is not a valid case: unknown field `bdoy`"),
        "{fault}"
    );
}

#[test]
fn parameters_come_without_the_bulk() {
    let case = r#"{"body": {"model": "m", "messages": [1], "input": 2, "documents": 3, "n": 4}}"#;
    Case::parse(case).unwrap().call();
    assert_eq!(crate::host::parameters(), br#"{"model":"m","n":4}"#);
}

#[test]
#[should_panic(expected = "no cases found")]
fn a_folder_without_cases_fails() {
    run::<Words>("tests/no-such-folder");
}
