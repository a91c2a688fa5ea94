//! Translates OpenAI's content parts to Anthropic's content blocks.

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, File, Json};

use super::RequestError;
use super::block::{Block, Source};
use super::media;

/// Members of a message that OpenAI's Agents SDK for JavaScript repeats in its texts: they say nothing there, and the API
/// refuses them.
const OF_MESSAGES: [&str; 6] = ["annotations", "audio", "function_call", "refusal", "role", "tool_calls"];

/// The blocks of a message's content. Empty texts are left out, because the API refuses them.
///
/// A part of a kind OpenAI does not have is passed through: it is Anthropic's own, such as `document` or
/// `search_result`.
///
/// # Errors
/// If a part has no equivalent: audio, or an image or file in an unknown form.
pub(super) fn blocks(content: Option<Content>) -> Result<Vec<Block>, RequestError> {
    match content {
        None => Ok(Vec::new()),
        Some(Content::Text(text)) => Ok(Block::text(text, Extra::new()).into_iter().collect()),
        Some(Content::Parts(parts)) => parts.into_iter().filter_map(|part| block(part).transpose()).collect(),
    }
}

fn block(part: ContentPart) -> Result<Option<Block>, RequestError> {
    match part {
        ContentPart::Text { text, mut extra } => {
            for name in OF_MESSAGES {
                extra.remove(name);
            }
            Ok(Block::text(text, extra))
        }
        ContentPart::ImageUrl { image_url, extra } => {
            let source = media::source(&image_url.url, None).map_err(RequestError::Image)?;
            of_source(source, Kind::Image, None, extra).map(Some)
        }
        ContentPart::File { file, extra } => document(file, extra).map(Some),
        ContentPart::Other(part) => other(&part),
    }
}

fn other(part: &Json) -> Result<Option<Block>, RequestError> {
    let mut part: Extra = part.read().unwrap_or_default();
    match part.text("type").as_deref() {
        Some("input_audio") => Err(RequestError::Audio),
        Some("refusal") => {
            part.remove("type");
            Ok(Block::text(part.take_text("refusal"), part))
        }
        _ => Ok(Some(Block::from(part))),
    }
}

/// Translates a file: its bytes, its URL, or its id in the upstream's Files API.
fn document(file: File, extra: Extra) -> Result<Block, RequestError> {
    let source = match (file.file_id, file.file_data) {
        (Some(file_id), _) => Source::File { file_id },
        (None, Some(data)) => media::source(&data, file.filename.as_deref()).map_err(RequestError::File)?,
        (None, None) => return Err(RequestError::NoFile),
    };
    of_source(source, Kind::Document, file.filename, extra)
}

fn of_source(source: Source, called: Kind, title: Option<String>, extra: Extra) -> Result<Block, RequestError> {
    Ok(match kind(&source, called)? {
        Kind::Image => Block::Image { source, extra },
        Kind::Document => Block::Document { source, title, extra },
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Image,
    Document,
}

/// What the data are, whatever part they came in: clients also send PDFs as images. What only has an address is what
/// the client calls it.
fn kind(source: &Source, called: Kind) -> Result<Kind, RequestError> {
    match source {
        Source::Base64 { media_type, .. } if media_type == media::PDF => Ok(Kind::Document),
        Source::Base64 { media_type, .. } if media::IMAGES.contains(&media_type.as_str()) => Ok(Kind::Image),
        Source::Base64 { media_type, .. } => Err(RequestError::MediaType(media_type.clone())),
        Source::Text { .. } => Ok(Kind::Document),
        Source::Url { .. } | Source::File { .. } => Ok(called),
    }
}
