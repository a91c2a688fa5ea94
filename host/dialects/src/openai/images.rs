//! Image generation: the client's request, and the reply on its way to it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/images/create>.

mod reply;
#[cfg(test)]
mod tests;

pub use self::reply::finish_reply;
use crate::fault::RequestFault;
use crate::json::fields;
use crate::json::{Members, Object};

/// The sizes that stand for an aspect ratio: about a million pixels, in steps that diffusion models take.
const ASPECT_RATIOS: [(&str, &str); 5] = [
    ("1:1", "1024x1024"),
    ("16:9", "1344x768"),
    ("9:16", "768x1344"),
    ("4:3", "1152x896"),
    ("3:4", "896x1152"),
];

/// A request whose fields are in place.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The model that the client asks for; never empty.
    pub model: String,
    /// How many images; at least 1.
    pub n: u64,
    /// The request's top level, for patches.
    pub members: Members<'a>,
    /// What changes to make the request canonical: an RFC 7396 patch of the top level.
    patch: Vec<u8>,
}

// === impl Request ===

impl<'a> Request<'a> {
    /// Reads the client's body.
    ///
    /// # Errors
    /// If the body is not a JSON object, or `model`, `prompt`, `n`, `size`, `width`, `height`, `aspect_ratio` or
    /// `response_format` is missing or of the wrong type.
    pub fn parse(body: &'a [u8]) -> Result<Self, RequestFault> {
        let members = fields::body(body)?;
        let model = fields::model(&members)?;
        fields::required_text(&members, "prompt", "what the image is to show")?;
        let n = fields::count(&members, "n")?.unwrap_or(1);
        let size = size(&members)?;
        let formats = ["b64_json", "base64", "url"];
        let format = fields::word(&members, "response_format", &formats)?;
        let patch = Object::text(|patch| {
            if let Some(size) = &size {
                patch.string("size", size);
            }
            if format.as_deref() == Some("base64") {
                patch.string("response_format", "b64_json");
            }
            for key in ["width", "height", "aspect_ratio"] {
                if members.get(key).is_some() {
                    patch.raw(key, "null");
                }
            }
        });
        Ok(Self {
            model,
            n,
            members,
            patch,
        })
    }

    /// The request in the canonical dialect: with OpenAI's word for base64, and with a `size` in place of `width` and
    /// `height` or of an `aspect_ratio`. All else stays byte for byte.
    ///
    /// # Errors
    /// Never for a request that was parsed; the result keeps callers from having to know.
    pub fn canonical(&self) -> Result<Vec<u8>, RequestFault> {
        let patch = Members::parse(&self.patch).map_err(|error| RequestFault::new("body", error.to_string()))?;
        Ok(self.members.patch(&patch))
    }

    /// The request as a JSON object: it has no bulk.
    pub fn parameters(&self) -> Vec<u8> {
        self.members.without(&[])
    }
}

/// The size to set: none if the client gave one itself or nothing of the kind.
fn size(members: &Members<'_>) -> Result<Option<String>, RequestFault> {
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
