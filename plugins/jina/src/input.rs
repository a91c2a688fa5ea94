//! Texts and images, as models for both take them.

use jackfield_plugin_sdk::DataUrl;
use serde::Serialize;

/// Something that is embedded or ranked.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Input<'a> {
    /// A text among texts.
    Plain(&'a str),
    /// A text among images.
    Text { text: &'a str },
    /// An image: the base64 of its data.
    Image { image: String },
}

/// All inputs. Each that is the `data:` URL of an image is an image.
pub(crate) fn of(texts: &[String]) -> Vec<Input<'_>> {
    let images: Vec<Option<DataUrl<'_>>> = texts.iter().map(|text| DataUrl::of_image(text)).collect();
    let has_images = images.iter().any(Option::is_some);
    let input = |(text, image): (_, Option<DataUrl<'_>>)| match image {
        Some(image) => Input::Image {
            image: image.base64().into_owned(),
        },
        None if has_images => Input::Text { text },
        None => Input::Plain(text),
    };
    texts.iter().map(String::as_str).zip(images).map(input).collect()
}
