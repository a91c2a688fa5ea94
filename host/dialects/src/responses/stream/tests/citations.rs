//! What a text cites reaches the response, whenever the upstream tells it.

use serde_json::{Value, json};

use super::{call, kinds, stream};
use crate::responses::tests::assembled::{events, response};

fn page() -> Value {
    json!({"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 2, "url": "https://a", "title": "A"}})
}

fn told_page() -> Value {
    json!({"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://a", "title": "A"})
}

fn annotations(stream: &str, item: usize) -> Value {
    response(stream)["output"][item]["content"][0]["annotations"].take()
}

#[test]
fn a_citation_waits_for_its_text() {
    let stream = stream(&[
        json!({"reasoning_content": "hm"}),
        json!({"annotations": [page()]}),
        json!({"content": "Hi"}),
    ]);
    assert_eq!(annotations(&stream, 1), json!([told_page()]));
    let done = events(&stream)
        .into_iter()
        .rfind(|event| event["type"] == "response.output_item.done");
    assert_eq!(done.unwrap()["item"]["content"][0]["annotations"], json!([told_page()]));
}

#[test]
fn a_citation_without_any_text_is_not_told() {
    let stream = stream(&[json!({"annotations": [page()]}), call(0, "c", "f", "{}")]);
    assert!(!kinds(&stream).contains(&"output_text.annotation.added".to_owned()));
}

#[test]
fn a_citation_that_comes_behind_a_call_is_told_before_the_text_ends() {
    let stream = stream(&[
        json!({"content": "Hi"}),
        call(0, "c", "f", "{}"),
        json!({"annotations": [page()]}),
    ]);
    assert_eq!(annotations(&stream, 0), json!([told_page()]));
    let kinds = kinds(&stream);
    let place = |kind: &str| kinds.iter().position(|told| told == kind).unwrap();
    assert!(place("output_item.added") < place("output_text.annotation.added"));
    assert!(place("output_text.annotation.added") < place("output_text.done"));
    assert!(
        place("output_text.done") < place("function_call_arguments.done"),
        "items end in order"
    );
}

#[test]
fn a_citation_that_comes_after_the_end_of_its_text_is_in_the_whole_response() {
    for between in [
        vec![call(0, "c", "f", "{}"), call(1, "d", "f", "{}")],
        vec![json!({"refusal": "no"})],
    ] {
        let deltas = [
            vec![json!({"content": "Hi"})],
            between,
            vec![json!({"annotations": [page()]})],
        ]
        .concat();
        let stream = stream(&deltas);
        assert!(!kinds(&stream).contains(&"output_text.annotation.added".to_owned()));
        assert_eq!(annotations(&stream, 0), json!([told_page()]));
    }
}

#[test]
fn passages_of_documents_are_citations_of_files_and_pages() {
    let document = json!({"type": "char_location", "cited_text": "x", "document_index": 1, "document_title": "A.pdf",
        "file_id": null, "start_char_index": 0, "end_char_index": 1});
    let found = json!({"type": "search_result_location", "cited_text": "x", "source": "https://a", "title": "A",
        "search_result_index": 0, "start_block_index": 0, "end_block_index": 1});
    let stream = stream(&[
        json!({"content": "Hi"}),
        json!({"citations": [{"index": 0, "type": "of_tomorrow"}, document, found]}),
    ]);
    assert_eq!(
        annotations(&stream, 0),
        json!([
            {"type": "file_citation", "file_id": "", "filename": "A.pdf", "index": 1},
            {"type": "url_citation", "start_index": 0, "end_index": 0, "url": "https://a", "title": "A"},
        ])
    );
}
