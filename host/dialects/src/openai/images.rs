//! Image generation: the client's request, and the reply on its way to it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/images/create>.

mod embed;
mod reply;
#[cfg(test)]
mod tests;

pub use self::embed::{image_urls, with_images};
pub(super) use self::reply::finish_reply;
use crate::fault::RequestFault;
use crate::json::{Members, fields, json_string};
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// The size for each aspect ratio: about a million pixels, in steps that diffusion models accept.
const ASPECT_RATIOS: [(&str, &str); 5] = [
    ("1:1", "1024x1024"),
    ("16:9", "1344x768"),
    ("9:16", "768x1344"),
    ("4:3", "1152x896"),
    ("3:4", "896x1152"),
];

/// Reads the body of `POST /v1/images/generations`. It has no bulk.
///
/// # Errors
/// If `model`, `prompt`, `n`, `size`, `width`, `height`, `aspect_ratio` or
/// `response_format` is missing or of the wrong type.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    fields::required_text(&members, "prompt", "what the image is to show")?;
    fields::count(&members, "n")?;
    image_size(&members)?;
    format(&members)?;
    fields::no_stream(&members, "images")?;
    Ok(ParsedRequest {
        operation: Operation::Images,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &[],
    })
}

/// The request in the canonical dialect: with OpenAI's word for base64, and with a `size` in place of `width` and
/// `height` or of an `aspect_ratio`. All else stays byte for byte.
///
/// # Errors
/// If one of these members is of the wrong type.
pub(super) fn canonical(members: &Members<'_>) -> Result<Vec<u8>, RequestFault> {
    let size = image_size(members)?.map(|size| json_string(&size));
    let is_base64 = format(members)?.as_deref() == Some("base64");
    let mut edits = Vec::new();
    if size.is_some() {
        edits.push(("size", size.as_deref()));
    }
    if is_base64 {
        edits.push(("response_format", Some("\"b64_json\"")));
    }
    edits.extend(["width", "height", "aspect_ratio"].map(|key| (key, None)));
    Ok(members.with(&edits))
}

fn format(members: &Members<'_>) -> Result<Option<String>, RequestFault> {
    fields::word(members, "response_format", &["b64_json", "base64", "url"])
}

/// The size to set; `None` if the client gave a `size` or neither sides nor a ratio.
pub(crate) fn image_size(members: &Members<'_>) -> Result<Option<String>, RequestFault> {
    if let Some(size) = fields::text(members, "size")? {
        if size != "auto" && !is_size(&size) {
            let message = "must be a width and a height such as \"1024x1024\"";
            return Err(RequestFault::new("size", message));
        }
        return Ok(None);
    }
    let sides = (fields::count(members, "width")?, fields::count(members, "height")?);
    match sides {
        (Some(width), Some(height)) => return Ok(Some(format!("{width}x{height}"))),
        (Some(_), None) => return Err(RequestFault::new("height", "is missing; width needs it")),
        (None, Some(_)) => return Err(RequestFault::new("width", "is missing; height needs it")),
        (None, None) => {}
    }
    let ratios = ASPECT_RATIOS.map(|(ratio, _)| ratio);
    let ratio = fields::word(members, "aspect_ratio", &ratios)?;
    let size = ratio.and_then(|ratio| {
        let known = ASPECT_RATIOS.iter().find(|(name, _)| *name == ratio)?;
        Some(known.1.to_owned())
    });
    Ok(size)
}

fn is_size(size: &str) -> bool {
    let is_side = |side: &str| {
        let is_number = side.bytes().all(|digit| digit.is_ascii_digit());
        is_number && side.bytes().any(|digit| digit != b'0')
    };
    size.split_once('x')
        .is_some_and(|(width, height)| is_side(width) && is_side(height))
}
