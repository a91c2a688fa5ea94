//! Translates OpenAI's content parts to blocks.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, Json};

use super::RequestError;
use super::block::Block;
use super::documents::DocumentNames;
use super::media;

/// What is known of a request while its parts are translated.
#[derive(Default)]
pub(super) struct Scope {
    /// The names of the documents so far.
    pub(super) documents: DocumentNames,
    /// Whether the model takes cache points.
    pub(super) caches: bool,
    /// What could not be sent.
    pub(super) dropped: BTreeSet<&'static str>,
}

// === impl Scope ===

impl Scope {
    /// The blocks of a message's content. Empty texts are left out, because the API refuses them.
    ///
    /// # Errors
    /// If a part has no equivalent.
    pub(super) fn blocks(&mut self, content: Option<Content>) -> Result<Vec<Block>, RequestError> {
        let mut blocks = Vec::new();
        match content {
            None => {}
            Some(Content::Text(text)) => blocks.extend(Block::text(text)),
            Some(Content::Parts(parts)) => {
                for part in parts {
                    self.part(part, &mut blocks)?;
                }
            }
        }
        Ok(blocks)
    }

    /// Adds the cache point that a mark asks for, after the block it stands on.
    pub(super) fn mark(&mut self, mark: Option<Json>, blocks: &mut Vec<Block>) {
        let Some(mark) = mark.filter(|mark| !mark.is_null()) else {
            return;
        };
        if !self.caches {
            self.dropped.insert("cache_control");
        } else if blocks
            .last()
            .is_some_and(|block| !block.is_cache_point() && !block.is_reasoning())
        {
            blocks.push(Block::cache_point(&mark));
        }
    }

    fn part(&mut self, part: ContentPart, blocks: &mut Vec<Block>) -> Result<(), RequestError> {
        let (block, mut extra) = match part {
            ContentPart::Text { text, extra } => (Block::text(text), extra),
            ContentPart::ImageUrl { image_url, extra } => {
                if image_url.detail.is_some() {
                    self.dropped.insert("messages[].content[].image_url.detail");
                }
                (Some(self.media(&image_url.url, None)?), extra)
            }
            ContentPart::File { file, extra } => match (file.file_data, file.file_id) {
                (Some(data), None) => (Some(self.media(&data, file.filename.as_deref())?), extra),
                (_, Some(_)) => return Err(RequestError::FileId),
                (None, None) => return Err(RequestError::NoFile),
            },
            ContentPart::Other(part) => self.other(&part)?,
        };
        let has_block = block.is_some();
        blocks.extend(block);
        self.mark(extra.remove("cache_control").filter(|_| has_block), blocks);
        Ok(())
    }

    fn other(&mut self, part: &Json) -> Result<(Option<Block>, Extra), RequestError> {
        let mut part: Extra = part.read().unwrap_or_default();
        let kind = part.text("type").unwrap_or_default();
        let block = match kind.as_str() {
            "refusal" => Block::text(part.take_text("refusal")),
            "input_audio" => {
                let mut audio: Extra = part.take("input_audio").unwrap_or_default();
                let format = audio.take_text("format");
                let audio = media::audio(audio.take_text("data"), &format);
                Some(audio.map_err(|error| RequestError::Media("input_audio", error))?)
            }
            // As vLLM, OpenRouter and others have it: <https://openrouter.ai/docs/features/multimodal/videos>.
            "video_url" => {
                let url = part.take::<Extra>("video_url").map(|mut url| url.take_text("url"));
                Some(self.media(&url.unwrap_or_default(), None)?)
            }
            _ => return Err(RequestError::Part(kind)),
        };
        Ok((block, part))
    }

    fn media(&mut self, address: &str, filename: Option<&str>) -> Result<Block, RequestError> {
        let part = if filename.is_some() { "file" } else { "image" };
        media::block(address, filename, &mut self.documents).map_err(|error| RequestError::Media(part, error))
    }
}

/// The URLs in a content that the host has to fetch.
pub(super) fn remote(content: &Content) -> Vec<String> {
    let Content::Parts(parts) = content else {
        return Vec::new();
    };
    let address = |part: &ContentPart| match part {
        ContentPart::ImageUrl { image_url, .. } => Some(image_url.url.clone()),
        ContentPart::File { file, .. } => file.file_data.clone(),
        ContentPart::Other(part) => part.read::<Extra>()?.read::<Extra>("video_url")?.text("url"),
        ContentPart::Text { .. } => None,
    };
    let addresses = parts
        .iter()
        .filter_map(address)
        .map(|address| address.trim().to_owned());
    addresses.filter(|address| media::is_remote(address)).collect()
}
