//! What a model drew, as data inside of a part.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::Object;
use crate::json::raw::ObjectOf;

/// An image as adapters write it.
#[derive(Deserialize)]
struct Image {
    image_url: Option<Address>,
}

#[derive(Deserialize)]
struct Address {
    url: Option<String>,
}

/// The values of `inlineData` for these images. One that is not inside of the reply has none.
///
/// # Errors
/// If they are no list.
pub(super) fn inline(images: Option<&RawValue>) -> Result<Vec<Vec<u8>>, StreamFault> {
    let Some(images) = images else {
        return Ok(Vec::new());
    };
    let images: Vec<ObjectOf<Image>> =
        entries(images).map_err(|error| StreamFault::malformed(format!("images: {error}")))?;
    let data = images.iter().filter_map(|ObjectOf(image)| {
        let url = image.image_url.as_ref()?.url.as_deref()?;
        let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
        Some(Object::text(|blob| {
            blob.string("mimeType", media_type);
            blob.string("data", data);
        }))
    });
    Ok(data.collect())
}
