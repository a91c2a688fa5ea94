//! Translates the content of messages.
//!
//! Source: <https://docs.cohere.com/docs/image-inputs>.

use jackfield_plugin_sdk::canonical::{Content as Given, ContentPart, Extra, File, ImageUrl, Text};
use jackfield_plugin_sdk::{DataUrl, Draft};

use super::RequestError;
use super::turn::{Block, Content};

/// Where parts are.
const PLACE: &str = "messages[].content[]";

/// The media types of texts beside `text/…`.
const TEXTS: [&str; 4] = [
    "application/json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
];

/// The content of a message that may hold nothing but text, as one text.
///
/// # Errors
/// If it holds anything else.
pub(super) fn text(content: Option<Given>, draft: &mut Draft) -> Result<Text, RequestError> {
    let mut whole = Text::default();
    for block in blocks(content, draft)? {
        match block {
            Block::Text { text } if whole.is_empty() => whole = text,
            Block::Text { text } => whole.push_str(&text),
            Block::ImageUrl { .. } => return Err(RequestError::ImageElsewhere),
            Block::Thinking { .. } => {}
        }
    }
    Ok(whole)
}

/// The content of the user's message; none if it is empty.
///
/// # Errors
/// If it holds anything but texts and images.
pub(super) fn of_user(content: Option<Given>, draft: &mut Draft) -> Result<Option<Content>, RequestError> {
    let mut blocks = blocks(content, draft)?;
    Ok(match blocks.as_mut_slice() {
        [] => None,
        [Block::Text { text }] => Some(Content::Text(std::mem::take(text))),
        _ => Some(Content::Blocks(blocks)),
    })
}

/// The blocks that have something in them.
fn blocks(content: Option<Given>, draft: &mut Draft) -> Result<Vec<Block>, RequestError> {
    let parts = match content {
        None => Vec::new(),
        Some(Given::Text(text)) => return Ok(of_text(text).into_iter().collect()),
        Some(Given::Parts(parts)) => parts,
    };
    let mut blocks = Vec::with_capacity(parts.len());
    for part in parts {
        blocks.extend(block(part, draft)?);
    }
    Ok(blocks)
}

fn block(part: ContentPart, draft: &mut Draft) -> Result<Option<Block>, RequestError> {
    match part {
        ContentPart::Text { text, .. } => Ok(of_text(text)),
        ContentPart::ImageUrl { image_url, .. } => image(image_url).map(Some),
        ContentPart::File { file, .. } => {
            for (name, given) in [("filename", &file.filename), ("file_id", &file.file_id)] {
                if given.is_some() {
                    draft.leave_out(format!("{PLACE}.file.{name}"));
                }
            }
            Ok(of_text(file_text(&file)?))
        }
        ContentPart::Other(part) => {
            let part: Extra = part.read().unwrap_or_default();
            match part.text("type").as_deref() {
                Some("refusal") => Ok(of_text(part.text("refusal").unwrap_or_default())),
                kind => Err(RequestError::Part(kind.unwrap_or_default().to_owned())),
            }
        }
    }
}

fn of_text(text: impl Into<Text>) -> Option<Block> {
    let text = text.into();
    (!text.is_empty()).then_some(Block::Text { text })
}

/// The image, whose form is OpenAI's: a URL, and how closely to look.
fn image(mut image: ImageUrl) -> Result<Block, RequestError> {
    let url = image.url.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        let start = url.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if !is_web && DataUrl::parse(url).is_none_or(|data| !data.is_base64) {
        return Err(RequestError::Image);
    }
    image.extra = Extra::new();
    Ok(Block::ImageUrl { image_url: image })
}

/// The text of a file. The API has no files, but what is text already can be said.
fn file_text(file: &File) -> Result<String, RequestError> {
    let url = file.file_data.as_deref().and_then(DataUrl::parse);
    let is_text = |kind: &str| kind.starts_with("text/") || TEXTS.contains(&kind);
    let url = url.filter(|url| is_text(&url.media_type)).ok_or(RequestError::File)?;
    url.text().map_err(|_| RequestError::File)
}
