//! What marks become in what an adapter returns.

use super::*;
use crate::contract::{HttpRequest, Payload};

const MOST: usize = 1 << 20;

fn marked(body: &str, texts: &[&str]) -> (String, LongTexts) {
    let at = texts.iter().map(|text| {
        let start = body.find(text).unwrap_or_default();
        start..start + text.len()
    });
    let (marked, texts) = LongTexts::marked(body.as_bytes(), at.collect()).unwrap_or_else(|| unreachable!("has texts"));
    (String::from_utf8_lossy(&marked).into_owned(), texts)
}

fn exchange(body: &str, state: &str) -> Prepared {
    Prepared::Exchange(Exchange {
        request: HttpRequest {
            method: "POST".to_owned(),
            path: "/chat".to_owned(),
            headers: Vec::new(),
            body: Body::Bytes(body.into()),
        },
        framing: "none".to_owned(),
        dialect: None,
        state: state.into(),
        delay_ms: 0,
        more: Vec::new(),
    })
}

/// The body of the filled exchange.
fn filled(texts: LongTexts, made: Prepared, body: &[u8], most: usize) -> Result<String, Unfilled> {
    let body = Bytes::copy_from_slice(body);
    let made = texts.filled(Ok(made), &body, most)?.map(Made::joined);
    let Ok(Prepared::Exchange(exchange)) = made else {
        unreachable!("an exchange stays one")
    };
    match exchange.request.body {
        Body::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        other => Ok(format!("{other:?}")),
    }
}

#[test]
fn marks_stand_for_the_texts() {
    let body = r#"{"a":"first","b":["second"]}"#;
    let (marked, mut texts) = marked(body, &["\"first\"", "\"second\""]);
    let mark = texts.mark().to_owned();
    assert_eq!(marked, format!(r#"{{"a":"{mark}0","b":["{mark}1"]}}"#));
    assert_eq!(texts.fetch(body.as_bytes(), 1), Some(b"\"second\"".as_slice()));
    assert_eq!(texts.fetch(body.as_bytes(), 2), None);
    assert!(LongTexts::marked(b"{}", Vec::new()).is_none());
}

#[test]
fn texts_come_back_byte_for_byte_in_any_order_and_number() {
    let (first, second) = (r#""first \/ \u00e9 text \"quoted\"""#, r#""second text é""#);
    let body = format!(r#"{{"messages":[{{"content":{first}}},{{"content":{second}}}]}}"#);
    let (_, texts) = marked(&body, &[first, second]);
    let mark = texts.mark();
    let made = format!(r#"{{"a":["{mark}1","{mark}0","{mark}1"]}}"#);
    let whole = filled(texts.clone(), exchange(&made, ""), body.as_bytes(), MOST).unwrap();
    assert_eq!(whole, format!(r#"{{"a":[{second},{first},{second}]}}"#));
}

#[test]
fn a_text_that_was_fetched_may_be_left_out_and_no_other() {
    let (first, second) = ("\"a long text\"", "\"another text\"");
    let body = format!("[{first},{second}]");
    let (_, mut texts) = marked(&body, &[first, second]);
    let body = body.as_bytes();
    let made = || exchange(&format!("[\"{}0\"]", texts.mark()), "");
    assert_eq!(filled(texts.clone(), made(), body, MOST), Err(Unfilled::Elsewhere));
    let made = made();
    texts.fetch(body, 1);
    assert_eq!(
        filled(texts.clone(), made, body, MOST).as_deref(),
        Ok("[\"a long text\"]")
    );

    // A fault is one, whatever the texts say.
    let (_, unread) = marked("[\"a long text\"]", &[first]);
    let failure = |message: &str| {
        Err(Failure {
            class: "client".to_owned(),
            message: message.to_owned(),
            retry_after_ms: None,
            detail: Vec::new(),
        })
    };
    let mark = format!("{}0 is too long", unread.mark());
    assert!(
        unread
            .clone()
            .filled(failure("no"), &Bytes::new(), MOST)
            .is_ok_and(|made| made.is_err())
    );
    assert_eq!(
        unread.filled(failure(&mark), &Bytes::new(), MOST).err(),
        Some(Unfilled::Elsewhere)
    );
}

#[test]
fn a_mark_elsewhere_is_found_wherever_it_stands() {
    let body = r#"{"messages":[{"content":"a long text"}]}"#;
    let (_, texts) = marked(body, &["\"a long text\""]);
    let (body, mark) = (body.as_bytes(), texts.mark());
    for written in [
        format!(r#"{{"a":"{mark}0 and more"}}"#),
        format!(r#"{{"a":"before {mark}0"}}"#),
        format!(r#"{{"a":"{{\"b\":\"{mark}0\"}}"}}"#),
        format!(r#"{{"a":"{mark}1"}}"#),
        format!(r#"{{"a":"{mark}""#),
        format!(r#"{{"a":"{mark}18446744073709551616"}}"#),
        mark.to_owned(),
    ] {
        let outcome = filled(texts.clone(), exchange(&written, ""), body, MOST);
        assert_eq!(outcome, Err(Unfilled::Elsewhere), "{written}");
    }
    let outcome = filled(texts.clone(), exchange("{}", &format!("\"{mark}0\"")), body, MOST);
    assert_eq!(outcome, Err(Unfilled::Elsewhere));
    let answer = Prepared::Answer(Answer::Whole(Payload {
        media_type: String::new(),
        body: format!("\"{mark}0\"").into(),
        more: Vec::new(),
    }));
    assert_eq!(
        texts.clone().filled(Ok(answer), &Bytes::new(), MOST).err(),
        Some(Unfilled::Elsewhere)
    );
}

#[test]
fn a_text_repeated_without_end_is_too_long() {
    let text = format!("\"{}\"", "x".repeat(1000));
    let body = format!(r#"{{"messages":[{{"content":{text}}}]}}"#);
    let (_, texts) = marked(&body, &[&text]);
    let made = format!("\"{}0\"", texts.mark()).repeat(2000);
    let outcome = filled(texts.clone(), exchange(&made, ""), body.as_bytes(), MOST);
    assert_eq!(outcome, Err(Unfilled::TooLong));
}
