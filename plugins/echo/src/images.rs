//! Image generation: every image is the same single grey pixel.

use jackfield_plugin_sdk::canonical::{Extra, Image, ImageFormat, Images, ImagesRequest, ImagesUsage};
use jackfield_plugin_sdk::{Call, Failure};

use crate::words;

/// A PNG of 1 × 1 grey pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";

/// The maximum number of images per request, as at OpenAI.
const IMAGES: u32 = 10;

/// The request that a form makes: all of its fields are texts. A variation has no prompt.
///
/// # Errors
/// If the parameters cannot be read.
pub fn of_form<S>(call: &Call<S>) -> Result<ImagesRequest, Failure> {
    let fields: Extra = call.parameters()?;
    Ok(ImagesRequest {
        prompt: fields.text("prompt").unwrap_or_default(),
        n: fields.text("n").and_then(|n| n.parse().ok()),
        response_format: fields.read("response_format"),
        ..ImagesRequest::default()
    })
}

/// The complete reply: the images themselves, unless the client asks for URLs. Each counts as one output token.
pub fn answer(request: &ImagesRequest, model: &str) -> Images {
    let mut image = if request.response_format == Some(ImageFormat::Url) {
        Image::url(format!("data:image/png;base64,{PIXEL}"))
    } else {
        Image::base64(PIXEL)
    };
    image.revised_prompt = Some(request.prompt.clone());
    let count = request.n.unwrap_or(1).clamp(1, IMAGES);
    Images {
        data: vec![image; count as usize],
        model: Some(model.to_owned()),
        usage: Some(ImagesUsage::of(words::count(&request.prompt), count.into())),
        ..Images::default()
    }
}
