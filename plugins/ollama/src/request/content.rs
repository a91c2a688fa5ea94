//! The content of a message: one text, and images beside it.

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, File, Json, Text};
use jackfield_plugin_sdk::{DataUrl, Failure, attachment};

use jackfield_plugin_sdk::Dropped;

/// A content in Ollama's form.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The texts, one below the other.
    pub(super) text: Text,
    /// Images, and sound, which Ollama takes in the same place: bare base64.
    pub(super) images: Vec<String>,
}

/// Translates a content.
///
/// # Errors
/// If a part cannot be sent to Ollama.
pub(super) fn translate(content: Option<Content>, dropped: &mut Dropped) -> Result<Said, Failure> {
    let mut said = Said::default();
    match content {
        None => {}
        Some(Content::Text(text)) => said.text = text,
        Some(Content::Parts(parts)) => {
            for part in parts {
                said.add(part, dropped)?;
            }
        }
    }
    Ok(said)
}

// === impl Said ===

impl Said {
    fn add(&mut self, part: ContentPart, dropped: &mut Dropped) -> Result<(), Failure> {
        match part {
            ContentPart::Text { text, .. } => self.say(text),
            ContentPart::ImageUrl { image_url, .. } => {
                if image_url.detail.is_some_and(|detail| detail != "auto") {
                    dropped.add("messages[].content[].image_url.detail");
                }
                self.images.push(image(&image_url.url)?);
            }
            ContentPart::File { file, .. } => {
                self.say(text_of(&file)?);
                if file.filename.is_some() {
                    dropped.add("messages[].content[].file.filename");
                }
                if file.file_id.is_some() {
                    dropped.add("messages[].content[].file.file_id");
                }
            }
            ContentPart::Other(part) => return self.add_other(&part),
        }
        Ok(())
    }

    fn add_other(&mut self, part: &Json) -> Result<(), Failure> {
        let part: Extra = part.read().unwrap_or_default();
        let kind = part.text("type").unwrap_or_default();
        match kind.as_str() {
            "refusal" => self.say(part.text("refusal").unwrap_or_default()),
            "input_audio" => {
                let audio: Extra = part.read("input_audio").unwrap_or_default();
                let data = audio.text("data");
                let missing = || Failure::client("messages[].content[].input_audio.data: is required");
                self.images.push(data.ok_or_else(missing)?);
            }
            kind => {
                let message = format!("messages[].content[].type: this provider does not have {kind:?}");
                return Err(Failure::unsupported(message));
            }
        }
        Ok(())
    }

    fn say(&mut self, text: impl Into<Text>) {
        let text = text.into();
        if self.text.is_empty() {
            self.text = text;
        } else if !text.is_empty() {
            self.text.push_str("\n");
            self.text.push_str(&text);
        }
    }
}

/// The image in base64: of a `data:` URL, or as the host fetched it.
fn image(url: &str) -> Result<String, Failure> {
    if let Some(data) = DataUrl::parse(url) {
        return Ok(data.base64().into_owned());
    }
    let fetched = attachment(url).ok_or_else(|| {
        let message = "messages[].content[].image_url.url: this provider takes images as data URLs";
        Failure::unsupported(message)
    })?;
    Ok(fetched.base64())
}

/// The text of a file that is one.
fn text_of(file: &File) -> Result<String, Failure> {
    let data = file.file_data.as_deref().and_then(DataUrl::parse);
    match data.filter(|data| data.media_type.is_empty() || data.media_type.starts_with("text/")) {
        Some(data) => data.text(),
        None => Err(Failure::unsupported(
            "messages[].content[].file: this provider takes no files but texts",
        )),
    }
}
