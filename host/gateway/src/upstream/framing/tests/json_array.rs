//! The streamed JSON array: whole elements, whatever they contain.

use super::{Framing, FramingError, LIMIT, at_every_split, events, recordings, text, unnamed};

#[test]
fn elements_are_cut_verbatim() {
    let body = br#" [ {"a": [1, {"b": "]}\"\\"}]} ,
{"\\":"[{"} , {} ] "#;
    let expected = [r#"{"a": [1, {"b": "]}\"\\"}]}"#, r#"{"\\":"[{"}"#, "{}"];
    assert_eq!(events(Framing::JsonArray, body), unnamed(&expected));
}

#[test]
fn an_empty_array_has_no_events() {
    assert_eq!(events(Framing::JsonArray, b"[ ]\n"), []);
}

#[test]
fn an_element_is_delivered_before_the_comma_after_it() {
    let (events, end) = at_every_split(Framing::JsonArray, LIMIT, br#"[{"a":1}"#);
    assert_eq!(text(&events[0].data), r#"{"a":1}"#);
    assert_eq!(end, Err(FramingError::Truncated));
}

#[test]
fn a_body_that_ends_before_the_closing_bracket_is_truncated() {
    for body in ["", " ", "[", "[{}", "[{},", "[{}, {\"a\":\"", "[{\"a\":\"\\"] {
        let (_, end) = at_every_split(Framing::JsonArray, LIMIT, body.as_bytes());
        assert_eq!(end, Err(FramingError::Truncated), "{body:?}");
    }
}

#[test]
fn anything_but_an_array_of_objects_is_malformed() {
    for body in [
        "{}", "[1]", "[{} {}]", "[{},]", "[,{}]", "[{}]]", "[{}] x", "[[]]", "[\"a\"]",
    ] {
        let (_, end) = at_every_split(Framing::JsonArray, LIMIT, body.as_bytes());
        assert!(matches!(end, Err(FramingError::Malformed(_))), "{body:?}: {end:?}");
    }
}

#[test]
fn a_recorded_stream_in_array_form_is_cut_into_its_elements() {
    for path in recordings("google") {
        if !path.to_string_lossy().ends_with(".chunks.txt") {
            continue;
        }
        let recording = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = recording
            .lines()
            .filter(|line| line.starts_with('{') && line.len() < 2000)
            .take(3)
            .collect();
        let body = format!("[{}\n]\n", lines.join("\n,\r\n"));
        assert_eq!(
            events(Framing::JsonArray, body.as_bytes()),
            unnamed(&lines),
            "{}",
            path.display()
        );
    }
}
