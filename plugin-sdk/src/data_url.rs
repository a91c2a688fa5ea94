//! `data:` URLs: the form in which clients send images and files inside a request.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::Failure;

/// Standard base64 (RFC 4648, section 4), whose padding some clients leave out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A `data:` URL (RFC 2397), taken apart.
///
/// Most upstreams want the media type and the base64 text apart, and some want the bytes:
/// ```
/// use jackfield_plugin_sdk::DataUrl;
///
/// let url = DataUrl::parse("data:image/png;base64,iVBO\nRw0=").unwrap();
/// assert_eq!(url.media_type, "image/png");
/// assert_eq!(url.base64(), "iVBORw0=");
/// assert_eq!(url.bytes().unwrap(), b"\x89PNG\r");
///
/// assert!(DataUrl::parse("https://example.com/a.png").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataUrl<'a> {
    /// The media type in lower case, without parameters; empty if the URL has none, which means `text/plain`.
    pub media_type: String,
    /// Whether the data are in base64, rather than plain text with `%` escapes.
    pub is_base64: bool,
    data: &'a str,
}

// === impl DataUrl ===

impl<'a> DataUrl<'a> {
    /// Takes a URL apart; `None` if it is of another scheme, or has no data. White space around it is ignored.
    pub fn parse(url: &'a str) -> Option<Self> {
        let url = url.trim();
        let scheme = url.get(.."data:".len())?;
        if !scheme.eq_ignore_ascii_case("data:") {
            return None;
        }
        let (head, data) = url[scheme.len()..].split_once(',')?;
        let mut parameters = head.split(';').map(|part| part.trim().to_ascii_lowercase());
        Some(Self {
            media_type: parameters.next().unwrap_or_default(),
            is_base64: parameters.any(|parameter| parameter == "base64"),
            data,
        })
    }

    /// As [`parse`](Self::parse), but `None` unless the data are an image in base64. A list of texts to embed may hold images
    /// in this form.
    pub fn of_image(url: &'a str) -> Option<Self> {
        Self::parse(url).filter(|url| url.is_base64 && url.media_type.starts_with("image/"))
    }

    /// The data in base64, without white space and `%` escapes. Borrowed from the URL if nothing had to be changed; not
    /// checked, because that would cost as much as decoding.
    pub fn base64(&self) -> Cow<'a, str> {
        if !self.is_base64 {
            return Cow::Owned(to_base64(&percent_decoded(self.data)));
        }
        let changes = |byte: u8| byte == b'%' || byte.is_ascii_whitespace();
        if !self.data.bytes().any(changes) {
            return Cow::Borrowed(self.data);
        }
        let mut decoded = percent_decoded(self.data);
        decoded.retain(|byte| !byte.is_ascii_whitespace());
        Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
    }

    /// The bytes of base64 that stands alone, outside of a URL; `None` if it is something else.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::DataUrl;
    /// assert_eq!(DataUrl::decode("e30="), Some(b"{}".to_vec()));
    /// assert_eq!(DataUrl::decode("{}"), None);
    /// ```
    pub fn decode(base64: &str) -> Option<Vec<u8>> {
        from_base64(base64)
    }

    /// Bytes as base64 that stands alone, outside of a URL.
    pub fn encode(bytes: &[u8]) -> String {
        to_base64(bytes)
    }

    /// The data as bytes.
    ///
    /// # Errors
    /// Of class client, if they are not base64 although the URL says so.
    pub fn bytes(&self) -> Result<Vec<u8>, Failure> {
        if !self.is_base64 {
            return Ok(percent_decoded(self.data));
        }
        from_base64(&self.base64()).ok_or_else(|| Failure::client("the data of a `data:` URL are not base64"))
    }

    /// The data as text.
    ///
    /// # Errors
    /// Of class client, if they are not base64 although the URL says so, or not UTF-8.
    pub fn text(&self) -> Result<String, Failure> {
        String::from_utf8(self.bytes()?).map_err(|_| Failure::client("the text of a `data:` URL is not UTF-8"))
    }
}

/// The bytes in base64.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The bytes of base64 with or without padding; `None` if it is something else.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Decodes `%41` (RFC 3986, section 2.1).
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|digits| byte == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::DataUrl;

    fn parse(url: &str) -> DataUrl<'_> {
        DataUrl::parse(url).unwrap()
    }

    #[test]
    fn the_type_is_in_lower_case_and_without_parameters() {
        for (url, media_type, is_base64) in [
            ("data:image/png;base64,AA==", "image/png", true),
            (" DATA:IMAGE/JPG;name=a.jpg;BASE64,AA==", "image/jpg", true),
            ("data:text/csv; charset=utf-8 ; base64,AA==", "text/csv", true),
            ("data:;base64,AA==", "", true),
            ("data:text/plain,base64", "text/plain", false),
            ("data:,a", "", false),
        ] {
            let read = parse(url);
            assert_eq!(
                (read.media_type.as_str(), read.is_base64),
                (media_type, is_base64),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_data_url_is_none() {
        for url in [
            "",
            "data",
            "data:",
            "data:image/png;base64",
            "https://a/,",
            "dätä:,",
            "AA==",
        ] {
            assert_eq!(DataUrl::parse(url), None, "{url}");
        }
    }

    #[test]
    fn an_image_is_told_from_other_data_and_from_text() {
        assert!(DataUrl::of_image("data:image/png;base64,AA==").is_some());
        for url in [
            "data:image/svg+xml,<svg/>",
            "data:text/plain;base64,AA==",
            "data: three kinds",
            "an image/png",
        ] {
            assert_eq!(DataUrl::of_image(url), None, "{url}");
        }
    }

    #[test]
    fn base64_is_borrowed_unless_it_must_be_cleaned() {
        assert!(matches!(parse("data:;base64,AA==").base64(), Cow::Borrowed("AA==")));
        assert_eq!(parse("data:;base64,A\nA%3D%3d").base64(), "AA==");
        assert_eq!(parse("data:,a%20b").base64(), "YSBi");
    }

    #[test]
    fn data_are_read_with_and_without_padding_and_escapes() {
        for url in [
            "data:;base64,YQ==",
            "data:;base64,YQ",
            "data:;base64, Y Q",
            "data:,a",
            "data:,%61",
        ] {
            assert_eq!(parse(url).text().unwrap(), "a", "{url}");
        }
        // What only looks like an escape is text.
        assert_eq!(parse("data:,%+1%").bytes().unwrap(), b"%+1%");
    }

    #[test]
    fn damaged_data_are_the_clients_fault_and_not_quoted() {
        let damaged = parse("data:;base64,s?cret").bytes().unwrap_err();
        assert_eq!(damaged.to_string(), "client: the data of a `data:` URL are not base64");
        let bytes = parse("data:;base64,/w==").text().unwrap_err();
        assert_eq!(bytes.to_string(), "client: the text of a `data:` URL is not UTF-8");
    }
}
