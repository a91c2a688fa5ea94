//! By what names programs know the operations, and under what headings people find them.

use serde_json::{Value, json};

/// The headings, in the order of the page, each with what its paths have in common.
const TAGS: [(&str, &str); 8] = [
    ("Chat", "Chats in each dialect, and what they cost in tokens."),
    ("Text", "Older completions, embeddings, ranking and moderation."),
    ("Media", "Images and speech."),
    ("Files and batches", "Many requests as one order."),
    ("Models", "What there is, and what it costs."),
    ("Account", "The caller's own usage, streams and keys."),
    ("Administration", "What operators see."),
    (
        "Operation",
        "What operators change: accounts, plugins, requests, the process.",
    ),
];

/// The headings, as OpenAPI has them.
pub(super) fn tags() -> Value {
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    json!(tags)
}

/// The heading of an operation.
pub(super) fn tag(method: &str, path: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| path.contains(word));
    if path.starts_with("/admin") || path == "/metrics" {
        return if method == "get" { "Administration" } else { "Operation" };
    }
    if has(&["/files", "/batches"]) {
        "Files and batches"
    } else if has(&["/user/"]) {
        "Account"
    } else if has(&["/images", "/audio"]) {
        "Media"
    } else if has(&["rank", "mbed", "/moderations"]) || path == "/v1/completions" {
        "Text"
    } else if has(&["Content", "/chat", "/messages", "/responses", ":countTokens"]) {
        "Chat"
    } else {
        "Models"
    }
}

/// The operation's id: its method and its path as one word, without the version that most paths have.
pub(super) fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/v1/").unwrap_or(path);
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut id = method.to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_ascii_uppercase());
        id.push_str(rest);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_word_and_tells_versions_apart() {
        assert_eq!(operation_id("post", "/v1/chat/completions"), "postChatCompletions");
        assert_eq!(operation_id("post", "/v2/rerank"), "postV2Rerank");
        assert_eq!(operation_id("get", "/v1beta/models/{model}"), "getV1betaModelsModel");
        let stream = "/v1beta/models/{model}:streamGenerateContent";
        assert_eq!(
            operation_id("post", stream),
            "postV1betaModelsModelStreamGenerateContent"
        );
    }
}
