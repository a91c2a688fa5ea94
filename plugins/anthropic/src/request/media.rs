//! Where an image or a file is, and of which type it is.
//!
//! Sources: RFC 2397 (`data:` URLs); <https://platform.claude.com/docs/en/build-with-claude/vision>;
//! <https://platform.claude.com/docs/en/build-with-claude/pdf-support>.

use jackfield_plugin_sdk::DataUrl;

use super::block::Source;

/// The types of images that the API accepts.
pub(super) const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
/// The only binary type of documents that the API accepts.
pub(super) const PDF: &str = "application/pdf";
/// The only type of texts that the API accepts; others are sent under this name.
const TEXT: &str = "text/plain";

/// How the data of each type begin, in base64. The API refuses data whose type is not the declared one.
const BEGINNINGS: [(&str, &str); 5] = [
    ("/9j/", "image/jpeg"),
    ("iVBORw0KGgo", "image/png"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi", PDF),
];

/// The types of texts beside `text/…`.
const TEXTS: [&str; 5] = [
    "application/json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/javascript",
];

/// Why an image or a file cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MediaError {
    #[error("must be an http(s) URL or a base64 data: URL")]
    Address,
    #[error("is called text but is not UTF-8 in base64")]
    Text,
}

/// The source for an http(s) URL, a `data:` URL, or, if there is a file name, the base64 data alone.
///
/// # Errors
/// If the address is none of these, or a text is not readable.
pub(super) fn source(address: &str, filename: Option<&str>) -> Result<Source, MediaError> {
    let address = address.trim();
    let scheme = |name: &str| {
        address
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    if scheme("https://") || scheme("http://") {
        return Ok(Source::Url {
            url: address.to_owned(),
        });
    }
    if let Some(url) = DataUrl::parse(address) {
        return of_url(&url);
    }
    let is_data = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r');
    match filename {
        Some(name) if !scheme("data:") && !address.is_empty() && address.chars().all(is_data) => {
            let url = format!("data:{};base64,{address}", type_of_name(name));
            DataUrl::parse(&url).map_or(Err(MediaError::Address), |url| of_url(&url))
        }
        _ => Err(MediaError::Address),
    }
}

/// The source for data of this declared type.
fn of_url(url: &DataUrl<'_>) -> Result<Source, MediaError> {
    if !url.is_base64 {
        return if is_text(&url.media_type) {
            of_text(url)
        } else {
            Err(MediaError::Address)
        };
    }
    let data = url.base64();
    let seen = BEGINNINGS.iter().find(|(start, _)| data.starts_with(start));
    if seen.is_none() && is_text(&url.media_type) {
        return of_text(url);
    }
    let media_type = match (seen, url.media_type.as_str()) {
        (Some((_, seen)), _) => seen,
        (None, "image/jpg" | "image/pjpeg") => "image/jpeg",
        (None, declared) => declared,
    };
    Ok(Source::Base64 {
        media_type: media_type.to_owned(),
        data: data.into_owned(),
    })
}

fn of_text(url: &DataUrl<'_>) -> Result<Source, MediaError> {
    let data = url.text().map_err(|_| MediaError::Text)?;
    Ok(Source::Text { media_type: TEXT, data })
}

/// Whether data of this type are text. Without a type they are (RFC 2397, section 2).
fn is_text(media_type: &str) -> bool {
    media_type.is_empty() || media_type.starts_with("text/") || TEXTS.contains(&media_type)
}

/// The type that a file's name ends with; that of bytes if it is unknown.
fn type_of_name(name: &str) -> String {
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase();
    match ending.as_str() {
        "pdf" => PDF,
        "txt" | "md" | "csv" | "html" | "xml" | "json" | "yaml" | "yml" | "log" => TEXT,
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        _ => "application/octet-stream",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{MediaError, Source, source};

    fn data(media_type: &str, data: &str) -> Source {
        Source::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        }
    }

    fn text(text: &str) -> Source {
        Source::Text {
            media_type: "text/plain",
            data: text.to_owned(),
        }
    }

    #[test]
    fn the_type_of_data_is_named_as_the_api_knows_it() {
        for (url, expected) in [
            ("data:image/png;name=a.png;base64,AA==", data("image/png", "AA==")),
            ("data:image/jpg;base64,AA==", data("image/jpeg", "AA==")),
            ("DATA:IMAGE/JPG;BASE64,AA==", data("image/jpeg", "AA==")),
            ("data:image/png;base64,/9j/AA==", data("image/jpeg", "/9j/AA==")),
            ("data:;base64,iVBORw0KGgoA", data("image/png", "iVBORw0KGgoA")),
            (
                "data:application/octet-stream;base64,JVBERi0=",
                data("application/pdf", "JVBERi0="),
            ),
            ("data:image/svg+xml;base64,PHN2Zz4=", data("image/svg+xml", "PHN2Zz4=")),
            ("data:image/png;base64,AA%3D%3D", data("image/png", "AA==")),
            (" data:image/png;base64,A\nA==", data("image/png", "AA==")),
            ("data:text/csv;charset=utf-8;base64,YSxi", text("a,b")),
            ("data:text/plain,a%20b", text("a b")),
            ("data:,a", text("a")),
            ("data:application/json;base64,e30=", text("{}")),
        ] {
            assert_eq!(source(url, None), Ok(expected), "{url}");
        }
    }

    #[test]
    fn data_without_a_url_take_their_type_from_the_files_name() {
        let named = |name| source("JVBERi0=", Some(name));
        assert_eq!(named("a.pdf"), Ok(data("application/pdf", "JVBERi0=")));
        assert_eq!(source("YQ==", Some("a.TXT")), Ok(text("a")));
        assert_eq!(
            source("AA==", Some("a.bin")),
            Ok(data("application/octet-stream", "AA=="))
        );
    }

    #[test]
    fn what_is_neither_on_the_web_nor_in_base64_has_no_source() {
        for url in [
            "",
            "file:///etc/passwd",
            "gs://a/b",
            "data:image/png,AA",
            "data:image/png;base64",
            "AA==",
        ] {
            assert_eq!(source(url, None), Err(MediaError::Address), "{url}");
        }
        let broken = source("data:text/plain;base64,/w==", None);
        assert_eq!(broken, Err(MediaError::Text));
    }
}
