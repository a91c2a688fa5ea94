//! Images, documents, videos and sounds: their data and their formats.
//!
//! Source: the enumerations of `ImageBlock`, `DocumentBlock`, `VideoBlock` and `AudioBlock` in botocore's model of
//! `bedrock-runtime`.

use jackfield_plugin_sdk::{DataUrl, attachment};

use super::block::{Block, Document, Media, Source};
use super::documents::DocumentNames;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Document,
    Video,
    Audio,
}

/// The formats: the block, the API's word, its media types without parameters, and its file endings besides the word.
const FORMATS: [(Kind, &str, &[&str], &[&str]); 28] = [
    (Kind::Image, "png", &["image/png"], &[]),
    (
        Kind::Image,
        "jpeg",
        &["image/jpeg", "image/jpg", "image/pjpeg"],
        &["jpg"],
    ),
    (Kind::Image, "gif", &["image/gif"], &[]),
    (Kind::Image, "webp", &["image/webp"], &[]),
    (Kind::Document, "pdf", &["application/pdf"], &[]),
    (Kind::Document, "csv", &["text/csv"], &[]),
    (Kind::Document, "doc", &["application/msword"], &[]),
    (
        Kind::Document,
        "docx",
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
        &[],
    ),
    (Kind::Document, "xls", &["application/vnd.ms-excel"], &[]),
    (
        Kind::Document,
        "xlsx",
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        &[],
    ),
    (Kind::Document, "html", &["text/html"], &["htm"]),
    (
        Kind::Document,
        "md",
        &["text/markdown", "text/x-markdown"],
        &["markdown"],
    ),
    (
        Kind::Document,
        "txt",
        &[
            "text/plain",
            "application/json",
            "application/xml",
            "application/yaml",
            "application/x-yaml",
        ],
        &["json", "xml", "yaml", "yml", "log"],
    ),
    (Kind::Video, "mkv", &["video/x-matroska"], &[]),
    (Kind::Video, "mov", &["video/quicktime"], &[]),
    (Kind::Video, "mp4", &["video/mp4"], &[]),
    (Kind::Video, "webm", &["video/webm"], &[]),
    (Kind::Video, "flv", &["video/x-flv"], &[]),
    (Kind::Video, "mpeg", &["video/mpeg"], &["mpg"]),
    (Kind::Video, "wmv", &["video/x-ms-wmv"], &[]),
    (Kind::Video, "three_gp", &["video/3gpp"], &["3gp"]),
    (Kind::Audio, "mp3", &["audio/mpeg", "audio/mp3"], &[]),
    (Kind::Audio, "wav", &["audio/wav", "audio/x-wav"], &[]),
    (Kind::Audio, "flac", &["audio/flac"], &[]),
    (Kind::Audio, "ogg", &["audio/ogg"], &[]),
    (Kind::Audio, "opus", &["audio/opus"], &[]),
    (Kind::Audio, "aac", &["audio/aac"], &[]),
    (Kind::Audio, "m4a", &["audio/mp4", "audio/x-m4a"], &[]),
];

/// How data begin, in base64, with their format. The models refuse data whose format is not the declared one.
const BEGINNINGS: [(&str, &str); 5] = [
    ("/9j/", "jpeg"),
    ("iVBORw0KGgo", "png"),
    ("R0lGOD", "gif"),
    ("UklGR", "webp"),
    ("JVBERi", "pdf"),
];

/// Why something cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MediaError {
    #[error("must be a base64 data: URL, or the address of an object as s3://…")]
    Address,
    #[error("was not fetched: the API takes no URLs, and the provider's `attachments` do not list its host")]
    NotFetched,
    #[error("of the format \"{0}\" is not supported")]
    Format(String),
}

