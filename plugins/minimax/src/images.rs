//! Images: a request to `/image_generation`, and its reply.
//!
//! Source: `ImageRequest` and `ImageResponse` in `src/types/api.ts` of <https://github.com/MiniMax-AI/cli>; the limits are
//! those of <https://platform.minimax.io/docs/api-reference/image-generation-t2i>.

use std::ops::RangeInclusive;

use jackfield_plugin_sdk::canonical::{Extra, Image, ImageFormat, Images, ImagesRequest};
use jackfield_plugin_sdk::{Call, Failure, Payload, Reply, Step};
use serde::Deserialize;

use crate::settings::Settings;

/// The sizes that have a name, which is their proportions.
const NAMED: [((u32, u32), &str); 8] = [
    ((1024, 1024), "1:1"),
    ((1280, 720), "16:9"),
    ((1152, 864), "4:3"),
    ((1248, 832), "3:2"),
    ((832, 1248), "2:3"),
    ((864, 1152), "3:4"),
    ((720, 1280), "9:16"),
    ((1344, 576), "21:9"),
];

/// All other sizes: the pixels of a side, and their steps.
const SIDE: RangeInclusive<u32> = 512..=2048;
const STEP: u32 = 8;

/// The most images of one request.
const MOST: u32 = 9;

/// Of the request, what the reply needs.
#[derive(Deserialize)]
struct Wanted {
    n: Option<usize>,
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Found>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    image_urls: Option<Vec<String>>,
    image_base64: Option<Vec<String>>,
}

/// The body, and the names of what it leaves out. Members that OpenAI does not have are `MiniMax`'s own.
///
/// # Errors
/// If the number, the size or the form is beyond what `MiniMax` has, or the client wants a stream.
pub(crate) fn body(call: &Call<Settings>) -> Result<(Extra, Vec<String>), Failure> {
    if call.stream {
        return Err(Failure::unsupported("stream: this provider does not stream images"));
    }
    let mut request: ImagesRequest = call.body()?;
    let mut dropped = request.take_openais();
    // Its images are JPEG.
    if request
        .extra
        .remove("output_format")
        .is_some_and(|format| format.as_str().is_some_and(|it| it != "jpeg"))
    {
        dropped.push("output_format".to_owned());
    }
    let mut body = Extra::new();
    body.insert("model", call.model.as_str());
    body.insert("prompt", request.prompt.clone());
    if let Some(n) = request.n {
        if n == 0 || n > MOST {
            return Err(Failure::unsupported(format!(
                "n: this provider makes 1 to {MOST} images"
            )));
        }
        body.insert("n", u64::from(n));
    }
    size(&request, &mut body)?;
    match &request.response_format {
        None => {}
        Some(ImageFormat::Url) => body.insert("response_format", "url"),
        Some(ImageFormat::B64Json) => body.insert("response_format", "base64"),
        Some(ImageFormat::Other(other)) => {
            return Err(Failure::client(format!(
                "response_format: {other:?} is neither `url` nor `b64_json`"
            )));
        }
    }
    request.extra.remove("stream");
    body.extend(request.extra.into_iter().filter(|(_, value)| !value.is_null()));
    for (name, value) in &call.settings.image_parameters {
        body.set(name.as_str(), value);
    }
    Ok((body, dropped))
}

/// The size: by its name, or as width and height.
fn size(request: &ImagesRequest, body: &mut Extra) -> Result<(), Failure> {
    let own = ["aspect_ratio", "width", "height"];
    let Some(size) = request.size.as_deref().filter(|size| *size != "auto") else {
        return Ok(());
    };
    if own.iter().any(|name| request.extra.contains_key(name)) {
        return Ok(());
    }
    let unclear = || Failure::client(format!("size: {size:?} is not a width and a height, such as 1024x1024"));
    let (width, height) = request.pixels().ok_or_else(unclear)?;
    if let Some((_, name)) = NAMED.iter().find(|(pixels, _)| *pixels == (width, height)) {
        body.insert("aspect_ratio", *name);
        return Ok(());
    }
    let fits = |side: u32| SIDE.contains(&side) && side.is_multiple_of(STEP);
    if !fits(width) || !fits(height) {
        let message = format!(
            "size: this provider has sides of {} to {} pixels in steps of {STEP}",
            SIDE.start(),
            SIDE.end()
        );
        return Err(Failure::unsupported(message));
    }
    body.insert("width", u64::from(width));
    body.insert("height", u64::from(height));
    Ok(())
}

/// The images. Those that `MiniMax`'s filter held back are missing.
///
/// # Errors
/// If there are none.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let answer: Answer = reply.json()?;
    let found = answer.data.unwrap_or_default();
    let urls = found.image_urls.unwrap_or_default().into_iter().map(Image::url);
    let inline = found.image_base64.unwrap_or_default().into_iter().map(Image::base64);
    let data: Vec<Image> = urls.chain(inline).collect();
    if data.is_empty() {
        return Err(Failure::content_policy("the provider's filter held back all images"));
    }
    let wanted: Wanted = call.parameters()?;
    let lacks = wanted.n.is_some_and(|n| n > data.len());
    let images = Images {
        data,
        ..Images::default()
    };
    let payload = Payload::json(&images)?;
    Ok(Step::Done(if lacks { payload.dropped("n") } else { payload }))
}
