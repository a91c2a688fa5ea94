//! Texts that stand whole in one event: the arguments of a call, quotations, what a search found.

use super::*;

const HEAD: &str = r#"{"type":"message_start","message":{"type":"message","id":"msg_1","model":"up","content":[]}}"#;
const CALL: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"f","input":{"q": "SECRET", "n": 1.0}}}"#;
const QUOTE: &str = r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"so SECRET","document_index":0}}}"#;
const FOUND: &str = r#"{"type":"content_block_start","index":2,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","title":"a SECRET","url":"u"},{"type":"web_search_result","title":"b SECRE","url":"v"}]}}"#;

/// A message of Anthropic's with all of these, and the text of its second block in the block's start.
fn message() -> Vec<String> {
    let stop = |index| format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    let start =
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"my SEC","citations":[]}}"#;
    let rest = r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"RET"}}"#;
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#;
    let stops = [0, 1, 2].map(stop);
    let [first, second, third] = stops.each_ref().map(String::as_str);
    let last = r#"{"type":"message_stop"}"#;
    [HEAD, CALL, first, start, rest, QUOTE, second, FOUND, third, end, last]
        .map(str::to_owned)
        .to_vec()
}

fn native(batch: usize) -> Vec<Bytes> {
    events(all()[1], Form::Native, &message(), batch)
}

#[tokio::test]
async fn what_stands_whole_in_an_event_is_replaced_there() {
    for batch in [1, 3, 100] {
        for hold in [Hold::Window(64), Hold::Whole] {
            let hides = Shaper {
                hold,
                ..shaper("s", replaces("SECRET", "[x]"))
            };
            let got = shaped(all()[1], vec![hides], native(batch)).await;
            for expected in [
                r#""input":{"q": "[x]", "n": 1.0}"#,
                r#""cited_text":"so [x]","document_index":0"#,
                r#""title":"a [x]","url":"u""#,
                r#""title":"b SECRE","url":"v""#,
                "message_stop",
            ] {
                assert!(got.events.contains(expected), "{expected} {}", got.events);
            }
            assert!(!got.events.contains("SECRET") && got.code.is_none(), "{}", got.events);
            let said = got
                .texts
                .iter()
                .find(|(key, _)| key.kind == TextKind::Text && key.place == 1);
            assert_eq!(said.unwrap().1, "my [x]");
        }
    }
}

#[tokio::test]
async fn what_is_kept_or_not_granted_stays_byte_for_byte() {
    let plain = native(1).concat();
    let kept = shaped(all()[1], vec![shaper("s", replaces("NOWHERE", ""))], native(1)).await;
    assert_eq!(kept.events.as_bytes(), plain);
    let blind = Shaper {
        sees: vec![Grant::Reply],
        ..shaper("s", replaces("SECRET", "[x]"))
    };
    let got = shaped(all()[1], vec![blind], native(1)).await;
    assert!(got.events.contains(r#""input":{"q": "SECRET", "n": 1.0}"#));
    assert!(got.events.contains(r#""cited_text":"so [x]""#));
}

#[tokio::test]
async fn an_object_stays_one_or_the_shaper_has_failed() {
    let spoils = |on_failure| Shaper {
        on_failure,
        ..shaper("s", replaces(r#"{"q""#, "oops"))
    };
    let strict = shaped(all()[1], vec![spoils(OnFailure::Refuse)], native(1)).await;
    assert_eq!(strict.code.as_deref(), Some("SHAPER_FAILED"));
    assert!(!strict.events.contains("tool_use"), "{}", strict.events);
    let lax = shaped(all()[1], vec![spoils(OnFailure::Pass)], native(1)).await;
    assert!(lax.code.is_none() && lax.events.contains(r#""input":{"q": "SECRET""#));
}

#[tokio::test]
async fn a_refused_call_does_not_begin_and_what_was_said_before_is_out() {
    let refuses = |word: &'static str| {
        streams(move |_, piece| {
            let at = piece.text.find(word);
            let text = &piece.text[..at.unwrap_or(piece.text.len())];
            Ok(Released {
                refusal: at.is_some().then(refusal),
                ..released(piece, piece.text.len(), text)
            })
        })
    };
    for batch in [1, 100] {
        let got = shaped(all()[1], vec![shaper("s", refuses("SECRET"))], native(batch)).await;
        assert_eq!(got.code.as_deref(), Some("not_here"));
        assert!(!got.events.contains("tool_use"), "{}", got.events);
        let got = shaped(all()[1], vec![shaper("s", refuses("y SEC"))], native(batch)).await;
        assert!(
            got.events.contains(r#""text":"m""#) && !got.events.contains("my"),
            "{}",
            got.events
        );
        assert!(!got.events.contains("message_stop"));
    }
}

#[tokio::test]
async fn quotations_in_chunks_are_shaped_too() {
    let chunks = [
        r#"{"choices":[{"delta":{"content":"as I said"}}]}"#,
        r#"{"choices":[{"delta":{"citations":[{"cited_text":"a SECRET","n":1},"https://a.example",{"cited_text":"b"}]}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let events = events(canonical(), Form::Canonical, &chunks.map(str::to_owned), 1);
    let got = shaped(canonical(), vec![shaper("s", replaces("SECRET", "[x]"))], events).await;
    let expected = r#""citations":[{"cited_text":"a [x]","n":1},"https://a.example",{"cited_text":"b"}]"#;
    assert!(got.events.contains(expected), "{}", got.events);
}
