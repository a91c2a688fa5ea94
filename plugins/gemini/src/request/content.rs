//! Translates OpenAI's content parts to the API's.

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, File, Json};

use super::RequestError;
use super::media;
use super::part::{Data, Part};
use jackfield_plugin_sdk::Dropped;

/// The parts of a message's content. Empty texts are left out, because the API refuses them.
///
/// # Errors
/// If a part has no equivalent.
pub(super) fn parts(content: Option<Content>, dropped: &mut Dropped) -> Result<Vec<Part>, RequestError> {
    let parts = match content {
        None => Vec::new(),
        Some(Content::Text(text)) => vec![Data::Text(text)],
        Some(Content::Parts(parts)) => {
            let parts: Result<Vec<Data>, _> = parts.into_iter().map(|part| data(part, dropped)).collect();
            parts?
        }
    };
    let is_said = |data: &Data| !matches!(data, Data::Text(text) if text.is_empty());
    Ok(parts.into_iter().filter(is_said).map(Part::from).collect())
}

fn data(part: ContentPart, dropped: &mut Dropped) -> Result<Data, RequestError> {
    match part {
        ContentPart::Text { text, .. } => Ok(Data::Text(text)),
        ContentPart::ImageUrl { image_url, .. } => {
            if image_url.detail.is_some_and(|detail| detail != "auto") {
                dropped.add("messages[].content[].image_url.detail");
            }
            media::of_address(&image_url.url, "an image", Some("image/jpeg"))
        }
        ContentPart::File { file, .. } => {
            let names = [
                ("filename", file.filename.is_some()),
                ("file_id", file.file_data.is_some() && file.file_id.is_some()),
            ];
            for (name, _) in names.into_iter().filter(|(_, is_lost)| *is_lost) {
                dropped.add(format!("messages[].content[].file.{name}"));
            }
            document(file)
        }
        ContentPart::Other(part) => other(&part),
    }
}

/// A file: its data, its address, or its name in the API's own store.
fn document(file: File) -> Result<Data, RequestError> {
    match (file.file_id, file.file_data) {
        (_, Some(data)) => media::of_file(&data, file.filename.as_deref()),
        (Some(id), None) if id.starts_with("files/") => Ok(Data::FileData {
            mime_type: None,
            file_uri: format!("https://generativelanguage.googleapis.com/v1beta/{id}"),
        }),
        (Some(id), None) => media::of_address(&id, "a file_id", None),
        (None, None) => Err(RequestError::NoFile),
    }
}

fn other(part: &Json) -> Result<Data, RequestError> {
    let mut part: Extra = part.read().unwrap_or_default();
    let kind = part.take_text("type");
    match kind.as_str() {
        "refusal" => Ok(Data::Text(part.take_text("refusal").into())),
        "input_audio" => audio(part.take("input_audio").unwrap_or_default()),
        "audio_url" | "video_url" => {
            let member: Extra = part.take(&kind).unwrap_or_default();
            let what = if kind == "audio_url" { "audio" } else { "a video" };
            media::of_address(&member.text("url").unwrap_or_default(), what, None)
        }
        _ => Err(RequestError::Part(kind)),
    }
}

fn audio(mut audio: Extra) -> Result<Data, RequestError> {
    let format = audio.take_text("format");
    if !matches!(
        format.as_str(),
        "wav" | "mp3" | "aac" | "aiff" | "flac" | "m4a" | "ogg" | "opus"
    ) {
        return Err(RequestError::Audio(format));
    }
    Ok(Data::InlineData {
        mime_type: format!("audio/{}", if format == "opus" { "ogg" } else { &format }),
        data: audio.take_text("data"),
    })
}
