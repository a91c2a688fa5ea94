//! What a search found, as OpenAI's annotations of the text.
//!
//! Sources: <https://ai.google.dev/api/generate-content#GroundingMetadata>;
//! <https://platform.openai.com/docs/api-reference/chat/object>, `message.annotations`.

use jackfield_plugin_sdk::canonical::Extra;

/// A citation for each source of each passage. The API counts bytes (of UTF-8), OpenAI characters.
pub(super) fn annotations(metadata: &Extra, text: &str) -> Vec<Extra> {
    let chunks: Vec<Extra> = metadata.read("groundingChunks").unwrap_or_default();
    let supports: Vec<Extra> = metadata.read("groundingSupports").unwrap_or_default();
    let mut annotations = Vec::new();
    for support in supports {
        let segment: Extra = support.read("segment").unwrap_or_default();
        let place = |name: &str| chars(text, segment.read(name).unwrap_or_default());
        let (start, end) = (place("startIndex"), place("endIndex"));
        for index in support.read::<Vec<usize>>("groundingChunkIndices").unwrap_or_default() {
            if let Some(mut citation) = chunks.get(index).and_then(source) {
                citation.insert("start_index", start);
                citation.insert("end_index", end);
                let mut annotation = Extra::new();
                annotation.insert("type", "url_citation");
                annotation.insert("url_citation", citation);
                annotations.push(annotation);
            }
        }
    }
    annotations
}

/// The address and title of a source, whatever its kind; none if it has no address.
fn source(chunk: &Extra) -> Option<Extra> {
    let kinds = ["web", "retrievedContext", "maps", "image"];
    let source: Extra = kinds.iter().find_map(|kind| chunk.read(kind))?;
    let url = source.text("uri").or_else(|| source.text("sourceUri"))?;
    let mut citation = Extra::new();
    citation.insert("title", source.text("title").unwrap_or_else(|| url.clone()));
    citation.insert("url", url);
    Some(citation)
}

/// How many characters begin before this byte.
fn chars(text: &str, byte: usize) -> u64 {
    let before = text.char_indices().take_while(|(at, _)| *at < byte);
    before.count() as u64
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::Json;
    use serde_json::json;

    #[test]
    fn bytes_become_characters_and_each_source_is_cited() {
        let metadata = Json::of(&json!({
            "groundingChunks": [
                {"web": {"uri": "https://a", "title": "A"}}, {"retrievedContext": {"text": "no address"}},
                {"maps": {"uri": "https://c"}},
            ],
            "groundingSupports": [
                {"segment": {"startIndex": 3, "endIndex": 6}, "groundingChunkIndices": [0, 1, 2, 9]},
                {"segment": {"endIndex": 99}, "groundingChunkIndices": [0]},
            ],
        }));
        let annotations = super::annotations(&metadata.read().unwrap(), "é ürst");
        let places = |title: &str, url: &str, start: u64, end: u64| {
            json!({"type": "url_citation", "url_citation":
                {"title": title, "url": url, "start_index": start, "end_index": end}})
        };
        assert_eq!(
            serde_json::to_value(annotations).unwrap(),
            json!([
                places("A", "https://a", 2, 4),
                places("https://c", "https://c", 2, 4),
                places("A", "https://a", 0, 6)
            ])
        );
    }
}
