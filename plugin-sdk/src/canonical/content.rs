//! The content of a message: a single text, or parts of several kinds.

use std::fmt;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::members::{Members, Name, members, object};
use super::{Extra, Json, Text};

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// A single text.
    Text(Text),
    /// Parts of several kinds, in order.
    Parts(Vec<ContentPart>),
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentPart {
    /// A text.
    Text {
        /// The text.
        text: Text,
        /// Unknown fields, such as `cache_control`.
        #[serde(flatten)]
        extra: Extra,
    },
    /// An image.
    ImageUrl {
        /// The image's location.
        image_url: ImageUrl,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A file, such as a PDF.
    File {
        /// The file.
        file: File,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A kind of part this SDK does not know, preserved verbatim.
    #[serde(untagged)]
    Other(Json),
}

/// The location of an image. Some clients send the URL alone; it is read as one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImageUrl {
    /// An `https:` URL, or a base64 `data:` URL.
    pub url: String,
    /// The level of detail the model sees: `auto`, `low` or `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A file in a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct File {
    /// The content, as a base64 `data:` URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_data: Option<String>,
    /// The upstream's id for a file uploaded to it earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    /// The file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

members! {
    ImageUrl {
        "url" => url,
        "detail" => detail,
    } requires "url"
}

object! {
    File {
        "file_data" => file_data,
        "file_id" => file_id,
        "filename" => filename,
    }
}

// === impl Content ===

impl Content {
    /// All text in the content, concatenated without a separator.
    pub fn joined_text(&self) -> String {
        match self {
            Self::Text(text) => text.as_str().to_owned(),
            Self::Parts(parts) => parts.iter().filter_map(ContentPart::as_text).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        if json.get().starts_with('[') {
            let parts = serde_json::from_str(json.get());
            return parts.map(Self::Parts).map_err(D::Error::custom);
        }
        let text = Json::tidy(json).map_err(D::Error::custom)?;
        let expected = || D::Error::custom("expected a string or a list of content parts");
        Text::of_json(text).map(Self::Text).ok_or_else(expected)
    }
}

// === impl ContentPart ===

impl ContentPart {
    /// The text, if this part is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for ContentPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartVisitor)
    }
}

/// Reads a part in one go if its type comes first, as it nearly always does: parts are long.
struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = ContentPart;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a content part")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ContentPart, A::Error> {
        let mut extra = Extra::new();
        let (mut text, mut image_url, mut file) = (None, None, None);
        let mut kind = String::new();
        while let Some(Name(name)) = map.next_key()? {
            match name.as_ref() {
                "text" if kind == "text" => text = map.next_value()?,
                "image_url" if kind == "image_url" => image_url = map.next_value()?,
                "file" if kind == "file" => file = map.next_value()?,
                _ => {
                    let value: Json = map.next_value()?;
                    if name == "type" {
                        kind = value.as_str().unwrap_or_default();
                    }
                    extra.insert(name, value);
                }
            }
        }
        Ok(match kind.as_str() {
            "text" => known(text, extra, "text", |text, extra| ContentPart::Text { text, extra }),
            "image_url" => known(image_url, extra, "image_url", |image_url, extra| {
                ContentPart::ImageUrl { image_url, extra }
            }),
            "file" => known(file, extra, "file", |file, extra| ContentPart::File { file, extra }),
            _ => ContentPart::Other(extra.into()),
        })
    }
}

/// The part with its value, which may have come before its type.
fn known<T: DeserializeOwned>(
    value: Option<T>,
    mut extra: Extra,
    member: &str,
    part: impl FnOnce(T, Extra) -> ContentPart,
) -> ContentPart {
    match value.or_else(|| extra.read(member)) {
        Some(value) => {
            extra.retain(|name, _| name != "type" && name != member);
            part(value, extra)
        }
        None => ContentPart::Other(extra.into()),
    }
}

// === impl ImageUrl ===

impl<'de> Deserialize<'de> for ImageUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ImageUrlVisitor)
    }
}

struct ImageUrlVisitor;

impl<'de> Visitor<'de> for ImageUrlVisitor {
    type Value = ImageUrl;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a URL")
    }

    fn visit_str<E>(self, url: &str) -> Result<ImageUrl, E> {
        Ok(ImageUrl {
            url: url.to_owned(),
            ..ImageUrl::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageUrl, A::Error> {
        ImageUrl::read(map)
    }
}
