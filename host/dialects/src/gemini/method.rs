//! The paths of this dialect: `/v1beta/models/{model}:{method}`.
//!
//! Sources: <https://ai.google.dev/api/all-methods>; `_api_client` and `models` in the vendor's SDKs.

use crate::address::{Address, Framing};
use crate::operation::Operation;

/// Where its clients `POST`, in axum's syntax.
pub(super) const PATTERNS: [&str; 2] = ["/v1beta/models/{*id}", "/v1/models/{*id}"];

/// Below this path all is its own.
pub(super) const PREFIX: &str = "/v1beta";

/// What the paths begin with.
const MODELS: [&str; 2] = ["/v1beta/models/", "/v1/models/"];

/// The methods: each with what it is called in the log, with the operation, and whether it streams.
const METHODS: [(&str, &str, Operation, bool); 5] = [
    (
        "generateContent",
        "/v1beta/models/{model}:generateContent",
        Operation::Chat,
        false,
    ),
    (
        "streamGenerateContent",
        "/v1beta/models/{model}:streamGenerateContent",
        Operation::Chat,
        true,
    ),
    (
        "countTokens",
        "/v1beta/models/{model}:countTokens",
        Operation::CountTokens,
        false,
    ),
    (
        "embedContent",
        "/v1beta/models/{model}:embedContent",
        Operation::Embeddings,
        false,
    ),
    (
        "batchEmbedContents",
        "/v1beta/models/{model}:batchEmbedContents",
        Operation::Embeddings,
        false,
    ),
];

/// What a path asks for; `None` if it names no method of ours. The path is decoded: a model's name may have slashes and
/// colons in it.
pub(super) fn address(path: &str, query: &str) -> Option<Address> {
    let rest = MODELS.iter().find_map(|start| path.strip_prefix(start))?;
    let (model, method) = rest.rsplit_once(':')?;
    let (_, endpoint, operation, stream) = *METHODS.iter().find(|(name, ..)| *name == method)?;
    let model = model.strip_prefix("models/").unwrap_or(model).to_owned();
    Some(Address {
        endpoint,
        operation,
        model,
        stream,
        framing: framing(query),
    })
}

/// Streams are lists, unless the client asks for events.
fn framing(query: &str) -> Framing {
    let asks = |part: &str| matches!(part, "alt=sse" | "$alt=sse" | "%24alt=sse");
    if query.split('&').any(asks) {
        Framing::Events
    } else {
        Framing::List
    }
}

/// Why there is nothing at a path.
pub(super) fn absence(path: &str) -> Option<&'static str> {
    let of = |part: &str| path.starts_with(PREFIX) && path.contains(part);
    if of("/cachedContents") {
        return Some("Contents are not cached here; send them with each request.");
    }
    if of("/files") || path.starts_with("/upload/") {
        return Some("Files are not stored here; send them in `inlineData`, or by an https URL in `fileData`.");
    }
    path.contains(':').then_some(
        "There is no such method here; use generateContent, streamGenerateContent, countTokens, embedContent or \
         batchEmbedContents.",
    )
}

#[cfg(test)]
mod tests {
    use super::{Framing, Operation, absence, address};

    #[test]
    fn a_path_names_the_model_and_what_is_asked_of_it() {
        for (path, model, operation, stream) in [
            ("/v1beta/models/m:generateContent", "m", Operation::Chat, false),
            ("/v1/models/m:streamGenerateContent", "m", Operation::Chat, true),
            (
                "/v1beta/models/models/m:countTokens",
                "m",
                Operation::CountTokens,
                false,
            ),
            (
                "/v1beta/models/org/m:7b:embedContent",
                "org/m:7b",
                Operation::Embeddings,
                false,
            ),
            ("/v1beta/models/m:batchEmbedContents", "m", Operation::Embeddings, false),
        ] {
            let found = address(path, "").unwrap();
            assert_eq!(
                (&*found.model, found.operation, found.stream),
                (model, operation, stream),
                "{path}"
            );
        }
        for path in [
            "/v1beta/models/m",
            "/v1/models/org/m:7b",
            "/v1beta/models/m:predict",
            "/v1beta/files/m:generateContent",
            "/v2/models/m:generateContent",
        ] {
            assert_eq!(address(path, ""), None, "{path}");
        }
    }

    #[test]
    fn a_stream_is_a_list_unless_events_are_asked_for() {
        for (query, framing) in [
            ("", Framing::List),
            ("alt=json", Framing::List),
            ("x=1&alt=sse", Framing::Events),
        ] {
            let found = address("/v1beta/models/m:streamGenerateContent", query).unwrap();
            assert_eq!(found.framing, framing, "{query}");
        }
    }

    #[test]
    fn what_is_absent_is_explained() {
        assert!(absence("/v1beta/cachedContents").unwrap().contains("cached"));
        assert!(absence("/v1beta/files/x").unwrap().contains("inlineData"));
        assert!(absence("/v1beta/models/m:predict").unwrap().contains("generateContent"));
        assert_eq!(absence("/v1beta/tunedModels"), None);
    }
}
