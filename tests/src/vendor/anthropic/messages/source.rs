//! Where images and documents come from, checked as Anthropic does.

use serde_json::Value;

use crate::vendor::anthropic::request::closed;
use crate::vendor::fault::{Fault, demand};

const MEDIA_TYPES: &[&str] = &["image/gif", "image/jpeg", "image/png", "image/webp"];

/// The members of a document.
const DOCUMENT: &[&str] = &["cache_control", "citations", "context", "source", "title", "type"];

/// The media type of an image, or its address.
pub(super) fn image(source: &Value, index: usize) -> Result<String, Fault> {
    let place = format!("messages.{index}.content.image.source");
    let members = source.as_object().into_iter().flat_map(|members| members.keys());
    closed(members, &["data", "media_type", "type", "url"], &format!("{place}."))?;
    match source["type"].as_str() {
        Some("base64") => {
            let media_type = source["media_type"].as_str().unwrap_or_default();
            demand(MEDIA_TYPES.contains(&media_type), format!("{place}.base64.media_type"))?;
            let data = source["data"].as_str().unwrap_or_default();
            demand(is_base64(data), format!("{place}.base64: invalid base64 data"))?;
            Ok(media_type.to_owned())
        }
        Some("url") => {
            let url = source["url"].as_str().unwrap_or_default();
            demand(url.starts_with("http"), format!("{place}.url.url"))?;
            Ok(url.to_owned())
        }
        _ => Err(Fault::invalid(format!(
            "{place}.type: Input should be 'base64' or 'url'"
        ))),
    }
}

fn is_base64(data: &str) -> bool {
    let letters = data.trim_end_matches('=');
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    !data.is_empty() && data.len().is_multiple_of(4) && letters.chars().all(fits)
}

/// The title of a document, if it has one.
pub(super) fn document(block: &Value, index: usize) -> Result<Option<String>, Fault> {
    let place = format!("messages.{index}.content.document");
    let members = block.as_object().into_iter().flat_map(|block| block.keys());
    closed(members, DOCUMENT, &format!("{place}."))?;
    let source = &block["source"];
    let fits = match source["type"].as_str() {
        Some("base64") => {
            let is_pdf = source["media_type"] == "application/pdf";
            is_pdf && source["data"].as_str().is_some_and(is_base64)
        }
        Some("text") => source["media_type"] == "text/plain" && source["data"].is_string(),
        Some("url") => source["url"].as_str().is_some_and(|url| url.starts_with("http")),
        Some("file") => source["file_id"].is_string(),
        Some("content") => source["content"].is_string() || source["content"].is_array(),
        _ => false,
    };
    demand(fits, format!("{place}.source: Input should be a valid source"))?;
    Ok(block["title"].as_str().map(str::to_owned))
}
