//! The checks of a request, and replies that are what was asked for.

use super::{Operation, fields, finish_reply, read};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::tests::facts;

#[test]
fn a_fault_names_the_field_and_the_remedy() {
    for (members, sentence) in [
        ("", "query: is missing; give the text to compare the documents with"),
        (r#","query":7"#, "query: must be a string"),
        (
            r#","query":"q""#,
            "documents: is missing; give a list of at least one document",
        ),
        (
            r#","query":"q","documents":"d""#,
            "documents: must be a list of at least one document",
        ),
        (
            r#","query":"q","documents":[]"#,
            "documents: is empty; give a list of at least one document",
        ),
        (
            r#","query":"q","documents":["d",{"title":"t"}]"#,
            "documents[1]: must be a string or an object with a text",
        ),
        (
            r#","query":"q","documents":["d"],"top_n":1.5"#,
            "top_n: must be a whole number of at least 1",
        ),
        (
            r#","query":"q","documents":["d"],"return_documents":1"#,
            "return_documents: must be true or false",
        ),
        (
            r#","query":"q","documents":["d"],"stream":true"#,
            "stream: must be false or left out; rerankings are not streamed",
        ),
    ] {
        let body = format!("{{\"model\":\"m\"{members}}}");
        let fault = fields::body(body.as_bytes()).and_then(read).unwrap_err();
        assert_eq!(fault.to_string(), sentence, "{body}");
    }
}

#[test]
fn documents_are_bulk() {
    let body = br#"{"model":"m","query":"q","documents":["d",{"text":"e"}],"top_n":1}"#;
    let request = fields::body(body).and_then(read).unwrap();
    assert_eq!(request.parameters(), br#"{"model":"m","query":"q","top_n":1}"#);
}

/// The reply to a request for four documents with these members.
fn finish(members: &str, reply: &str) -> Result<String, StreamFault> {
    let request = format!(r#"{{"query":"q","documents":["a","b\u00e9",{{"text":"c","title":1.0}},"d"]{members}}}"#);
    let request = Members::of(&request).unwrap();
    let facts = ReplyFacts {
        request: &request,
        ..facts(Operation::Rerank, "route/r")
    };
    let (reply, _) = finish_reply(reply.as_bytes(), &facts)?;
    Ok(String::from_utf8(reply).unwrap())
}

#[test]
fn the_best_result_comes_first() {
    let body = r#"{"id":"r","results":[{"index":0,"relevance_score":0.1},{"index":1,"relevance_score":9e-1,"document":{"text":"x"}},{"index":2,"relevance_score":0.1}],"meta":{}}"#;
    assert_eq!(
        finish("", body).unwrap(),
        r#"{"id":"r","results":[{"index":1,"relevance_score":9e-1,"document":{"text":"x"}},{"index":0,"relevance_score":0.1},{"index":2,"relevance_score":0.1}],"meta":{},"model":"route/r","provider":"p"}"#
    );
}

#[test]
fn as_many_come_as_were_asked_for() {
    let body = r#"{"results":[{"index":0,"relevance_score":0.1},{"index":1,"relevance_score":0.9},{"index":2,"relevance_score":0.5}]}"#;
    for (top_n, count) in [
        ("", 3),
        (r#","top_n":2"#, 2),
        (r#","top_n":null"#, 3),
        (r#","top_n":10"#, 3),
    ] {
        let reply = finish(top_n, body).unwrap();
        assert_eq!(reply.matches("relevance_score").count(), count, "{top_n}");
        assert!(reply.starts_with(r#"{"results":[{"index":1,"#), "{reply}");
    }
}

#[test]
fn documents_come_back_if_they_were_asked_for() {
    let body = r#"{"results":[{"index":1,"relevance_score":0.9},{"index":2,"relevance_score":0.5,"document":null},{"index":0,"relevance_score":0.1,"document":{"text":"its own"}}]}"#;
    let reply = finish(r#","return_documents":true"#, body).unwrap();
    assert_eq!(
        reply,
        r#"{"results":[{"index":1,"relevance_score":0.9,"document":{"text":"b\u00e9"}},{"index":2,"relevance_score":0.5,"document":{"text":"c","title":1.0}},{"index":0,"relevance_score":0.1,"document":{"text":"its own"}}],"model":"route/r","provider":"p"}"#
    );
    assert!(!finish("", body).unwrap().contains("b\\u00e9"));
}

#[test]
fn what_ranks_no_document_once_is_malformed() {
    let results = |results: &str| format!(r#"{{"results":[{results}]}}"#);
    for body in [
        "{}".to_owned(),
        r#"{"results":{}}"#.to_owned(),
        r#"{"results":null}"#.to_owned(),
        results(""),
        results(r#"{"index":0}"#),
        results(r#"{"relevance_score":0.5}"#),
        results("[0,0.5]"),
        results(r#"{"index":4,"relevance_score":0.5}"#),
        results(r#"{"index":-1,"relevance_score":0.5}"#),
        results(r#"{"index":0,"relevance_score":null}"#),
        results(r#"{"index":0,"relevance_score":NaN}"#),
        results(r#"{"index":0,"relevance_score":1e999}"#),
        results(r#"{"index":0,"relevance_score":"0.5"}"#),
        results(r#"{"index":0,"relevance_score":0.5},{"index":0,"relevance_score":0.5}"#),
    ] {
        let fault = finish("", &body);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}: {fault:?}");
    }
}
