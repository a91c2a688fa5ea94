//! What adapters for images need once more: proportions, what only OpenAI has, images inside of URLs.

use super::{Image, ImageFormat, ImagesRequest};
use crate::DataUrl;

/// The members of a request that mean something to OpenAI's own models alone. `size`, `n`, `response_format` and
/// `output_format` have an equivalent nearly everywhere.
///
/// Source: <https://platform.openai.com/docs/api-reference/images/create>.
const OPENAIS: [&str; 6] = [
    "background",
    "input_fidelity",
    "moderation",
    "output_compression",
    "partial_images",
    "style",
];

// === impl ImagesRequest ===

impl ImagesRequest {
    /// The proportions in the smallest numbers; `None` if the size is absent or says something else.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::canonical::ImagesRequest;
    /// let request = ImagesRequest { size: Some("1920x1080".into()), ..ImagesRequest::default() };
    /// assert_eq!(request.ratio(), Some((16, 9)));
    /// ```
    pub fn ratio(&self) -> Option<(u32, u32)> {
        let (width, height) = self.pixels().filter(|(width, height)| *width > 0 && *height > 0)?;
        let (mut divisor, mut rest) = (width, height);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Some((width / divisor, height / divisor))
    }

    /// Takes out what OpenAI's own models alone understand, and returns the names, for
    /// [`Exchange::dropped`](crate::Exchange::dropped). `quality` and `user` are among them; `auto` says nothing.
    pub fn take_openais(&mut self) -> Vec<String> {
        let own = [("quality", self.quality.take()), ("user", self.user.take())];
        let own = own
            .into_iter()
            .filter(|(_, value)| value.as_deref().is_some_and(|value| value != "auto"));
        let mut names: Vec<String> = own.map(|(name, _)| name.to_owned()).collect();
        for name in OPENAIS {
            let value = self.extra.remove(name).filter(|value| !value.is_null());
            if value.is_some_and(|value| value.as_str().as_deref() != Some("auto")) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

// === impl Image ===

impl Image {
    /// The image at a URL. One that is inside of its URL (`data:`) becomes base64, unless the client wants URLs.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::canonical::Image;
    /// assert_eq!(Image::at("data:image/png;base64,AA==", None), Image::base64("AA=="));
    /// assert_eq!(Image::at("https://example.com/a.png", None), Image::url("https://example.com/a.png"));
    /// ```
    pub fn at(url: &str, wanted: Option<&ImageFormat>) -> Self {
        match DataUrl::parse(url) {
            Some(data) if wanted != Some(&ImageFormat::Url) => Self::base64(data.base64()),
            _ => Self::url(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(members: &serde_json::Value) -> ImagesRequest {
        let mut request = json!({ "prompt": "a cat" });
        request
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn proportions_are_in_the_smallest_numbers() {
        for (size, ratio) in [
            ("1024x1024", Some((1, 1))),
            ("1536x1024", Some((3, 2))),
            ("1024x1792", Some((4, 7))),
            ("0x1024", None),
            ("auto", None),
        ] {
            assert_eq!(request(&json!({ "size": size })).ratio(), ratio, "{size}");
        }
    }

    #[test]
    fn what_only_openai_has_is_taken_out_and_named() {
        let mut request = request(&json!({
            "quality": "high", "user": "u-1", "background": "auto", "style": "vivid", "moderation": null, "steps": 4,
        }));
        assert_eq!(request.take_openais(), ["quality", "user", "style"]);
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"model": "", "prompt": "a cat", "steps": 4})
        );
    }

    #[test]
    fn an_image_inside_of_its_url_stays_there_for_a_client_that_wants_urls() {
        let url = "data:image/png;base64,AA==";
        assert_eq!(Image::at(url, Some(&ImageFormat::Url)), Image::url(url));
        assert_eq!(Image::at(url, Some(&ImageFormat::B64Json)), Image::base64("AA=="));
    }
}
