//! Citations, as annotations of the text.
//!
//! Sources: <https://docs.cohere.com/docs/documents-and-citations>; `annotations` in
//! <https://platform.openai.com/docs/api-reference/chat/object>.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::{Deserialize, Serialize};

/// Where the upstream's texts begin in the reply's text, in characters: citations count within a block.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Places {
    /// The characters of the reply's text so far.
    length: u64,
    /// Where each block of text begins, by its index.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blocks: BTreeMap<u64, u64>,
    /// Where the plan of the tool calls begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<u64>,
}

// === impl Places ===

impl Places {
    /// A block of text begins here.
    pub(crate) fn begin(&mut self, block: u64) {
        self.blocks.insert(block, self.length);
    }

    /// The plan begins here, unless it has.
    pub(crate) fn begin_plan(&mut self) {
        self.plan.get_or_insert(self.length);
    }

    /// More text of the reply.
    pub(crate) fn advance(&mut self, text: &str) {
        let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(characters);
    }

    /// The annotations for a citation: one for each of its sources. Those of thinking are none, because annotations are
    /// about the text.
    ///
    /// An annotation has OpenAI's form, with the cited words as `text` and the whole source as `source` beside it.
    pub(crate) fn annotations(&self, citation: &Extra) -> Vec<Extra> {
        let start = match citation.text("type").as_deref() {
            Some("THINKING_CONTENT") => return Vec::new(),
            Some("PLAN") => self.plan,
            _ => match citation.read("content_index") {
                Some(block) => self.blocks.get(&block).copied(),
                None => self.blocks.values().next().copied(),
            },
        };
        let start = start.unwrap_or_default();
        let place = |name: &str| {
            let offset = citation.get(name).and_then(Json::as_count);
            offset.unwrap_or_default().saturating_add(start)
        };
        let sources: Vec<Extra> = citation.read("sources").unwrap_or_default();
        let annotation = |source: Extra| {
            let mut cited = Extra::new();
            cited.insert("start_index", place("start"));
            cited.insert("end_index", place("end"));
            let (title, url) = title_and_url(&source);
            cited.insert("title", title);
            cited.insert("url", url);
            let mut annotation = Extra::new();
            annotation.insert("type", "url_citation");
            annotation.insert("url_citation", cited);
            annotation.extend(citation.get("text").map(|text| ("text".to_owned(), text.clone())));
            annotation.insert("source", source);
            annotation
        };
        sources.into_iter().map(annotation).collect()
    }
}

/// A source's title and address. Neither is required of a document, so its id stands for both.
fn title_and_url(source: &Extra) -> (String, String) {
    let id = source.text("id").unwrap_or_default();
    let content = source.get("document").or_else(|| source.get("tool_output"));
    let content: Extra = content.and_then(Json::read).unwrap_or_default();
    let filled = |name: &str| content.text(name).filter(|text| !text.is_empty());
    let title = filled("title").unwrap_or_else(|| id.clone());
    (title, filled("url").unwrap_or(id))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Places;

    fn annotations(places: &Places, citation: Value) -> Value {
        let citation = serde_json::from_value(citation).unwrap();
        serde_json::to_value(places.annotations(&citation)).unwrap()
    }

    #[test]
    fn a_place_within_a_block_becomes_one_within_the_text() {
        let mut places = Places::default();
        places.begin(1);
        places.advance("für A");
        places.begin(3);
        places.advance("B, C");
        let citation = |block: Value| {
            json!({"start": 1, "end": 2, "text": "C", "content_index": block,
                "sources": [{"type": "tool", "id": "f:0", "tool_output": {"url": "https://a"}}]})
        };
        let cited = |block| annotations(&places, citation(block))[0]["url_citation"].clone();
        let at =
            |start: u64, end: u64| json!({"start_index": start, "end_index": end, "title": "f:0", "url": "https://a"});
        assert_eq!(cited(json!(3)), at(6, 7));
        assert_eq!(cited(json!(1)), at(1, 2));
        assert_eq!(cited(Value::Null), at(1, 2));
    }

    #[test]
    fn every_source_is_an_annotation_and_thinking_has_none() {
        let places = Places::default();
        let sources = json!([
            {"type": "document", "id": "doc:0", "document": {"id": "doc:0", "title": "a.txt", "text": "…"}},
            {"type": "document", "id": "doc:1"},
        ]);
        let citation = |kind: &str| json!({"start": 0, "end": 1, "text": "A", "type": kind, "sources": sources});
        let both = annotations(&places, citation("TEXT_CONTENT"));
        assert_eq!(both[0]["url_citation"]["title"], "a.txt");
        assert_eq!(both[0]["source"], sources[0]);
        assert_eq!(
            (&both[1]["url_citation"]["url"], &both[1]["text"]),
            (&json!("doc:1"), &json!("A"))
        );
        assert_eq!(annotations(&places, citation("THINKING_CONTENT")), json!([]));
    }
}
