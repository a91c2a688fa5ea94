//! Server-sent events: the rules of the standard, and recordings of vendors.

use proptest::prelude::*;

use super::{Event, Framing, FramingError, LIMIT, at_every_split, events, feed, recordings, unnamed};

#[test]
fn lines_end_with_lf_cr_lf_or_cr() {
    for body in [
        "data: a\n\ndata: b\n\n",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\rdata: b\r\r",
    ] {
        assert_eq!(events(Framing::Sse, body.as_bytes()), unnamed(&["a", "b"]), "{body:?}");
    }
    assert_eq!(
        events(Framing::Sse, b"data: a\n\r\ndata: b\r\r\n"),
        unnamed(&["a", "b"])
    );
}

#[test]
fn a_byte_order_mark_is_removed_at_the_beginning_only() {
    let body = "\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n";
    assert_eq!(events(Framing::Sse, body.as_bytes()), unnamed(&["a"]));
    let body = "\n\u{FEFF}data: b\n\n";
    assert_eq!(events(Framing::Sse, body.as_bytes()), []);
    let body = "\u{FEFF}\ndata: a\n\n";
    assert_eq!(events(Framing::Sse, body.as_bytes()), unnamed(&["a"]));
}

#[test]
fn data_lines_are_joined_by_line_feeds() {
    let body = b"data: a\ndata:\ndata\ndata:b\n\n";
    assert_eq!(events(Framing::Sse, body), unnamed(&["a\n\n\nb"]));
}

#[test]
fn one_space_after_the_colon_is_not_part_of_the_value() {
    let body = b"data:a\n\ndata:  b\n\ndata: \n\n";
    assert_eq!(events(Framing::Sse, body), unnamed(&["a", " b"]));
}

#[test]
fn an_event_without_data_counts_only_if_it_has_a_name() {
    let body = b"data:\n\ndata\n\ndata: \ndata:\n\n\n\nevent: done\ndata:\n\nevent: done\n\nevent\ndata: 1\n\n";
    let expected = [("done".to_owned(), String::new()), (String::new(), "1".to_owned())];
    assert_eq!(events(Framing::Sse, body), expected);
}

#[test]
fn the_event_field_names_only_its_own_event() {
    let body = b"event: ping\ndata: 1\n\ndata: 2\n\nevent: x\nevent:y\ndata: 3\n\nevent:\ndata: 4\n\n";
    let named = [("ping", "1"), ("", "2"), ("y", "3"), ("", "4")];
    let expected = named.map(|(name, data)| (name.to_owned(), data.to_owned()));
    assert_eq!(events(Framing::Sse, body), expected);
}

#[test]
fn comments_and_other_fields_are_ignored() {
    let body = b": keep-alive\n\nid: 7\nretry: 10\ndatabase: x\n: data: y\ndata: 1\n:\n\nevent: z\n\ndata: 2\n\n";
    assert_eq!(events(Framing::Sse, body), unnamed(&["1", "2"]));
}

#[test]
fn a_last_event_without_its_blank_line_is_dispatched() {
    assert_eq!(events(Framing::Sse, b"data: 1\n\ndata: 2\n"), unnamed(&["1", "2"]));
    assert_eq!(events(Framing::Sse, b"data: 1\r"), unnamed(&["1"]));
    assert_eq!(events(Framing::Sse, b"event: x\n"), []);
}

#[test]
fn a_truncated_last_line_is_an_error() {
    for body in [
        "data: 1\n\ndata: {\"a\"",
        "data: 1\n\nd",
        "data: 1\n\ndata",
        "data: 1\n\ndata: 2\ndata: 3",
        "data: 1\n\ndata: {}\ndata: {}",
        "data: 1\n\nevent: message_stop",
    ] {
        let (events, end) = at_every_split(Framing::Sse, LIMIT, body.as_bytes());
        assert_eq!(end, Err(FramingError::Truncated), "{body:?}");
        assert_eq!(events.len(), 1, "{body:?}");
    }
}

#[test]
fn what_is_whole_needs_no_line_end() {
    for last in [
        "data: {\"a\":\"\\n\"}",
        "data:[1, 2] ",
        "data: {}\r",
        "event: x\ndata: {\ndata: }",
        ": bye",
    ] {
        let body = format!("data: 1\n\n{last}");
        let (events, end) = at_every_split(Framing::Sse, LIMIT, body.as_bytes());
        assert_eq!(end, Ok(()), "{last:?}");
        assert_eq!(events.len(), if last == ": bye" { 1 } else { 2 }, "{last:?}");
    }
    assert_eq!(
        events(Framing::Sse, b"data: 1\n\ndata: [DONE]"),
        unnamed(&["1", "[DONE]"])
    );
    assert_eq!(events(Framing::Sse, b"data:[DONE]"), unnamed(&["[DONE]"]));
}

#[test]
fn invalid_utf8_in_a_name_is_replaced() {
    let (events, _) = at_every_split(Framing::Sse, LIMIT, b"event: a\xFF\ndata: 1\n\n");
    assert_eq!(events[0].name(), "a\u{FFFD}");
}

#[test]
fn recorded_streams_are_cut_the_same_way_at_every_split() {
    for path in ["deepseek", "groq", "mistral"].into_iter().flat_map(recordings) {
        if !path.to_string_lossy().ends_with(".chunks.txt") {
            continue;
        }
        // The first lines suffice, because the cost grows with the square of the length.
        let recording = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = recording.lines().filter(|line| !line.is_empty()).take(6).collect();
        let body: String = lines.iter().map(|line| ["data: ", line, "\r\n\r\n"].concat()).collect();
        assert_eq!(
            events(Framing::Sse, body.as_bytes()),
            unnamed(&lines),
            "{}",
            path.display()
        );
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let line = "[^\r\n]{0,12}";
    let name = prop::option::of("[^\r\n ][^\r\n]{0,5}".prop_map(Into::into));
    (name, prop::collection::vec(line, 1..4)).prop_map(|(name, lines)| Event {
        name,
        data: lines.join("\n").into(),
    })
}

fn write(event: &Event, line_end: &str) -> String {
    let mut text = String::new();
    if event.name.is_some() {
        text += &["event: ", &event.name(), line_end].concat();
    }
    for line in String::from_utf8_lossy(&event.data).split('\n') {
        text += &["data: ", line, line_end].concat();
    }
    text + line_end
}

proptest! {
    #[test]
    fn what_was_written_is_read_whatever_the_line_ends_and_chunks(
        written in prop::collection::vec((any_event(), 0_usize..3), 0..6),
        size in 1_usize..40,
    ) {
        let body: String = written
            .iter()
            .map(|(event, end)| write(event, ["\n", "\r\n", "\r"][*end]))
            .collect();
        let (read, end) = feed(Framing::Sse, LIMIT, body.as_bytes().chunks(size));
        prop_assert_eq!(end, Ok(()));
        let says_something = |event: &Event| event.name.is_some() || !event.data.trim_ascii().is_empty();
        let written: Vec<Event> = written.into_iter().map(|(event, _)| event).filter(says_something).collect();
        prop_assert_eq!(read, written);
    }
}
