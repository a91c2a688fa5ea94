//! Images: by a Gemini model that draws, or by Imagen.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/image-generation>; <https://ai.google.dev/gemini-api/docs/imagen>.

use jackfield_plugin_sdk::canonical::{Extra, Image, ImageFormat, Images, ImagesRequest, ImagesUsage};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Reply, Step};
use serde_json::json;

use crate::response::State;
use crate::settings::Settings;
use crate::{endpoint, error, reply, signature};

/// The shapes that images may have.
///
/// Source: `aspectRatio` on the same pages.
const SHAPES: [(u32, u32); 10] = [
    (1, 1),
    (2, 3),
    (3, 2),
    (3, 4),
    (4, 3),
    (4, 5),
    (5, 4),
    (9, 16),
    (16, 9),
    (21, 9),
];

/// The exchange for a prompt.
///
/// # Errors
/// If a Gemini model is asked for several images, or the model's name cannot be part of a path.
pub(crate) fn exchange(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let mut request: ImagesRequest = call.body()?;
    let mut dropped = request.take_openais();
    let shape = request.ratio().and_then(shape_of);
    if shape.is_none() && request.size.as_deref().is_some_and(|size| size != "auto") {
        dropped.push("size".to_owned());
    }
    dropped.extend(request.extra.iter().map(|(name, _)| name.to_owned()));
    let shape = shape.map(|(width, height)| format!("{width}:{height}"));
    let (method, body) = if is_imagen(&call.model) {
        ("predict", instance(&request, shape.as_deref()))
    } else if request.n.is_some_and(|n| n > 1) {
        return Err(Failure::unsupported("n: this model returns one image per request"));
    } else {
        ("generateContent", turn(&request, shape.as_deref()))
    };
    let exchange = Exchange::post(endpoint::path(&call.settings, &call.model, method)?).json(&body)?;
    Ok(dropped.into_iter().fold(exchange, Exchange::dropped))
}

/// The shape of such sides, if there is one. A request has a size in place of an aspect ratio: 1344x768 for 16:9, and
/// 1152x896 for 4:3.
fn shape_of(ratio: (u32, u32)) -> Option<(u32, u32)> {
    match ratio {
        (7, 4) => Some((16, 9)),
        (4, 7) => Some((9, 16)),
        (9, 7) => Some((4, 3)),
        (7, 9) => Some((3, 4)),
        _ => SHAPES.contains(&ratio).then_some(ratio),
    }
}

fn is_imagen(model: &str) -> bool {
    model.contains("imagen")
}

/// A request to a Gemini model.
fn turn(request: &ImagesRequest, shape: Option<&str>) -> Extra {
    let mut config = Extra::new();
    config.set("responseModalities", &["IMAGE"]);
    if let Some(shape) = shape {
        config.set("imageConfig", &json!({ "aspectRatio": shape }));
    }
    let mut body = Extra::new();
    body.set(
        "contents",
        &json!([{ "role": "user", "parts": [{ "text": request.prompt }] }]),
    );
    body.insert("generationConfig", config);
    body
}

/// A request to Imagen.
fn instance(request: &ImagesRequest, shape: Option<&str>) -> Extra {
    let mut parameters = Extra::new();
    parameters.set("sampleCount", &request.n.unwrap_or(1));
    if let Some(shape) = shape {
        parameters.insert("aspectRatio", shape);
    }
    let mut body = Extra::new();
    body.set("instances", &json!([{ "prompt": request.prompt }]));
    body.insert("parameters", parameters);
    body
}

/// Decodes the reply.
///
/// # Errors
/// If it is an error despite its status, or has no image: the model refused, or wrote instead of drawing.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let (urls, usage) = if is_imagen(&call.model) {
        (predicted(reply)?, None)
    } else {
        drawn(reply, signature::origin(&call.settings))?
    };
    if urls.is_empty() {
        return Err(Failure::content_policy("the model returned no image"));
    }
    let wanted: Option<ImageFormat> = call.parameters::<Extra>()?.read("response_format");
    Step::done(&Images {
        data: urls.iter().map(|url| Image::at(url, wanted.as_ref())).collect(),
        usage,
        ..Images::default()
    })
}

/// Imagen's images, as `data:` URLs.
fn predicted(reply: &Reply) -> Result<Vec<String>, Failure> {
    let body: Extra = reply.json()?;
    if let Some(failure) = error::reported(&body) {
        return Err(failure);
    }
    let predictions: Vec<Extra> = body.read("predictions").unwrap_or_default();
    let url = |image: &Extra| {
        let media_type = image.text("mimeType").unwrap_or_else(|| "image/png".to_owned());
        Some(format!(
            "data:{media_type};base64,{}",
            image.text("bytesBase64Encoded")?
        ))
    };
    Ok(predictions.iter().filter_map(url).collect())
}

/// A Gemini model's images, as `data:` URLs.
fn drawn(reply: &Reply, origin: &str) -> Result<(Vec<String>, Option<ImagesUsage>), Failure> {
    let completion = reply::completion(reply, State::default(), origin)?;
    let lists = completion
        .choices
        .iter()
        .filter_map(|choice| choice.message.extra.read::<Vec<Extra>>("images"));
    let url = |image: Extra| image.read::<Extra>("image_url")?.text("url");
    let urls = lists.flatten().filter_map(url).collect();
    let usage = completion
        .usage
        .map(|usage| ImagesUsage::of(usage.prompt_tokens, usage.completion_tokens));
    Ok((urls, usage))
}
