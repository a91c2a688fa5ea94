//! The passages of documents that a text cites, which only Anthropic's form has: `citations` of a message.
//!
//! Source: `citations` of text blocks in <https://platform.claude.com/docs/en/api/messages/create>.

use serde_json::value::RawValue;

use super::annotations::Page;
use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::json::fields::given;
use crate::json::raw::inside;

/// The kinds of places in a document, and of those in what the client itself has searched.
const KINDS: [&str; 4] = [
    "\"char_location\"",
    "\"content_block_location\"",
    "\"page_location\"",
    "\"search_result_location\"",
];

/// A passage that a text cites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The document's title, as a JSON string, if it has one.
    pub(crate) title: Option<String>,
    /// Where a search result comes from, as a JSON string.
    pub(crate) source: Option<String>,
    /// The document's id at the vendor, as a JSON string, if it has one.
    pub(crate) file_id: Option<String>,
    /// Which of the request's documents it is, or of its search results.
    pub(crate) index: u64,
}

/// The passages that citations name; none of those of another type, such as pages on the web, which are annotations too.
///
/// # Errors
/// If they are no list.
pub(crate) fn passages(citations: Option<&RawValue>) -> Result<Vec<Passage>, StreamFault> {
    let Some(citations) = citations else {
        return Ok(Vec::new());
    };
    let listed: Vec<&RawValue> =
        entries(citations).map_err(|error| StreamFault::malformed(format!("citations: {error}")))?;
    Ok(listed.into_iter().filter_map(passage).collect())
}

fn passage(citation: &RawValue) -> Option<Passage> {
    let citation = Members::of(citation.get()).ok()?;
    given(&citation, "type").filter(|kind| KINDS.contains(kind))?;
    let text = |key| {
        given(&citation, key)
            .filter(|value| value.starts_with('"') && *value != "\"\"")
            .map(str::to_owned)
    };
    let number = |key| given(&citation, key)?.parse().ok();
    Some(Passage {
        title: text("document_title").or_else(|| text("title")),
        source: text("source"),
        file_id: text("file_id"),
        index: number("document_index")
            .or_else(|| number("search_result_index"))
            .unwrap_or_default(),
    })
}

// === impl Passage ===

impl Passage {
    /// The page, if its source is an address on the web.
    pub(crate) fn page(&self) -> Option<Page> {
        let url = self.source.as_ref()?;
        let is_web = ["https://", "http://"]
            .iter()
            .any(|scheme| inside(url).starts_with(scheme));
        is_web.then(|| Page {
            url: url.clone(),
            title: self.title.clone(),
            place: None,
        })
    }

    /// What it is called, as a JSON string: by its title, else by its source.
    pub(crate) fn name(&self) -> &str {
        self.title.as_deref().or(self.source.as_deref()).unwrap_or("\"\"")
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        [&self.title, &self.source, &self.file_id]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Passage, passages};

    #[test]
    fn a_passage_is_one_of_a_document_or_of_a_search_result() {
        let list = r#"[
            {"type":"char_location","cited_text":"x","document_index":2,"document_title":"A","file_id":"file_1","start_char_index":0,"end_char_index":1},
            {"type":"page_location","document_index":0,"document_title":null,"file_id":null},
            {"type":"search_result_location","source":"https://a","title":"B","search_result_index":1},
            {"type":"search_result_location","source":"shelf","title":"","search_result_index":3},
            {"type":"web_search_result_location","url":"https://a"}, {"type":"of_tomorrow"}, 1
        ]"#;
        let some = |text: &str| Some(format!("\"{text}\""));
        let expected = [
            Passage {
                title: some("A"),
                source: None,
                file_id: some("file_1"),
                index: 2,
            },
            Passage::default(),
            Passage {
                title: some("B"),
                source: some("https://a"),
                file_id: None,
                index: 1,
            },
            Passage {
                title: None,
                source: some("shelf"),
                file_id: None,
                index: 3,
            },
        ];
        let read = passages(Some(serde_json::from_str(list).unwrap())).unwrap();
        assert_eq!(read, expected);
        let names: Vec<&str> = read.iter().map(Passage::name).collect();
        assert_eq!(names, ["\"A\"", "\"\"", "\"B\"", "\"shelf\""]);
        let pages: Vec<bool> = read.iter().map(|passage| passage.page().is_some()).collect();
        assert_eq!(pages, [false, false, true, false]);
        assert!(passages(None).unwrap().is_empty());
        assert!(passages(Some(serde_json::from_str("{}").unwrap())).is_err());
    }
}