/// The block for a `data:` URL, an object in S3, what the host has fetched from a URL, or (of a file that has a name)
/// the base64 alone. What the data are decides its kind, whatever part they came in.
///
/// # Errors
/// If the address is none of these, or the format is unknown.
pub(super) fn block(address: &str, filename: Option<&str>, names: &mut DocumentNames) -> Result<Block, MediaError> {
    let address = address.trim();
    if is_remote(address) {
        let fetched = attachment(address).ok_or(MediaError::NotFetched)?;
        let data = fetched.base64();
        return of_data(data, &fetched.media_type, filename.or(Some(address)), names);
    }
    if address.starts_with("s3://") {
        let (kind, format) = by_ending(address).ok_or_else(|| MediaError::Format(ending(address)))?;
        let source = Source::S3Location {
            uri: address.to_owned(),
        };
        return Ok(of_kind(kind, format, source, filename, names));
    }
    if let Some(url) = DataUrl::parse(address) {
        return of_data(url.base64().into_owned(), &url.media_type, filename, names);
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r');
    match filename {
        Some(_) if !address.is_empty() && address.chars().all(is_base64) => {
            of_data(address.replace(['\n', '\r'], ""), "", filename, names)
        }
        _ => Err(MediaError::Address),
    }
}

/// The block for a sound in base64, whose format the client names.
///
/// # Errors
/// If the format is unknown.
pub(super) fn audio(data: String, format: &str) -> Result<Block, MediaError> {
    let known = FORMATS
        .iter()
        .find(|(kind, word, ..)| *kind == Kind::Audio && *word == format);
    let (_, format, ..) = known.ok_or_else(|| MediaError::Format(format.to_owned()))?;
    let source = Source::Bytes(data);
    Ok(Block::Audio(Media { format, source }))
}

/// Whether the host would have to fetch it.
pub(super) fn is_remote(address: &str) -> bool {
    let scheme = |name: &str| {
        let start = address.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    scheme("https://") || scheme("http://")
}

fn of_data(
    data: String,
    media_type: &str,
    filename: Option<&str>,
    names: &mut DocumentNames,
) -> Result<Block, MediaError> {
    let seen = BEGINNINGS.iter().find(|(start, _)| data.starts_with(start));
    let known = match seen {
        Some((_, format)) => FORMATS
            .iter()
            .find(|(_, word, ..)| word == format)
            .map(|found| (found.0, found.1)),
        None => by_type(media_type)
            .or_else(|| filename.and_then(by_ending))
            .or_else(|| text(media_type)),
    };
    let (kind, format) = known.ok_or_else(|| {
        MediaError::Format(if media_type.is_empty() {
            filename.map_or_else(String::new, ending)
        } else {
            media_type.to_owned()
        })
    })?;
    Ok(of_kind(kind, format, Source::Bytes(data), filename, names))
}

fn of_kind(
    kind: Kind,
    format: &'static str,
    source: Source,
    filename: Option<&str>,
    names: &mut DocumentNames,
) -> Block {
    match kind {
        Kind::Image => Block::Image(Media { format, source }),
        Kind::Video => Block::Video(Media { format, source }),
        Kind::Audio => Block::Audio(Media { format, source }),
        Kind::Document => Block::Document(Document {
            format,
            name: names.name(filename.unwrap_or_default()),
            source,
        }),
    }
}

fn by_type(media_type: &str) -> Option<(Kind, &'static str)> {
    let media_type = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let found = FORMATS.iter().find(|(_, _, types, _)| types.contains(&&*media_type));
    found.map(|(kind, format, ..)| (*kind, *format))
}

/// Other texts are sent as plain ones.
fn text(media_type: &str) -> Option<(Kind, &'static str)> {
    media_type.starts_with("text/").then_some((Kind::Document, "txt"))
}

fn by_ending(name: &str) -> Option<(Kind, &'static str)> {
    let ending = ending(name);
    let found = FORMATS
        .iter()
        .find(|(_, format, _, endings)| *format == ending || endings.contains(&&*ending));
    found.map(|(kind, format, ..)| (*kind, *format))
}

/// What follows the last dot of a name, or of the path of a URL.
fn ending(name: &str) -> String {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DocumentNames, MediaError, block};

    fn sent(address: &str, filename: Option<&str>) -> Value {
        serde_json::to_value(block(address, filename, &mut DocumentNames::default()).unwrap()).unwrap()
    }

    #[test]
    fn what_the_data_are_decides_the_block() {
        let bytes = |data: &str| json!({ "bytes": data });
        for (address, filename, expected) in [
            (
                "data:image/png;base64,AA==",
                None,
                json!({"image": {"format": "png", "source": bytes("AA==")}}),
            ),
            (
                "data:image/png;base64,/9j/AA==",
                None,
                json!({"image": {"format": "jpeg", "source": bytes("/9j/AA==")}}),
            ),
            (
                "data:application/octet-stream;base64,JVBERi0=",
                Some("My report.v2.pdf"),
                json!({"document": {"format": "pdf", "name": "My report v2", "source": bytes("JVBERi0=")}}),
            ),
            (
                "YSxi",
                Some("a.csv"),
                json!({"document": {"format": "csv", "name": "a", "source": bytes("YSxi")}}),
            ),
            (
                "data:text/x-rust;base64,YQ==",
                None,
                json!({"document": {"format": "txt", "name": "document", "source": bytes("YQ==")}}),
            ),
            (
                "s3://bucket/a.MP4",
                None,
                json!({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/a.MP4"}}}}),
            ),
        ] {
            assert_eq!(sent(address, filename), expected, "{address}");
        }
    }

    #[test]
    fn what_the_api_does_not_take_is_an_error() {
        for (address, error) in [
            (
                "data:image/svg+xml;base64,PHN2Zz4=",
                MediaError::Format("image/svg+xml".to_owned()),
            ),
            ("s3://bucket/a.tiff", MediaError::Format("tiff".to_owned())),
            ("https://example.com/a.png", MediaError::NotFetched),
            ("file:///etc/passwd", MediaError::Address),
            ("", MediaError::Address),
        ] {
            let mut names = DocumentNames::default();
            assert_eq!(block(address, None, &mut names), Err(error), "{address}");
        }
    }
}
