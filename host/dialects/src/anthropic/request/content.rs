//! The content of a message: Anthropic's content blocks become OpenAI's content parts.

use crate::anthropic::citations;
use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::entries;
use crate::json::raw::inside;
use crate::json::{List, Object};
use crate::words::signature;

/// The members of sources that OpenAI has words for.
const SOURCE: [&str; 5] = ["type", "url", "media_type", "data", "file_id"];

/// The content of a message while it is collected.
#[derive(Default)]
pub(super) struct Parts<'a> {
    list: List,
    /// The only text so far, as JSON. It is written as a plain string, which every upstream accepts.
    only_text: Option<&'a str>,
}

// === impl Parts ===

impl<'a> Parts<'a> {
    /// Adds a text, which is a JSON string.
    pub(super) fn push_text(&mut self, text: &'a str) {
        let is_first = self.list.is_empty();
        self.list.push_object(|part| {
            part.raw("type", "\"text\"");
            part.raw("text", text);
        });
        self.only_text = is_first.then_some(text);
    }

    /// Adds a block. One for which OpenAI has no part is copied as it came.
    ///
    /// # Errors
    /// If the block is not of its shape.
    pub(super) fn push(&mut self, block: &Block<'a>) -> Result<(), RequestFault> {
        if block.kind == "text" && block.has_only(&["type", "text"]) {
            self.push_text(block.string("text")?);
            return Ok(());
        }
        if cites_alone(block) {
            return Ok(());
        }
        let part = match block.kind.as_str() {
            "text" => Some(text(block)?),
            "image" => image(block)?,
            "document" => document(block)?,
            _ => None,
        };
        self.only_text = None;
        match part {
            Some(part) => self.list.push(part),
            None => self.list.push(block.text),
        }
        Ok(())
    }

    /// Hands each block of a `content` member to `add`.
    ///
    /// # Errors
    /// If it is not a list of blocks, or `add` fails; the fault names the block.
    pub(super) fn each_block(
        content: &'a str,
        mut add: impl FnMut(Block<'a>) -> Result<(), RequestFault>,
    ) -> Result<(), RequestFault> {
        let blocks = entries(content)
            .ok_or_else(|| RequestFault::new("content", "must be a string or a list of content blocks"))?;
        for (index, raw) in blocks.into_iter().enumerate() {
            Block::content(raw)
                .and_then(&mut add)
                .map_err(|fault| fault.within(&format!("content[{index}]")))?;
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The value of `content`; `None` if it is empty.
    pub(super) fn into_value(self) -> Option<Vec<u8>> {
        match self.only_text {
            Some(text) => Some(text.as_bytes().to_vec()),
            None if self.list.is_empty() => None,
            None => Some(self.list.into_text()),
        }
    }
}

/// True for an empty text that is there for what a text before it cites, in the words of another vendor.
fn cites_alone(block: &Block<'_>) -> bool {
    let cited = block.get("citations").and_then(entries).unwrap_or_default();
    let is_foreign = !cited.is_empty() && cited.iter().all(|citation| citations::is_foreign(citation));
    is_foreign && block.kind == "text" && block.get("text") == Some("\"\"")
}

/// Citations that were annotations of another vendor's are for the client alone.
fn text(block: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    let text = block.string("text")?;
    let cited = block.get("citations").filter(|cited| signature::may_be_in(cited));
    let mut others = vec!["type", "text"];
    let mut own = List::default();
    if let Some(cited) = cited.and_then(entries) {
        others.push("citations");
        let cited = cited.into_iter().filter(|citation| !citations::is_foreign(citation));
        cited.for_each(|citation| own.push(citation.get()));
    }
    Ok(Object::text(|part| {
        part.raw("type", "\"text\"");
        part.raw("text", text);
        if !own.is_empty() {
            part.raw("citations", own.into_text());
        }
        part.members(block.others(&others));
    }))
}

/// An image as a URL or as data. One in the vendor's Files API has no counterpart.
fn image(block: &Block<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
    let source = block.object("source")?;
    let Some(url) = address(&source).map_err(|fault| fault.within("source"))? else {
        return Ok(None);
    };
    Ok(Some(Object::text(|part| {
        part.raw("type", "\"image_url\"");
        part.object("image_url", |image| {
            image.raw("url", url);
            image.members(source.others(&SOURCE));
        });
        part.members(block.others(&["type", "source"]));
    })))
}

/// A PDF as a URL or as data, or a file by its id. OpenAI has no words for documents of plain text or of blocks.
fn document(block: &Block<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
    let source = block.object("source")?;
    let file = match source.kind.as_str() {
        "base64" if source.get("media_type") != Some("\"application/pdf\"") => return Ok(None),
        "file" => Some(("file_id", source.name("file_id").map(str::to_owned))),
        _ => address(&source).transpose().map(|address| ("file_data", address)),
    };
    let Some((key, value)) = file else {
        return Ok(None);
    };
    let value = value.map_err(|fault| fault.within("source"))?;
    Ok(Some(Object::text(|part| {
        part.raw("type", "\"file\"");
        part.object("file", |file| {
            if let Some(title) = block.get("title") {
                file.raw("filename", title);
            }
            file.raw(key, value);
            file.members(source.others(&SOURCE));
        });
        part.members(block.others(&["type", "source", "title"]));
    })))
}

/// The URL of a source, as a JSON string: its own, or a `data:` URL (RFC 2397). `None` for sources of other kinds.
fn address(source: &Block<'_>) -> Result<Option<String>, RequestFault> {
    match source.kind.as_str() {
        "url" => Ok(Some(source.name("url")?.to_owned())),
        "base64" => {
            let media_type = inside(source.name("media_type")?);
            let data = inside(source.name("data")?);
            Ok(Some(format!("\"data:{media_type};base64,{data}\"")))
        }
        "" => {
            let message = "is missing; give \"base64\" or \"url\"";
            Err(RequestFault::new("type", message))
        }
        _ => Ok(None),
    }
}
