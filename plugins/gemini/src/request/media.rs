//! Images, documents, audio and video: inside a request, or by their address.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/file-input-methods>;
//! <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference>, `fileData`.

use jackfield_plugin_sdk::DataUrl;

use super::RequestError;
use super::part::Data;

/// The types by the ending of a name.
const TYPES: [(&str, &str); 28] = [
    ("aac", "audio/aac"),
    ("aiff", "audio/aiff"),
    ("avi", "video/avi"),
    ("csv", "text/csv"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("m4a", "audio/m4a"),
    ("md", "text/markdown"),
    ("mov", "video/mov"),
    ("mp3", "audio/mp3"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xml", "text/xml"),
];

/// The part for an address: a `data:` URL, or one that the API fetches. `fallback` is the type of what has none.
///
/// # Errors
/// If the address is something else; `what` names it.
pub(super) fn of_address(address: &str, what: &'static str, fallback: Option<&str>) -> Result<Data, RequestError> {
    let address = address.trim();
    if let Some(url) = DataUrl::parse(address) {
        return Ok(inline(&url, fallback));
    }
    let scheme = |name: &str| {
        let start = address.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    if !["https://", "http://", "gs://"].into_iter().any(scheme) {
        return Err(RequestError::Address(what));
    }
    Ok(Data::FileData {
        mime_type: type_of_name(path(address)).or(fallback).map(str::to_owned),
        file_uri: address.to_owned(),
    })
}

/// The part for a file's data: an address, or, as OpenAI takes it too, base64 alone.
///
/// # Errors
/// If the data are something else.
pub(super) fn of_file(data: &str, name: Option<&str>) -> Result<Data, RequestError> {
    let named = name.and_then(type_of_name);
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r');
    if !data.is_empty() && data.chars().all(is_base64) {
        let media_type = named.unwrap_or("application/octet-stream");
        let url = format!("data:{media_type};base64,{data}");
        return of_address(&url, "a file", named);
    }
    of_address(data, "a file", named.or(Some("application/pdf")))
}

fn inline(url: &DataUrl<'_>, fallback: Option<&str>) -> Data {
    let media_type = match (url.media_type.as_str(), fallback) {
        ("" | "application/octet-stream", Some(fallback)) => fallback,
        ("", None) => "text/plain",
        ("image/jpg" | "image/pjpeg", _) => "image/jpeg",
        (known, _) => known,
    };
    Data::InlineData {
        mime_type: media_type.to_owned(),
        data: url.base64().into_owned(),
    }
}

/// An address without its query and fragment.
fn path(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}

fn type_of_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    let found = TYPES.iter().find(|(known, _)| *known == ending);
    found.map(|(_, media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(mime_type: &str, data: &str) -> Data {
        Data::InlineData {
            mime_type: mime_type.to_owned(),
            data: data.to_owned(),
        }
    }

    fn file(mime_type: Option<&str>, uri: &str) -> Data {
        Data::FileData {
            mime_type: mime_type.map(str::to_owned),
            file_uri: uri.to_owned(),
        }
    }

    #[test]
    fn data_are_sent_with_their_type() {
        for (url, expected) in [
            ("data:image/png;base64,AA==", inline("image/png", "AA==")),
            ("data:image/jpg;base64,A\nA==", inline("image/jpeg", "AA==")),
            ("data:;base64,AA==", inline("image/jpeg", "AA==")),
            ("data:text/plain,a", inline("text/plain", "YQ==")),
        ] {
            assert_eq!(
                of_address(url, "an image", Some("image/jpeg")).unwrap(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn an_address_is_sent_with_the_type_of_its_name() {
        for (url, media_type) in [
            ("https://a.example/b.PNG?c=d.e", Some("image/png")),
            ("gs://bucket/a.mp4", Some("video/mp4")),
            ("https://www.youtube.com/watch?v=1", None),
        ] {
            assert_eq!(
                of_address(url, "a video", None).unwrap(),
                file(media_type, url),
                "{url}"
            );
        }
        let image = of_address("https://a.example/b", "an image", Some("image/jpeg"));
        assert_eq!(image.unwrap(), file(Some("image/jpeg"), "https://a.example/b"));
    }

    #[test]
    fn a_file_may_be_base64_with_a_name() {
        assert_eq!(
            of_file("JVBERi0=", Some("a.pdf")).unwrap(),
            inline("application/pdf", "JVBERi0=")
        );
        assert_eq!(
            of_file("data:text/csv;base64,YQ==", None).unwrap(),
            inline("text/csv", "YQ==")
        );
        assert_eq!(
            of_file("https://a/b", None).unwrap(),
            file(Some("application/pdf"), "https://a/b")
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for address in ["", "file:///etc/passwd", "ftp://a/b", "a.png"] {
            assert!(of_address(address, "an image", None).is_err(), "{address}");
        }
    }
}
