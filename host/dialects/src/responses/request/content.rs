//! What a message or a tool's result says: parts of this API become parts of a chat.

use crate::fault::RequestFault;
use crate::json::Object;
use crate::json::block::Block;
use crate::json::fields::entries;
use crate::standard::Dropped;
use crate::turns::{Content, Part};

/// The content in this member of an item: a string, or a list of parts. None if there is no such member. What a chat has no
/// words for is listed.
///
/// # Errors
/// If it is something else, or a part is not of its shape.
pub(super) fn read<'a>(
    item: &Block<'a>,
    key: &'static str,
    dropped: &mut Dropped,
) -> Result<Content<'a>, RequestFault> {
    let mut content = Content::default();
    let Some(value) = item.get(key) else {
        return Ok(content);
    };
    if value.starts_with('"') {
        content.push(Part::Text(value.into()));
        return Ok(content);
    }
    let listed = entries(value).ok_or_else(|| RequestFault::new(key, "must be a string or a list of parts"))?;
    for (index, raw) in listed.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("{key}[{index}]"));
        let block = Block::content(raw).map_err(at)?;
        content.push(part(&block).map_err(at)?);
        dropped.add_all(&format!("input[].{key}[]"), block.unread());
    }
    Ok(content)
}

fn part<'a>(block: &Block<'a>) -> Result<Part<'a>, RequestFault> {
    match block.kind.as_str() {
        "input_text" | "output_text" | "text" => Ok(Part::Text(block.string("text")?.into())),
        "refusal" => {
            let refusal = block.string("refusal")?;
            Ok(Part::Other(Object::text(|part| {
                part.raw("type", "\"refusal\"");
                part.raw("refusal", refusal);
            })))
        }
        "input_image" => image(block).map(Part::Other),
        "input_file" => file(block).map(Part::Other),
        "input_audio" => {
            let audio = block.object("input_audio")?.text;
            Ok(Part::Other(Object::text(|part| {
                part.raw("type", "\"input_audio\"");
                part.raw("input_audio", audio);
            })))
        }
        kind => {
            let message = format!("`{kind}` has no counterpart in a chat; leave the part out");
            Err(RequestFault::new("type", message))
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
