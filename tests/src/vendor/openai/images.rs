//! Image generation as in OpenAI's API reference, "Create image": always the same picture, one grey pixel.

use serde_json::{Value, json};

use super::request::{closed, model, within, word};
use super::{BASE64_IMAGE_MODEL, IMAGE_MODEL, Served};
use crate::vendor::fault::{Fault, demand};

const PARAMETERS: &[&str] = &[
    "background",
    "model",
    "moderation",
    "n",
    "output_compression",
    "output_format",
    "prompt",
    "quality",
    "response_format",
    "size",
    "style",
    "user",
];

/// A PNG of 1 × 1 grey pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";

/// The answer to a request that OpenAI would serve.
pub(super) fn serve(body: &Value) -> Result<Served, Fault> {
    closed(body, PARAMETERS)?;
    model(body, &[IMAGE_MODEL, BASE64_IMAGE_MODEL])?;
    within(body, "n", 1.0, 10.0)?;
    word(body, "response_format", &["url", "b64_json"])?;
    size(&body["size"])?;
    let prompt = body["prompt"].as_str().filter(|prompt| !prompt.is_empty());
    let prompt = prompt.ok_or_else(|| Fault::invalid("Missing required parameter: 'prompt'."))?;
    let images = body["n"].as_u64().unwrap_or(1);
    let reply = if body["model"] == BASE64_IMAGE_MODEL {
        let message = "Unknown parameter: 'response_format'.";
        demand(body["response_format"].is_null(), message)?;
        in_base64(images)
    } else {
        as_wanted(body, prompt, images)
    };
    Ok(Served {
        text: prompt.to_owned(),
        reply,
    })
}

fn size(size: &Value) -> Result<(), Fault> {
    let sides = |size: &str| {
        let (width, height) = size.split_once('x')?;
        Some((width.parse::<u32>().ok()?, height.parse::<u32>().ok()?))
    };
    let fits = match size {
        Value::Null => true,
        Value::String(size) => size == "auto" || sides(size).is_some(),
        _ => false,
    };
    demand(fits, "Invalid value: 'size'")
}

/// As the models do that take a `response_format`: an address unless it says otherwise, and the prompt as it was drawn.
fn as_wanted(body: &Value, prompt: &str, images: u64) -> Value {
    let revised = format!("In detail: {prompt}");
    let image = |index: u64| {
        if body["response_format"] == "b64_json" {
            json!({ "b64_json": PIXEL, "revised_prompt": revised })
        } else {
            let url = format!("https://images.example/double-{index}.png");
            json!({ "url": url, "revised_prompt": revised })
        }
    };
    json!({ "created": 1_750_000_000, "data": (0..images).map(image).collect::<Vec<_>>() })
}

/// As the newer models do.
fn in_base64(images: u64) -> Value {
    let image = |_| json!({ "b64_json": PIXEL });
    json!({
        "created": 1_750_000_000,
        "background": "opaque",
        "data": (0..images).map(image).collect::<Vec<_>>(),
        "output_format": "png",
        "quality": "high",
        "size": "1024x1024",
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": { "image_tokens": 0, "text_tokens": 11 },
            "output_tokens": 272 * images,
            "total_tokens": 11 + 272 * images,
        },
    })
}
