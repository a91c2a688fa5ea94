//! What is charged for of requests for images, speech and rankings, where only the request tells it.

use crate::json::fields::{entries, given, text};
use crate::openai::image_size;
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::words::name::ImageKind;

/// How many documents are ranked by one search.
///
/// Sources: <https://cohere.com/pricing>; <https://cloud.google.com/generative-ai-app-builder/pricing>, "Ranking API".
const DOCUMENTS_PER_SEARCH: u64 = 100;

// === impl ParsedRequest ===

impl ParsedRequest<'_> {
    /// How many images the client asks for; 0 if it asks for something else.
    pub fn images(&self) -> u64 {
        if self.operation.capability() == Operation::Images {
            self.quantity()
        } else {
            0
        }
    }

    /// The quality and the size of the images that the client asks for, as prices name them: `hd/1024x1024`, or one of
    /// both. `None` if it leaves both to the upstream.
    pub fn image_kind(&self) -> Option<ImageKind> {
        if self.operation.capability() != Operation::Images {
            return None;
        }
        let word = |key| text(&self.members, key).ok().flatten();
        let size = || image_size(&self.members).ok().flatten();
        let chosen = |word: &String| !matches!(word.as_str(), "" | "auto");
        let quality = word("quality").filter(chosen);
        let size = word("size").or_else(size).filter(chosen);
        let parts: Vec<String> = [quality, size].into_iter().flatten().collect();
        ImageKind::new(&parts.join("/").to_ascii_lowercase())
    }

    /// How many characters the client wants to be spoken; 0 if it asks for something else.
    pub fn characters(&self) -> u64 {
        let input = given(&self.members, "input").filter(|_| self.operation == Operation::Speech);
        let spoken = input.and_then(|input| serde_json::from_str::<String>(input).ok());
        spoken.map_or(0, |spoken| spoken.chars().count() as u64)
    }

    /// How many searches a ranking counts as where its upstream does not say: one for each hundred documents, as vendors
    /// that charge for searches count them. 0 if the client asks for something else.
    pub fn searches(&self) -> u64 {
        let documents = given(&self.members, "documents").filter(|_| self.operation == Operation::Rerank);
        let documents = documents.and_then(entries).unwrap_or_default();
        (documents.len() as u64).div_ceil(DOCUMENTS_PER_SEARCH)
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::Operation;
    use crate::tests::request;
    use crate::words::name::ImageKind;

    #[test]
    fn images_have_a_quality_and_a_size_as_far_as_the_client_chooses() {
        for (operation, text, images, kind) in [
            (
                Operation::Images,
                r#"{"n":2,"quality":"HD","size":"1024x1024"}"#,
                2,
                Some("hd/1024x1024"),
            ),
            (Operation::Images, r#"{"width":512,"height":256}"#, 1, Some("512x256")),
            (
                Operation::Images,
                r#"{"aspect_ratio":"16:9","quality":null}"#,
                1,
                Some("1344x768"),
            ),
            (Operation::Images, r#"{"quality":"low","size":"auto"}"#, 1, Some("low")),
            (Operation::Images, r#"{"quality":"auto"}"#, 1, None),
            (
                Operation::ImageEdit,
                r#"{"n":"3","size":"256x256"}"#,
                3,
                Some("256x256"),
            ),
            (Operation::ImageVariation, "{}", 1, None),
            (Operation::Chat, r#"{"n":2,"quality":"hd"}"#, 0, None),
        ] {
            let request = request(operation, text);
            let known = request.image_kind();
            assert_eq!(
                (request.images(), known.as_ref().map(ImageKind::as_str)),
                (images, kind),
                "{operation} {text}"
            );
        }
    }

    #[test]
    fn what_is_spoken_is_counted_by_character() {
        for (operation, text, characters) in [
            (Operation::Speech, r#"{"input":"Gr\u00fc\u00dfe \ud83d\ude00"}"#, 7),
            (Operation::Speech, r#"{"input":["a"]}"#, 0),
            (Operation::Embeddings, r#"{"input":"abc"}"#, 0),
        ] {
            assert_eq!(request(operation, text).characters(), characters, "{text}");
        }
    }

    #[test]
    fn a_ranking_is_a_search_for_each_hundred_documents() {
        for (operation, documents, searches) in [
            (Operation::Rerank, 1, 1),
            (Operation::Rerank, 100, 1),
            (Operation::Rerank, 101, 2),
            (Operation::Embeddings, 101, 0),
        ] {
            let documents = vec!["\"d\""; documents].join(",");
            let text = format!(r#"{{"documents":[{documents}]}}"#);
            assert_eq!(request(operation, &text).searches(), searches, "{operation}");
        }
    }
}
