//! What an embedding is for, which every vendor says in other words.

/// What an embedding is for. Models that know it give better vectors.
///
/// ```
/// use jackfield_plugin_sdk::canonical::InputType;
///
/// assert_eq!(InputType::named("search_query"), Some(InputType::Query));
/// assert_eq!(InputType::named("retrieval.passage"), Some(InputType::Document));
/// assert_eq!(InputType::named("of tomorrow"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// A question that is compared with documents.
    Query,
    /// A document that questions are compared with.
    Document,
    /// A text that is to be put into a class.
    Classification,
    /// A text that is to be put with those like it.
    Clustering,
    /// A text that is compared with others of its kind.
    Similarity,
    /// An image.
    Image,
}

/// The words of the vendors, in lower case.
///
/// Sources: `input_type` of <https://docs.cohere.com/reference/embed> and
/// <https://docs.voyageai.com/reference/embeddings-api>; `task` of <https://api.jina.ai/redoc>; `taskType` of
/// <https://ai.google.dev/gemini-api/docs/embeddings>.
const WORDS: [(&str, InputType); 16] = [
    ("classification", InputType::Classification),
    ("clustering", InputType::Clustering),
    ("document", InputType::Document),
    ("image", InputType::Image),
    ("passage", InputType::Document),
    ("query", InputType::Query),
    ("retrieval.passage", InputType::Document),
    ("retrieval.query", InputType::Query),
    ("retrieval_document", InputType::Document),
    ("retrieval_query", InputType::Query),
    ("search_document", InputType::Document),
    ("search_query", InputType::Query),
    ("semantic_similarity", InputType::Similarity),
    ("separation", InputType::Clustering),
    ("similarity", InputType::Similarity),
    ("text-matching", InputType::Similarity),
];

// === impl InputType ===

impl InputType {
    /// What a vendor's word means, whichever vendor's it is; `None` if it is unknown.
    pub fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let known = WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_meaning() {
        assert!(WORDS.is_sorted_by(|(one, _), (next, _)| one < next));
        assert_eq!(InputType::named("RETRIEVAL_QUERY"), Some(InputType::Query));
        assert_eq!(InputType::named(""), None);
    }
}
