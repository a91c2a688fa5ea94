//! Streams through shapers that do as they are told.

mod whole_texts;

use std::collections::BTreeMap;

use jackfield_config::{Grant, OnFailure};
use jackfield_dialects::json::Members;
use jackfield_dialects::{Form, Operation, StreamFacts, TextKey, TextKind, all, canonical};

use super::*;
use crate::shaping::scripted::{refusal, released, replaces, shaper, streams, told};
use crate::shaping::shaper::{Hold, Shaper};
use crate::shaping::verdict::{Released, Trouble};

const TEXT: &str = "My SECRET is \"SECRET\"\nand SECRE ß SECRET";

/// What a client gets of a stream: its events, the texts in them, and the code of the error that ends it.
struct Got {
    events: String,
    texts: BTreeMap<TextKey, String>,
    code: Option<String>,
}

/// The clients' dialects and what their streams arrive in.
fn pairings() -> [(Dialect, Form); 3] {
    [
        (canonical(), Form::Canonical),
        (all()[1], Form::Canonical),
        (all()[1], Form::Native),
    ]
}

/// The chunks or events of a stream that says this, in these pieces.
fn upstream(form: Form, pieces: &[&str]) -> Vec<String> {
    let json = |text: &&str| serde_json::to_string(text).unwrap();
    let (head, each, tail): (_, fn(String) -> String, _) = match form {
        Form::Canonical => (
            vec![r#"{"id":"c","model":"up","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#],
            |text| format!(r#"{{"id":"c","model":"up","choices":[{{"index":0,"delta":{{"content":{text}}}}}]}}"#),
            vec![
                r#"{"id":"c","model":"up","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                "[DONE]",
            ],
        ),
        Form::Native => (
            vec![
                r#"{"type":"message_start","message":{"type":"message","id":"msg_1","model":"up","content":[]}}"#,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ],
            |text| {
                format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":{text}}}}}"#)
            },
            vec![
                r#"{"type":"content_block_stop","index":0}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
                r#"{"type":"message_stop"}"#,
            ],
        ),
    };
    let head = head.into_iter().map(str::to_owned);
    let tail = tail.into_iter().map(str::to_owned);
    head.chain(pieces.iter().map(json).map(each)).chain(tail).collect()
}

/// The events that a client would get without shapers, read in batches of this many chunks.
fn events(dialect: Dialect, form: Form, chunks: &[String], batch: usize) -> Vec<Bytes> {
    let facts = StreamFacts {
        operation: Operation::Chat,
        model: "m",
        provider: "p",
        request_id: "r",
        created: 1,
        include_usage: false,
        request: Members::empty(),
    };
    let mut reader = dialect.stream(form, &facts);
    let mut pieces = Vec::new();
    for chunks in chunks.chunks(batch) {
        let mut out = Vec::new();
        for chunk in chunks {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        pieces.push(out.into());
    }
    let mut out = Vec::new();
    reader.finish(1, &mut out).unwrap();
    pieces.push(out.into());
    pieces
}

async fn shaped(dialect: Dialect, shapers: Vec<Shaper>, pieces: Vec<Bytes>) -> Got {
    let shapers = shapers.into_iter().map(Arc::new).collect();
    let shaping = Shaping::new(shapers, told(Operation::Chat)).unwrap();
    let mut stream = ShapedStream::new(dialect, shaping);
    let (mut out, mut code) = (Vec::new(), None);
    let count = pieces.len();
    for (number, piece) in pieces.into_iter().enumerate() {
        stream.begin(piece, number + 1 == count);
        let shaped = stream.shaped().await.unwrap();
        out.extend_from_slice(&shaped.events);
        if let Some(error) = shaped.stopped {
            code = Some(error.code().to_owned());
            break;
        }
    }
    let events = String::from_utf8(out).unwrap();
    let mut reader = dialect.stream_texts();
    let mut texts: BTreeMap<TextKey, String> = BTreeMap::new();
    for event in events.split_inclusive("\n\n") {
        for piece in reader.read(event.as_bytes()).texts {
            texts.entry(piece.key).or_default().push_str(&piece.text);
        }
    }
    Got { events, texts, code }
}

fn text(got: &Got) -> &str {
    got.texts.values().next().map_or("", String::as_str)
}

fn whole(text: &str) -> Vec<&str> {
    let mut pieces: Vec<&str> = text.split("").collect();
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[tokio::test]
async fn a_word_is_replaced_wherever_a_text_is_cut_in_every_dialect() {
    let expected = TEXT.replace("SECRET", "[x]");
    for (dialect, form) in pairings() {
        let cuts = TEXT.char_indices().map(|(at, _)| vec![&TEXT[..at], &TEXT[at..]]);
        for pieces in cuts.chain([whole(TEXT)]) {
            for batch in [1, 2, 100] {
                let events = events(dialect, form, &upstream(form, &pieces), batch);
                let got = shaped(dialect, vec![shaper("s", replaces("SECRET", "[x]"))], events).await;
                assert_eq!(
                    (text(&got), &got.code),
                    (expected.as_str(), &None),
                    "{pieces:?} {batch}"
                );
            }
        }
    }
}

#[tokio::test]
async fn several_shapers_follow_one_another() {
    let both = || {
        // The last one sees the reply first.
        let inner = shaper("b", replaces("SECRET", "HIDDEN"));
        vec![shaper("a", replaces("HIDDEN is", "it was")), inner]
    };
    for (dialect, form) in pairings() {
        let events = events(dialect, form, &upstream(form, &whole(TEXT)), 1);
        let got = shaped(dialect, both(), events).await;
        assert_eq!(text(&got), "My it was \"HIDDEN\"\nand SECRE ß HIDDEN");
    }
}

#[tokio::test]
async fn what_is_not_replaced_stays_byte_for_byte() {
    for (dialect, form) in pairings() {
        for hold in [Hold::Window(64), Hold::Whole] {
            let events = events(dialect, form, &upstream(form, &["a ", "b", " c"]), 2);
            let plain = events.concat();
            let kept = Shaper {
                hold,
                ..shaper("s", replaces("SECRET", ""))
            };
            let got = shaped(dialect, vec![kept], events.clone()).await;
            assert_eq!(text(&got), "a b c");
            if hold != Hold::Whole {
                assert_eq!(got.events.as_bytes(), plain, "{form:?}");
            }
            let blind = Shaper {
                sees: vec![Grant::Texts],
                ..shaper("s", replaces("a", "b"))
            };
            let shaping = Shaping::new(vec![Arc::new(blind)], told(Operation::Chat)).unwrap();
            assert!(ShapedStream::new(dialect, shaping).is_idle());
        }
    }
}

#[tokio::test]
async fn a_text_comes_before_what_ends_it() {
    for (dialect, form, before) in [
        (canonical(), Form::Canonical, "\"finish_reason\":\"stop\""),
        (all()[1], Form::Canonical, "content_block_stop"),
        (all()[1], Form::Native, "content_block_stop"),
    ] {
        let events = events(dialect, form, &upstream(form, &["a", "b"]), 1);
        let whole = Shaper {
            hold: Hold::Whole,
            ..shaper("s", replaces("ab", "[both]"))
        };
        let got = shaped(dialect, vec![whole], events).await;
        let (text, end) = (got.events.find("[both]"), got.events.find(before));
        assert!(text.unwrap() < end.unwrap(), "{}", got.events);
    }
}

#[tokio::test]
async fn a_text_comes_before_the_call_that_follows_it() {
    let chunks: Vec<String> = [
        r#"{"choices":[{"delta":{"content":"let me SEC"}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":\"SECRET\"}"}}]}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
    ]
    .map(str::to_owned)
    .to_vec();
    for dialect in [canonical(), all()[1]] {
        let events = events(dialect, Form::Canonical, &chunks, 1);
        let got = shaped(dialect, vec![shaper("s", replaces("SECRET", "x"))], events).await;
        let text = |kind| {
            got.texts
                .iter()
                .find(|(key, _)| key.kind == kind)
                .map(|(_, text)| text.as_str())
        };
        assert_eq!(text(TextKind::Text), Some("let me SEC"));
        assert_eq!(text(TextKind::ToolArguments), Some(r#"{"a":"x"}"#));
        let call = got.events.find("\"f\"").unwrap();
        assert!(got.events.rfind("SEC").unwrap() < call, "{}", got.events);
    }
}

#[tokio::test]
async fn a_refusal_ends_the_stream_without_a_finish() {
    let refuses = || {
        streams(|_, piece| {
            let at = piece.text.find("SECRET");
            let refusal = at.is_some().then(refusal);
            let text = &piece.text[..at.unwrap_or(piece.text.len())];
            Ok(Released {
                refusal,
                ..released(piece, piece.text.len(), text)
            })
        })
    };
    for (dialect, form) in pairings() {
        for batch in [1, 100] {
            let events = events(dialect, form, &upstream(form, &["fine, ", "a SECRET", " more"]), batch);
            let got = shaped(dialect, vec![shaper("s", refuses())], events).await;
            assert_eq!(got.code.as_deref(), Some("not_here"));
            assert!(text(&got).starts_with("fine, a"), "{}", got.events);
            for forbidden in [
                "SECRET",
                "more",
                "\"finish_reason\":\"stop\"",
                "[DONE]",
                "content_block_stop",
                "end_turn",
            ] {
                assert!(!got.events.contains(forbidden), "{forbidden} {}", got.events);
            }
        }
    }
}

#[tokio::test]
async fn a_shaper_that_fails_or_lies_stops_the_stream_or_is_passed_over() {
    type Lie = fn(&[u8], crate::shaping::verdict::Fragment<'_>) -> Result<Released, Trouble>;
    let lies: [Lie; 5] = [
        |_, _| Err(Trouble::Failed("trapped".to_owned())),
        |_, piece| Ok(released(piece, piece.text.len() + 1, "LIE")),
        |_, piece| Ok(released(piece, piece.text.find('ß').map_or(0, |at| at + 1), "LIE")),
        |_, piece| Ok(released(piece, 0, "LIE")),
        |_, piece| {
            Ok(released(
                piece,
                piece.text.len().saturating_sub(usize::from(piece.last)),
                "LIE",
            ))
        },
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        for (dialect, form) in pairings() {
            let events = events(dialect, form, &upstream(form, &["a ß b", " c"]), 1);
            let liar = |on_failure| Shaper {
                on_failure,
                hold: Hold::Window(2),
                ..shaper("s", streams(lie))
            };
            let strict = shaped(dialect, vec![liar(OnFailure::Refuse)], events.clone()).await;
            if strict.code.is_none() {
                // It told the truth as long as a text had no end.
                continue;
            }
            assert_eq!(strict.code.as_deref(), Some("SHAPER_FAILED"), "{number}");
            assert!(!strict.events.contains("\"stop\"") && !strict.events.contains("message_stop"));
            let lax = shaped(dialect, vec![liar(OnFailure::Pass)], events).await;
            assert_eq!(lax.code, None);
            assert!(text(&lax).ends_with('c'), "{number} {}", lax.events);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_held_back_without_end() {
    let held = || Shaper {
        hold: Hold::Whole,
        ..shaper("s", replaces("SECRET", "x"))
    };
    let piece = |text: &str| {
        Bytes::from(format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        ))
    };
    let start = || {
        let shaping = Shaping::new(vec![Arc::new(held())], told(Operation::Chat)).unwrap();
        ShapedStream::new(canonical(), shaping)
    };
    let mut long = start();
    for (wait, stopped) in [(1, false), (240, false), (120, true)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        long.begin(piece("a"), false);
        assert_eq!(long.shaped().await.unwrap().stopped.is_some(), stopped, "{wait}");
    }
    let mut large = start();
    large.begin(piece(&"a".repeat(8 << 20)), false);
    assert!(large.shaped().await.unwrap().stopped.is_none());
    large.begin(piece("a"), false);
    assert!(large.shaped().await.unwrap().stopped.is_some());
}

#[tokio::test]
async fn what_repeats_a_changed_text_goes_with_it() {
    let chunks = [
        r#"{"choices":[{"delta":{"content":"SECRET"},"logprobs":{"content":[{"token":"SECRET"}]}}]}"#,
        r#"{"choices":[{"delta":{"content":" plain"},"logprobs":{"content":[{"token":"plain"}]}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let chunks = chunks.map(str::to_owned);
    let events = events(canonical(), Form::Canonical, &chunks, 1);
    let got = shaped(canonical(), vec![shaper("s", replaces("SECRET", "x"))], events).await;
    assert!(
        !got.events.contains("SECRET") && got.events.contains(r#"{"token":"plain"}"#),
        "{}",
        got.events
    );
}
