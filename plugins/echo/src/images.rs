//! Image generation: every image is the same single grey pixel.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::words;

/// A PNG of 1 × 1 grey pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";

/// The maximum number of images per request, as at OpenAI.
const IMAGES: usize = 10;

/// The members of an image request that matter here.
///
/// Source: <https://platform.openai.com/docs/api-reference/images/create>.
#[derive(Debug, Deserialize)]
pub struct ImagesRequest {
    /// The description of the image.
    pub prompt: String,
    /// The number of images; 1 if absent.
    #[serde(default)]
    pub n: Option<usize>,
    /// `url`, or `b64_json` or `base64` for the image itself; the image itself if absent.
    #[serde(default)]
    pub response_format: Option<String>,
}

/// The complete reply. Each image counts as one output token.
pub fn answer(request: &ImagesRequest, model: &str) -> Value {
    let image = if request.response_format.as_deref() == Some("url") {
        let url = format!("data:image/png;base64,{PIXEL}");
        json!({ "url": url, "b64_json": null, "revised_prompt": request.prompt })
    } else {
        json!({ "url": null, "b64_json": PIXEL, "revised_prompt": request.prompt })
    };
    let images = request.n.unwrap_or(1).clamp(1, IMAGES);
    let tokens = words::count(&request.prompt);
    json!({
        "created": 0,
        "data": vec![image; images],
        "model": model,
        "usage": {
            "input_tokens": tokens,
            "output_tokens": images,
            "total_tokens": tokens + images as u64,
        },
    })
}
