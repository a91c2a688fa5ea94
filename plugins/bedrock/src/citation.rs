//! Citations in the form of Anthropic's own API, which says the same under other names.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html>; `citations` of
//! text blocks in <https://platform.claude.com/docs/en/api/messages/create>.

use jackfield_plugin_sdk::canonical::{Cited, Extra};

/// A kind of place here and there, and the members of both.
type Place = (&'static str, &'static str, [(&'static str, &'static str); 3]);

/// Converse's kinds of places, and Anthropic's names: of the place, of what is cited, and of its beginning and end.
const PLACES: [Place; 4] = [
    (
        "documentChar",
        "char_location",
        [
            ("documentIndex", "document_index"),
            ("start", "start_char_index"),
            ("end", "end_char_index"),
        ],
    ),
    (
        "documentPage",
        "page_location",
        [
            ("documentIndex", "document_index"),
            ("start", "start_page_number"),
            ("end", "end_page_number"),
        ],
    ),
    (
        "documentChunk",
        "content_block_location",
        [
            ("documentIndex", "document_index"),
            ("start", "start_block_index"),
            ("end", "end_block_index"),
        ],
    ),
    (
        "searchResultLocation",
        "search_result_location",
        [
            ("searchResultIndex", "search_result_index"),
            ("start", "start_block_index"),
            ("end", "end_block_index"),
        ],
    ),
];

/// The citation in Anthropic's form; none if it is that of a page on the web, which `cited` then has. One of an unknown
/// kind stays as it is.
pub(crate) fn read(mut citation: Extra, cited: &mut Cited) -> Option<Extra> {
    let location: Extra = citation.read("location").unwrap_or_default();
    let title = citation.text("title");
    if let Some(url) = location.read::<Extra>("web").and_then(|page| page.text("url")) {
        cited.cite(url, title);
        return None;
    }
    let known = PLACES
        .iter()
        .find_map(|(kind, name, members)| Some((*kind, *name, members, location.read::<Extra>(kind)?)));
    let Some((kind, name, members, place)) = known else {
        return Some(citation);
    };
    let mut read = Extra::new();
    read.insert("type", name);
    let passages: Vec<Extra> = citation.take("sourceContent").unwrap_or_default();
    let passages = passages.iter().filter_map(|passage| passage.text("text"));
    read.insert("cited_text", passages.collect::<String>());
    if kind == "searchResultLocation" {
        read.insert("source", citation.text("source").unwrap_or_default());
        read.set("title", &title);
    } else {
        read.set("document_title", &title);
    }
    for (theirs, ours) in members {
        read.insert(*ours, place.get(theirs).cloned().unwrap_or_default());
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::Cited;
    use serde_json::{Value, json};

    fn read(citation: Value) -> (Option<Value>, usize) {
        let mut cited = Cited::default();
        let read = super::read(serde_json::from_value(citation).unwrap(), &mut cited);
        let read = read.map(|read| serde_json::to_value(read).unwrap());
        (read, cited.annotations(1).count())
    }

    #[test]
    fn every_kind_has_its_name() {
        let place = json!({"documentIndex": 2, "start": 3, "end": 5});
        let passage = json!([{"text": "It "}, {"text": "rains."}]);
        for (kind, name, start, end) in [
            ("documentChar", "char_location", "start_char_index", "end_char_index"),
            ("documentPage", "page_location", "start_page_number", "end_page_number"),
            (
                "documentChunk",
                "content_block_location",
                "start_block_index",
                "end_block_index",
            ),
        ] {
            let citation = json!({"title": "a", "sourceContent": passage, "location": {kind: place}});
            let expected = json!({"type": name, "cited_text": "It rains.", "document_title": "a", "document_index": 2,
                start: 3, end: 5});
            assert_eq!(read(citation), (Some(expected), 0));
        }
        let place = json!({"searchResultIndex": 0, "start": 1, "end": 2});
        assert_eq!(
            read(json!({"source": "s", "location": {"searchResultLocation": place}})),
            (
                Some(
                    json!({"type": "search_result_location", "cited_text": "", "source": "s", "title": null,
                    "search_result_index": 0, "start_block_index": 1, "end_block_index": 2})
                ),
                0
            )
        );
    }

    #[test]
    fn a_page_is_annotated_and_what_is_new_stays() {
        let page = json!({"title": "A", "location": {"web": {"url": "https://a.example", "domain": "a.example"}}});
        assert_eq!(read(page), (None, 1));
        let new = json!({"location": {"onTheMoon": {}}});
        assert_eq!(read(new.clone()), (Some(new), 0));
    }
}
