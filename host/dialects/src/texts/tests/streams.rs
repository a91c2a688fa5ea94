//! The texts in the events of streams.

use crate::client::Dialect;
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, TextKey, WHOLE};
use crate::{all, canonical};

fn read(dialect: Dialect, events: &[&str]) -> Vec<EventTexts> {
    let mut texts = dialect.stream_texts();
    events.iter().map(|event| texts.read(event.as_bytes())).collect()
}

fn chunk(choices: &str) -> String {
    format!("data: {{\"id\":\"c\",\"created\":7,\"model\":\"m\",\"choices\":[{choices}]}}\n\n")
}

fn said(seen: &EventTexts) -> Vec<(u32, TextKind, u32, &str)> {
    let texts = seen.texts.iter();
    texts
        .map(|piece| (piece.key.choice, piece.key.kind, piece.key.place, piece.text.as_str()))
        .collect()
}

#[test]
fn a_chunk_tells_what_it_says() {
    use TextKind::{Reasoning, Text, ToolArguments};
    let read = |choices: &str| read(canonical(), &[&chunk(choices)]).remove(0);
    let seen = read(r#"{"index":2,"delta":{"content":"hi"},"finish_reason":null}"#);
    assert_eq!((said(&seen), seen.bare), (vec![(2, Text, 0, "hi")], true));
    let seen = read(r#"{"index":0,"delta":{"role":"assistant","content":""}}"#);
    assert_eq!((said(&seen), seen.bare), (vec![], false));
    let seen =
        read(r#"{"index":0,"delta":{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}}"#);
    assert_eq!(
        (said(&seen), seen.bare),
        (vec![(0, Reasoning, 1, "hm"), (0, Reasoning, 2, "hm")], true)
    );
    let seen = read(r#"{"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{"}}]}}"#);
    assert_eq!((said(&seen), seen.bare), (vec![(0, ToolArguments, 1, "{")], true));
    let text = Ends {
        choice: Some(0),
        kind: Some(Text),
        place: None,
    };
    assert!(seen.ends_before.contains(&text));
    let seen = read(r#"{"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":""}}]}}"#);
    assert_eq!((said(&seen), seen.bare), (vec![], false));
    let seen = read(r#"{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}"#);
    assert!(!seen.bare && seen.ends_after[0].choice == Some(1));
}

#[test]
fn an_event_of_a_message_tells_what_it_says() {
    use TextKind::{Reasoning, Text, ToolArguments};
    let events = [
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"c\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
    ];
    let seen = read(all()[1], &events);
    let all: Vec<_> = seen.iter().map(|seen| (said(seen), seen.bare)).collect();
    assert_eq!(
        all,
        [
            (vec![(0, Text, 0, "a")], false),
            (vec![(0, Text, 0, "b")], true),
            (vec![(0, Reasoning, 1, "c")], true),
            (vec![(0, ToolArguments, 2, "{")], true),
            (vec![], false),
            (vec![], false),
            (vec![], false),
        ]
    );
    assert_eq!(seen[5].ends_before[0].place, Some(1));
    assert_eq!(seen[6].ends_before, [Ends::default()]);
}

#[test]
fn an_event_tells_what_stands_whole_in_it() {
    use TextKind::{Text, ToolArguments};
    let block = |block: &str| {
        let event = format!("data: {{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{block}}}\n\n");
        (read(all()[1], &[&event]).remove(0), event)
    };
    let (seen, event) = block(r#"{"type":"tool_use","id":"c","input":{"a": 1}}"#);
    assert_eq!(said(&seen), [(0, ToolArguments, 2, r#"{"a": 1}"#)]);
    assert!(seen.opens && seen.texts[0].is_object && seen.ends_after[0].place == Some(2));
    let replaced = |text| String::from_utf8(seen.replaced(event.as_bytes(), &[(0, text)])).unwrap();
    assert!(replaced(r#"{"b":2}"#).contains(r#""input":{"b":2}}"#));
    assert!(replaced("").contains(r#""input":{}}"#));
    let (seen, _) = block(r#"{"type":"tool_use","id":"c","input":{}}"#);
    assert!(said(&seen).is_empty());
    let (seen, _) = block(r#"{"type":"text","text":"t","citations":[{"cited_text":"q"},{"cited_text":"r"}]}"#);
    assert_eq!(
        said(&seen),
        [(0, Text, 2, "t"), (0, Text, WHOLE + 1, "q"), (0, Text, WHOLE + 2, "r")]
    );
    assert_eq!(seen.ends_after.len(), 2);
    let object =
        chunk(r#"{"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":{"a": 1}}}]}}"#);
    let seen = read(canonical(), &[&object]).remove(0);
    assert_eq!(said(&seen), [(0, ToolArguments, 1, r#"{"a": 1}"#)]);
    assert!(seen.texts[0].is_object && !seen.bare);
    // What is whole goes nowhere else.
    for dialect in [canonical(), all()[1]] {
        let mut out = Vec::new();
        let key = TextKey {
            choice: 0,
            kind: Text,
            place: WHOLE + 1,
        };
        dialect.stream_texts().write(key, "q", &mut out);
        assert!(out.is_empty());
    }
}

#[test]
fn a_piece_is_replaced_where_it_stands() {
    let event = chunk(r#"{"index":0,"delta":{"content":"a\n","x":1.0},"logprobs":{"content":[]}}"#);
    let seen = read(canonical(), &[&event]).remove(0);
    let replaced = String::from_utf8(seen.replaced(event.as_bytes(), &[(0, "*\"")])).unwrap();
    let expected = event
        .replace(r#""a\n""#, r#""*\"""#)
        .replace("{\"content\":[]}", "null");
    assert_eq!(replaced, expected);
}

#[test]
fn a_character_that_was_cut_in_two_is_one() {
    let halves = [
        r#"{"delta":{"content":"x\ud83d"}}"#,
        r#"{"delta":{"content":"\ude00y"}}"#,
    ]
    .map(chunk);
    let seen = read(canonical(), &[&halves[0], &halves[1]]);
    assert_eq!((seen[0].texts[0].text.as_str(), seen[0].texts[0].exact), ("x", false));
    assert_eq!(seen[1].texts[0].text, "\u{1F600}y");
}

#[test]
fn a_written_event_is_read_as_the_piece_that_it_holds() {
    let key = |kind, place| TextKey { choice: 0, kind, place };
    let (text, thought, call) = (TextKind::Text, TextKind::Reasoning, TextKind::ToolArguments);
    for (dialect, first, keys) in [
        (
            canonical(),
            chunk(r#"{"delta":{"content":"a"}}"#),
            vec![
                key(text, 0),
                key(text, 1),
                key(thought, 0),
                key(thought, 1),
                key(thought, 2),
                key(thought, 3),
                key(call, 0),
                key(call, 3),
                key(call, u32::MAX),
            ],
        ),
        (
            all()[1],
            "event: ping\ndata: {\"type\":\"ping\"}\n\n".to_owned(),
            vec![key(text, 3), key(thought, 0), key(call, 7)],
        ),
    ] {
        let mut texts = dialect.stream_texts();
        texts.read(first.as_bytes());
        for key in keys {
            let mut event = Vec::new();
            texts.write(key, "p\"\n", &mut event);
            let seen = texts.read(&event);
            let pieces: Vec<_> = seen
                .texts
                .iter()
                .map(|piece| (piece.key, piece.text.as_str()))
                .collect();
            assert_eq!((pieces, seen.bare), (vec![(key, "p\"\n")], true));
        }
    }
}
