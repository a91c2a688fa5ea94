//! What another vendor's reply had, taken out of a request for an upstream that speaks this dialect itself: it refuses a
//! signature that is not its own.

use serde_json::value::RawValue;

use super::citations;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members};
use crate::standard::{Dropped, Standard};
use crate::words::signature;

/// Where blocks are.
const BLOCK: &str = "messages[].content[]";

/// What is left of a value.
enum Left {
    All,
    Part(Vec<u8>),
    Nothing,
}

/// The request without thinking whose signature is marked as another vendor's, or as nobody's, and without citations
/// like that. It has no text if there are none, which a search for the mark finds out. A message of which nothing is left
/// goes too.
///
/// Source: "Preserving thinking blocks", <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
pub(super) fn taken_out(members: &Members<'_>) -> Standard {
    let mut dropped = Dropped::default();
    let messages = given(members, "messages").filter(|messages| signature::may_be_in(messages));
    let left = messages.map_or(Left::All, |messages| {
        left_of_list(messages, |message| left_of_message(message.get(), &mut dropped))
    });
    let text = match &left {
        Left::All => None,
        Left::Part(messages) => Some(with(members, "messages", messages)),
        Left::Nothing => Some(with(members, "messages", b"[]")),
    };
    Standard {
        text,
        dropped,
        ..Standard::default()
    }
}

fn left_of_list(list: &str, mut left_of: impl FnMut(&RawValue) -> Left) -> Left {
    let (mut left, mut is_same) = (List::default(), true);
    for entry in entries(list).unwrap_or_default() {
        match left_of(entry) {
            Left::All => left.push(entry.get()),
            Left::Part(part) => {
                is_same = false;
                left.push(part);
            }
            Left::Nothing => is_same = false,
        }
    }
    if is_same {
        Left::All
    } else if left.is_empty() {
        Left::Nothing
    } else {
        Left::Part(left.into_text())
    }
}

fn left_of_message(message: &str, dropped: &mut Dropped) -> Left {
    let Some(members) = marked(message) else {
        return Left::All;
    };
    let content = given(&members, "content").unwrap_or_default();
    match left_of_list(content, |block| left_of_block(block.get(), dropped)) {
        Left::Part(content) => Left::Part(with(&members, "content", &content)),
        left => left,
    }
}

fn left_of_block(block: &str, dropped: &mut Dropped) -> Left {
    let Some(members) = marked(block) else { return Left::All };
    let is_signed_elsewhere = |key| given(&members, key).is_some_and(signature::is_marked);
    let is_foreign = match given(&members, "type").map(inside) {
        Some("thinking") => is_signed_elsewhere("signature"),
        Some("redacted_thinking") => is_signed_elsewhere("data"),
        Some("text") => return left_of_text(&members, dropped),
        _ => false,
    };
    if !is_foreign {
        return Left::All;
    }
    dropped.add(BLOCK, "thinking");
    Left::Nothing
}

fn left_of_text(members: &Members<'_>, dropped: &mut Dropped) -> Left {
    let cited = given(members, "citations").unwrap_or_default();
    let left_of = |citation: &RawValue| {
        if citations::is_foreign(citation) {
            Left::Nothing
        } else {
            Left::All
        }
    };
    let left = match left_of_list(cited, left_of) {
        Left::All => return Left::All,
        Left::Part(citations) => with(members, "citations", &citations),
        // It was there for what a text before it cites; the API takes no empty text.
        Left::Nothing if given(members, "text") == Some("\"\"") => {
            dropped.add(BLOCK, "citations");
            return Left::Nothing;
        }
        Left::Nothing => members.without(&["citations"]),
    };
    dropped.add(BLOCK, "citations");
    Left::Part(left)
}

/// The members of an object that may hold a mark.
fn marked(object: &str) -> Option<Members<'_>> {
    Some(object)
        .filter(|object| signature::may_be_in(object))
        .and_then(|object| Members::of(object).ok())
}

/// The object with another value of a member, which is JSON.
fn with(members: &Members<'_>, key: &str, value: &[u8]) -> Vec<u8> {
    // It is made of texts, so it is one.
    let value = std::str::from_utf8(value).unwrap_or_default();
    members.with(&[(key, Some(value))])
}

#[cfg(test)]
mod tests {
    use super::taken_out;
    use crate::json::Members;

    fn out(body: &str) -> Option<String> {
        let standard = taken_out(&Members::of(body).unwrap());
        assert_eq!(standard.dropped.is_empty(), standard.text.is_none());
        standard.text.map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn another_vendors_thinking_goes_and_all_else_stays_byte_for_byte() {
        let body = |foreign: &str, lone: &str| {
            format!(
                r#"{{ "x": 1.0, "messages":[{{"role":"user","content":"the \"jackfield.\""}},{{"role" : "assistant","content":[{foreign}{{"type":"thinking","thinking":"b","signature":"c2ln"}},{{"type":"tool_use","id":"t","name":"f","input":{{"a": 1.0}}}}]}},{lone}{{"role":"user","content":"so?"}}], "stream":true }}"#
            )
        };
        let foreign = concat!(
            r#"{"type":"thinking","thinking":"a","signature": "jackfield.gemini.CiQB"},"#,
            r#"{"type":"thinking","thinking":"a","signature":"jackfield.unsigned."},"#,
            r#"{"type":"redacted_thinking","data":"jackfield.bedrock-anthropic.x"},"#,
        );
        let lone = r#"{"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"jackfield.gemini.CiQB"}]},"#;
        assert_eq!(out(&body(foreign, lone)), Some(body("", "")));
    }

    #[test]
    fn citations_that_were_annotations_go_and_their_text_stays() {
        let body = |citations: &str| {
            format!(r#"{{"messages":[{{"role":"assistant","content":[{{"type":"text","text":"x"{citations}}}]}}]}}"#)
        };
        let own = r#"{"type":"char_location","cited_text": "x"}"#;
        let foreign = r#"{"type":"web_search_result_location","encrypted_index":"jackfield.unsigned.","url":"u"}"#;
        let both = format!(r#","citations":[{own},{foreign}]"#);
        assert_eq!(out(&body(&both)), Some(body(&format!(r#","citations":[{own}]"#))));
        assert_eq!(out(&body(&format!(r#","citations":[{foreign}]"#))), Some(body("")));
        let late = format!(r#"}},{{"type":"text","text":"","citations":[{foreign}]"#);
        assert_eq!(out(&body(&late)), Some(body("")));
    }

    #[test]
    fn a_request_without_a_mark_on_its_thinking_is_not_written_anew() {
        for content in [
            r#""jackfield.gemini.CiQB""#,
            r#"[{"type":"text","text":"jackfield.gemini.CiQB"}]"#,
            r#"[{"type":"thinking","thinking":"jackfield.","signature":"c2ln"}]"#,
            r#"[{"type":"tool_use","id":"t","name":"f","input":{"signature":"jackfield.gemini.CiQB"}}]"#,
            r#"[{"type":"thinking","thinking":"a","signature":""}]"#,
            "[1]",
            "{}",
        ] {
            let body = format!(r#"{{"messages":[{{"role":"assistant","content":{content}}}]}}"#);
            assert_eq!(out(&body), None, "{content}");
        }
        assert_eq!(out("{}"), None);
        assert_eq!(out(r#"{"messages":["jackfield."]}"#), None);
    }
}
