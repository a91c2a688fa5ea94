//! Images generated from a prompt.
//!
//! Source: <https://platform.openai.com/docs/api-reference/images/create>.

mod fit;

use serde::Serialize;

use super::Extra;
use super::members::object;
use crate::open_enum::open_enum;

/// A request to generate images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImagesRequest {
    /// The client's name for the model; the upstream's is in [`Call::model`](crate::Call::model).
    pub model: String,
    /// Describes the image.
    pub prompt: String,
    /// How many images; 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// The size in pixels, such as `1024x1024`, or `auto`. See [`pixels`](Self::pixels).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// How good the image is to be, in the model's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
    /// Whether the client wants URLs or the images themselves; the upstream's own choice if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ImageFormat>,
    /// The end user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Unknown fields, such as `background`.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// How an image is returned.
    pub enum ImageFormat {
        /// As a URL.
        Url = "url",
        /// As base64.
        B64Json = "b64_json",
    }
}

/// The reply to a request to generate images.
///
/// ```
/// use jackfield_plugin_sdk::canonical::{Image, Images};
///
/// let reply = Images { data: vec![Image::url("https://example.com/1.png")], ..Images::default() };
/// assert_eq!(reply.data[0].url.as_deref(), Some("https://example.com/1.png"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Images {
    /// Seconds since 1970. If 0, the host fills it in.
    pub created: u64,
    /// The images.
    pub data: Vec<Image>,
    /// The upstream's name for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tokens used, for models that count them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<ImagesUsage>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One image: its URL, or the image itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Image {
    /// Where the image is.
    pub url: Option<String>,
    /// The image in base64.
    pub b64_json: Option<String>,
    /// The prompt that the upstream made of the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revised_prompt: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The tokens used by images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImagesUsage {
    /// Tokens in the prompt.
    pub input_tokens: u64,
    /// Tokens in the images.
    pub output_tokens: u64,
    /// The sum of both.
    pub total_tokens: u64,
    /// Unknown fields, such as `input_tokens_details`.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    ImagesRequest {
        "model" => model,
        "prompt" => prompt,
        "n" => n,
        "size" => size,
        "quality" => quality,
        "response_format" => response_format,
        "user" => user,
    } requires "prompt"
}

object! {
    Images {
        "created" => created,
        "data" => data,
        "model" => model,
        "usage" => usage,
    } requires "data"
}

object! {
    Image {
        "url" => url,
        "b64_json" => b64_json,
        "revised_prompt" => revised_prompt,
    }
}

object! {
    ImagesUsage {
        "input_tokens" => input_tokens,
        "output_tokens" => output_tokens,
        "total_tokens" => total_tokens,
    }
}

// === impl ImagesRequest ===

impl ImagesRequest {
    /// Width and height in pixels; `None` if the size is absent or says something else, such as `auto`.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::canonical::ImagesRequest;
    /// let request = ImagesRequest { size: Some("1024x768".into()), ..ImagesRequest::default() };
    /// assert_eq!(request.pixels(), Some((1024, 768)));
    /// ```
    pub fn pixels(&self) -> Option<(u32, u32)> {
        let (width, height) = self.size.as_deref()?.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    }
}

// === impl Image ===

impl Image {
    /// An image by its URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            ..Self::default()
        }
    }

    /// An image itself, in base64.
    pub fn base64(data: impl Into<String>) -> Self {
        Self {
            b64_json: Some(data.into()),
            ..Self::default()
        }
    }
}

// === impl ImagesUsage ===

impl ImagesUsage {
    /// The usage without breakdowns; `total_tokens` is the sum.
    pub fn of(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            total_tokens: input_tokens.saturating_add(output_tokens),
            extra: Extra::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_and_a_reply_keep_what_they_do_not_know() {
        let request = json!({
            "model": "m", "prompt": "a cat", "n": 2, "size": "auto", "response_format": "base64", "background": "opaque",
        });
        let read: ImagesRequest = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(read.response_format, Some(ImageFormat::Other("base64".to_owned())));
        assert_eq!(serde_json::to_value(&read).unwrap(), request);
        let reply = json!({
            "created": 7, "data": [{"url": null, "b64_json": "AA==", "revised_prompt": "a grey cat"}],
            "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3, "input_tokens_details": {"text_tokens": 1}},
        });
        let read: Images = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
    }

    #[test]
    fn a_size_is_two_numbers_or_none() {
        let pixels = |size: &str| {
            ImagesRequest {
                size: Some(size.to_owned()),
                ..ImagesRequest::default()
            }
            .pixels()
        };
        assert_eq!(pixels("1536x1024"), Some((1536, 1024)));
        for other in ["auto", "", "x", "1x", "1x2x3", "-1x1"] {
            assert_eq!(pixels(other), None, "{other}");
        }
    }
}
