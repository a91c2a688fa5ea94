//! Reads a job's result.
//!
//! Source: the models' pages: `images[]`, or one `image`, each with its `url`.

use jackfield_plugin_sdk::canonical::{Extra, Image, ImageFormat, Images, Json};
use jackfield_plugin_sdk::{Call, Failure, Payload, Reply, Step};
use serde::Deserialize;

use crate::settings::Settings;

/// Of the request, what the reply needs.
#[derive(Deserialize)]
struct Wanted {
    n: Option<usize>,
    response_format: Option<ImageFormat>,
}

#[derive(Deserialize)]
struct Found {
    images: Option<Vec<Picture>>,
    image: Option<Picture>,
    has_nsfw_concepts: Option<Vec<bool>>,
    nsfw_content_detected: Option<Vec<bool>>,
    seed: Option<Json>,
}

#[derive(Deserialize)]
struct Picture {
    url: String,
}

/// The images. Those that the model's filter has painted over are left out.
///
/// # Errors
/// If there are none, or none that the filter let through.
pub(crate) fn images(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let found: Found = reply.json()?;
    let wanted: Wanted = call.parameters()?;
    let pictures = found
        .images
        .or_else(|| found.image.map(|one| vec![one]))
        .unwrap_or_default();
    if pictures.is_empty() {
        return Err(Failure::malformed("the result has no images"));
    }
    let flagged = found
        .has_nsfw_concepts
        .or(found.nsfw_content_detected)
        .unwrap_or_default();
    let passed = (0..)
        .zip(pictures)
        .filter(|(index, _)| flagged.get(*index) != Some(&true));
    let data: Vec<Image> = passed
        .map(|(_, it)| Image::at(&it.url, wanted.response_format.as_ref()))
        .collect();
    if data.is_empty() {
        return Err(Failure::content_policy("the model's filter held back what it painted"));
    }
    let lacks = wanted.n.is_some_and(|n| n > data.len());
    let mut extra = Extra::new();
    extra.extend(
        found
            .seed
            .filter(|seed| !seed.is_null())
            .map(|seed| ("seed".to_owned(), seed)),
    );
    let images = Images {
        data,
        extra,
        ..Images::default()
    };
    let payload = Payload::json(&images)?;
    Ok(Step::Done(if lacks { payload.dropped("n") } else { payload }))
}
