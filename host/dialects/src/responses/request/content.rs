//! What a message or a tool's result says: parts of this API become parts of a chat.

use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::entries;
use crate::json::raw::inside;
use crate::json::{List, Object};

/// The parts of a content.
#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    parts: Vec<Part<'a>>,
}

/// A part of a content.
#[derive(Debug)]
enum Part<'a> {
    /// A text, as a JSON string.
    Text(&'a str),
    /// A part of a chat that is no text.
    Other(Vec<u8>),
}

// === impl Content ===

impl<'a> Content<'a> {
    /// The content in this member of an item: a string, or a list of parts. None if there is no such member.
    ///
    /// # Errors
    /// If it is something else, or a part is not of its shape.
    pub(super) fn read(item: &Block<'a>, key: &'static str) -> Result<Self, RequestFault> {
        let Some(value) = item.get(key) else {
            return Ok(Self::default());
        };
        if value.starts_with('"') {
            let parts = vec![Part::Text(value)];
            return Ok(Self { parts });
        }
        let listed = entries(value).ok_or_else(|| RequestFault::new(key, "must be a string or a list of parts"))?;
        let mut parts = Vec::with_capacity(listed.len());
        for (index, part) in listed.into_iter().enumerate() {
            let part = Block::content(part).and_then(|block| Part::read(&block));
            parts.push(part.map_err(|fault| fault.within(&format!("{key}[{index}]")))?);
        }
        Ok(Self { parts })
    }

    /// True if it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text("\"\"")))
    }

    /// The value of `content`: a string if it is one text.
    pub(super) fn value(&self) -> Vec<u8> {
        match self.parts.as_slice() {
            [] => b"\"\"".to_vec(),
            [Part::Text(text)] => text.as_bytes().to_vec(),
            _ => self.list(),
        }
    }

    /// The same, with several texts as one: not every upstream accepts parts from a model or in a system message.
    pub(super) fn joined(&self, separator: &str) -> Vec<u8> {
        match self.text(separator) {
            Some(text) => format!("\"{text}\"").into(),
            None => self.list(),
        }
    }

    /// All texts as one, the inside of a JSON string; `None` if there is anything else.
    fn text(&self, separator: &str) -> Option<String> {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(inside(text)),
            Part::Other(_) => None,
        });
        Some(texts.collect::<Option<Vec<&str>>>()?.join(separator))
    }

    /// The parts of this content and of another, which a model said after it.
    pub(super) fn and(mut self, other: Self) -> Self {
        if !self.is_empty() && !other.is_empty() {
            self.parts.push(Part::Text(r#""\n\n""#));
        }
        self.parts.extend(other.parts);
        self
    }

    fn list(&self) -> Vec<u8> {
        let mut list = List::default();
        for part in &self.parts {
            match part {
                Part::Text(text) => list.push_object(|part| {
                    part.raw("type", "\"text\"");
                    part.raw("text", text);
                }),
                Part::Other(part) => list.push(part),
            }
        }
        list.into_text()
    }
}

// === impl Part ===

impl<'a> Part<'a> {
    fn read(block: &Block<'a>) -> Result<Self, RequestFault> {
        match block.kind.as_str() {
            "input_text" | "output_text" | "text" => Ok(Self::Text(block.string("text")?)),
            "refusal" => {
                let refusal = block.string("refusal")?;
                Ok(Self::Other(Object::text(|part| {
                    part.raw("type", "\"refusal\"");
                    part.raw("refusal", refusal);
                })))
            }
            "input_image" => image(block).map(Self::Other),
            "input_file" => file(block).map(Self::Other),
            "input_audio" => Ok(Self::Other(block.text.into())),
            kind => {
                let message = format!("`{kind}` has no counterpart in a chat; leave the part out");
                Err(RequestFault::new("type", message))
            }
        }
    }
}

fn image(block: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    not_stored(block, "send the image as a `data:` URL in `image_url`")?;
    let url = block.name("image_url")?;
    Ok(Object::text(|part| {
        part.raw("type", "\"image_url\"");
        part.object("image_url", |image| {
            image.raw("url", url);
            if let Some(detail) = block.get("detail") {
                image.raw("detail", detail);
            }
        });
    }))
}

/// A file as data, or by its URL, which stands in the same place.
fn file(block: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    not_stored(block, "send the file itself in `file_data`")?;
    let data = match block.get("file_url") {
        Some(_) => block.name("file_url")?,
        None => block.name("file_data")?,
    };
    Ok(Object::text(|part| {
        part.raw("type", "\"file\"");
        part.object("file", |file| {
            if let Some(name) = block.get("filename") {
                file.raw("filename", name);
            }
            file.raw("file_data", data);
        });
    }))
}

fn not_stored(block: &Block<'_>, instead: &str) -> Result<(), RequestFault> {
    match block.get("file_id") {
        None => Ok(()),
        Some(_) => Err(RequestFault::new(
            "file_id",
            format!("files are not stored here; {instead}"),
        )),
    }
}
