//! Translates OpenAI's content parts to Anthropic's content blocks.

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, File};
use serde_json::{Value, json};

use super::RequestError;

/// The blocks of a message's content. Empty texts are left out, because the API refuses them.
///
/// A part of a kind OpenAI does not have is passed through: it is Anthropic's own, such as `document` or
/// `search_result`.
///
/// # Errors
/// If a part has no equivalent: audio, or an image or file in an unknown form.
pub(super) fn blocks(content: Option<Content>) -> Result<Vec<Value>, RequestError> {
    match content {
        None => Ok(Vec::new()),
        Some(Content::Text(text)) => Ok(text_block(text, Extra::new()).into_iter().collect()),
        Some(Content::Parts(parts)) => parts.into_iter().filter_map(|part| block(part).transpose()).collect(),
    }
}

/// A block of text, unless the text is empty.
pub(super) fn text_block(text: String, extra: Extra) -> Option<Value> {
    (!text.is_empty()).then(|| {
        // Built without `json!`, here and below, because that would copy a long prompt.
        with(
            Value::from_iter([("type", Value::from("text")), ("text", Value::from(text))]),
            extra,
        )
    })
}

/// Applies a message's cache breakpoint to its last block, unless that block has its own.
pub(super) fn mark_last(blocks: &mut [Value], cache_control: Option<Value>) {
    if let (Some(Value::Object(last)), Some(mark)) = (blocks.last_mut(), cache_control) {
        last.entry("cache_control").or_insert(mark);
    }
}

fn block(part: ContentPart) -> Result<Option<Value>, RequestError> {
    match part {
        ContentPart::Text { text, extra } => Ok(text_block(text, extra)),
        ContentPart::ImageUrl { image_url, extra } => {
            let source = source(&image_url.url).ok_or(RequestError::Image)?;
            Ok(Some(with(
                Value::from_iter([("type", Value::from("image")), ("source", source)]),
                extra,
            )))
        }
        ContentPart::File { file, extra } => Ok(Some(with(document(file)?, extra))),
        ContentPart::Other(part) => other(part),
    }
}

fn other(mut part: Value) -> Result<Option<Value>, RequestError> {
    match part.get("type").and_then(Value::as_str) {
        Some("input_audio") => Err(RequestError::Audio),
        Some("refusal") => match part["refusal"].take() {
            Value::String(text) => Ok(text_block(text, Extra::new())),
            _ => Ok(None),
        },
        _ => Ok(Some(part)),
    }
}

/// Translates a file to a document: its bytes, its URL, or its id in the upstream's Files API.
fn document(file: File) -> Result<Value, RequestError> {
    let source = match (file.file_id, file.file_data) {
        (Some(id), _) => json!({"type": "file", "file_id": id}),
        (None, Some(data)) => source(&data).ok_or(RequestError::File)?,
        (None, None) => return Err(RequestError::File),
    };
    if source["type"] == "base64" && source["media_type"] != "application/pdf" {
        return Err(RequestError::File);
    }
    let mut document = Value::from_iter([("type", Value::from("document")), ("source", source)]);
    if let Some(name) = file.filename {
        document["title"] = Value::String(name);
    }
    Ok(document)
}

/// The source of an image or file: a base64 `data:` URL (RFC 2397) or an http(s) URL.
fn source(url: &str) -> Option<Value> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Some(json!({"type": "url", "url": url}));
    }
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?.split(';').next()?;
    Some(json!({"type": "base64", "media_type": media_type, "data": data}))
}

/// Adds the part's other members to the block, such as `cache_control`.
fn with(mut block: Value, extra: Extra) -> Value {
    if let Value::Object(members) = &mut block {
        for (name, value) in extra {
            members.entry(name).or_insert(value);
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::source;

    #[test]
    fn a_data_url_may_carry_parameters_before_the_base64_mark() {
        assert_eq!(
            source("data:image/png;name=a.png;base64,AA=="),
            Some(json!({"type": "base64", "media_type": "image/png", "data": "AA=="}))
        );
    }

    #[test]
    fn what_is_neither_on_the_web_nor_in_base64_has_no_source() {
        for url in [
            "",
            "file:///etc/passwd",
            "data:image/png,AA",
            "data:image/png;base64",
            "AA==",
        ] {
            assert_eq!(source(url), None, "{url}");
        }
    }
}
