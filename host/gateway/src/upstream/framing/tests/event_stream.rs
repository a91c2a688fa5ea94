//! AWS's event stream: hand-made messages and recordings of Bedrock.

use proptest::prelude::*;

use super::{Framing, FramingError, LIMIT, at_every_split, events, feed, recordings, text};

/// A valid message with these string headers.
fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut raw = Vec::new();
    for (name, value) in headers {
        raw.push(u8::try_from(name.len()).unwrap());
        raw.extend_from_slice(name.as_bytes());
        raw.push(7);
        raw.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        raw.extend_from_slice(value.as_bytes());
    }
    message_of(&raw, payload)
}

fn message_of(headers: &[u8], payload: &str) -> Vec<u8> {
    let total = u32::try_from(headers.len() + payload.len() + 16).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}

/// Two messages of equal length.
fn two_messages() -> Vec<u8> {
    let event = [(":message-type", "event"), (":event-type", "messageStop")];
    [message(&event, r#"{"a":1}"#), message(&event, r#"{"b":2}"#)].concat()
}

#[test]
fn events_exceptions_and_errors_are_named_by_their_types() {
    let body = [
        message(&[(":event-type", "chunk"), (":message-type", "event")], "{}"),
        message(
            &[
                (":exception-type", "throttlingException"),
                (":message-type", "exception"),
            ],
            r#"{"message":"slow"}"#,
        ),
        message(
            &[
                (":message-type", "error"),
                (":error-code", "InternalError"),
                (":error-message", "oh \"no\""),
            ],
            "",
        ),
    ]
    .concat();
    let expected = [
        ("chunk", "{}"),
        ("throttlingException", r#"{"message":"slow"}"#),
        ("InternalError", r#"{"message":"oh \"no\""}"#),
    ];
    let expected = expected.map(|(name, data)| (name.to_owned(), data.to_owned()));
    assert_eq!(events(Framing::AwsEventStream, &body), expected);
}

#[test]
fn headers_of_every_type_can_be_skipped() {
    let mut headers = Vec::new();
    for (kind, value) in [
        (0, &[][..]),
        (1, &[]),
        (2, &[1]),
        (3, &[1; 2]),
        (4, &[1; 4]),
        (5, &[1; 8]),
        (6, &[0, 2, 9, 9]),
        (8, &[1; 8]),
        (9, &[1; 16]),
    ] {
        headers.extend_from_slice(&[1, b'x', kind]);
        headers.extend_from_slice(value);
    }
    headers.extend_from_slice(b"\x0b:event-type\x07\x00\x02hi");
    let body = message_of(&headers, "data");
    assert_eq!(
        events(Framing::AwsEventStream, &body),
        [("hi".to_owned(), "data".to_owned())]
    );
}

#[test]
fn a_flipped_bit_anywhere_is_detected() {
    let body = two_messages();
    for at in 0..body.len() {
        let mut broken = body.clone();
        broken[at] ^= 1;
        let (_, end) = feed(Framing::AwsEventStream, LIMIT, std::iter::once(&broken[..]));
        assert!(matches!(end, Err(FramingError::Malformed(_))), "byte {at}: {end:?}");
    }
}

#[test]
fn unreadable_headers_are_malformed() {
    for headers in [
        &b"\x05ab"[..],
        b"\x01a",
        b"\x01a\x0a",
        b"\x01a\x07\x00\x09x",
        b"\x01a\x04\x00",
    ] {
        let body = message_of(headers, "");
        let (_, end) = at_every_split(Framing::AwsEventStream, LIMIT, &body);
        assert!(matches!(end, Err(FramingError::Malformed(_))), "{headers:?}: {end:?}");
    }
}

#[test]
fn contradictory_lengths_are_malformed() {
    for (total, headers) in [(0_u32, 0_u32), (15, 0), (16, 1), (100, u32::MAX)] {
        let mut body = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        body.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
        body.extend_from_slice(&[0; 100]);
        let (_, end) = at_every_split(Framing::AwsEventStream, LIMIT, &body);
        assert!(
            matches!(end, Err(FramingError::Malformed(_))),
            "{total} {headers}: {end:?}"
        );
    }
}

#[test]
fn a_message_over_the_limit_is_an_error_once_its_prelude_is_read() {
    let body = message(&[], &"x".repeat(100));
    let (_, end) = at_every_split(Framing::AwsEventStream, 100, &body[..12]);
    assert_eq!(end, Err(FramingError::TooLarge { limit: 100 }));
}

#[test]
fn a_body_that_ends_within_a_message_is_truncated() {
    let body = two_messages();
    let half = body.len() / 2;
    for len in (1..half).chain(half + 1..body.len()) {
        let (_, end) = feed(Framing::AwsEventStream, LIMIT, std::iter::once(&body[..len]));
        assert_eq!(end, Err(FramingError::Truncated), "{len} bytes");
    }
}

#[test]
fn recorded_bedrock_streams_are_read_at_every_split() {
    for path in recordings("amazon-bedrock") {
        if path.extension().is_some_and(|extension| extension == "bin") {
            let events = events(Framing::AwsEventStream, &std::fs::read(&path).unwrap());
            assert_eq!(events.first().unwrap().0, "messageStart", "{}", path.display());
            assert_eq!(events.last().unwrap().0, "metadata", "{}", path.display());
            for (_, data) in events {
                serde_json::from_str::<serde_json::Value>(&data).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn any_messages_are_read_whatever_the_chunks(
        payloads in prop::collection::vec(".{0,30}", 0..5),
        size in 1_usize..50,
    ) {
        let body: Vec<u8> =
            payloads.iter().flat_map(|payload| message(&[(":event-type", "e")], payload)).collect();
        let (read, end) = feed(Framing::AwsEventStream, LIMIT, body.chunks(size));
        prop_assert_eq!(end, Ok(()));
        let read: Vec<String> = read.iter().map(|event| text(&event.data)).collect();
        prop_assert_eq!(read, payloads);
    }
}
