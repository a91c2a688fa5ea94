//! The parts of a message as Mistral has them.
//!
//! Sources: <https://docs.mistral.ai/capabilities/vision>, <https://docs.mistral.ai/capabilities/audio>,
//! <https://docs.mistral.ai/capabilities/document_ai/document_qna>.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, File, Json, Message, ThinkingBlock, signature};

/// Whose signatures these are.
pub(crate) const ORIGIN: &str = "mistral";

/// The content of a message that is no answer of the model.
///
/// # Errors
/// If a part has no form in Mistral's API.
pub(crate) fn of(content: Content) -> Result<Json, Failure> {
    let parts = match content {
        Content::Text(text) => return Ok(text.into()),
        Content::Parts(parts) => parts,
    };
    let parts: Result<Vec<Json>, Failure> = parts.into_iter().map(of_part).collect();
    Ok(Json::of(&parts?))
}

fn of_part(part: ContentPart) -> Result<Json, Failure> {
    match part {
        ContentPart::Text { text, .. } => Ok(typed("text", &text.into())),
        ContentPart::ImageUrl { image_url, .. } => Ok(typed("image_url", &Json::of(&image_url))),
        ContentPart::File { file, .. } => of_file(file),
        ContentPart::Other(part) => {
            let part_members: Extra = part.read().unwrap_or_default();
            match part_members.text("type").as_deref() {
                Some("input_audio") => of_audio(&part_members),
                // The client knows Mistral's own parts.
                Some("document_url" | "file" | "thinking" | "reference") => Ok(part),
                Some("refusal") => Ok(self::text(&part_members.text("refusal").unwrap_or_default())),
                kind => {
                    let kind = kind.unwrap_or("unknown");
                    let message = format!("messages[].content[]: Mistral has no part of type `{kind}`");
                    Err(Failure::unsupported(message))
                }
            }
        }
    }
}

/// A file by its data, its URL, or its id at Mistral.
fn of_file(file: File) -> Result<Json, Failure> {
    if let Some(id) = file.file_id {
        return Ok(typed("file_id", &Json::from(id)));
    }
    let Some(data) = file.file_data else {
        return Err(Failure::client(
            "messages[].content[].file: has neither file_data nor file_id",
        ));
    };
    let mut part = Extra::new();
    part.insert("type", "document_url");
    part.insert("document_url", data);
    if let Some(name) = file.filename {
        part.insert("document_name", name);
    }
    Ok(part.into())
}

/// Audio is the bare base64; the format is read from it.
fn of_audio(part: &Extra) -> Result<Json, Failure> {
    let audio = part.get("input_audio").cloned().unwrap_or_default();
    if audio.is_string() {
        return Ok(typed("input_audio", &audio));
    }
    let members: Extra = audio.read().unwrap_or_default();
    let Some(data) = members.get("data").filter(|data| data.is_string()) else {
        return Err(Failure::client("messages[].content[].input_audio: has no data"));
    };
    Ok(typed("input_audio", data))
}

fn typed(member: &str, value: &Json) -> Json {
    let mut part = Extra::new();
    part.insert("type", if member == "file_id" { "file" } else { member });
    part.insert(member, value.clone());
    part.into()
}

/// A part that is a text.
pub(crate) fn text(text: &str) -> Json {
    typed("text", &text.into())
}

/// What the assistant thought in an earlier turn, as parts: its own signed blocks, or else the text.
pub(crate) fn thoughts(message: &Message) -> Vec<Json> {
    let mut own = Vec::new();
    let mut text = String::new();
    for block in &message.thinking_blocks {
        // A client may send the pieces of a stream: those up to a signature are one block.
        if let ThinkingBlock::Thinking {
            thinking, signature, ..
        } = block
        {
            text.push_str(thinking);
            if let Some(carried) = signature {
                let text = std::mem::take(&mut text);
                own.extend(signature::own(ORIGIN, carried).map(|signature| thought(&text, Some(signature))));
            }
        }
    }
    let text = message.reasoning_content.as_deref().unwrap_or_default();
    if own.is_empty() && !text.is_empty() {
        return vec![thought(text, None)];
    }
    own
}

fn thought(thinking: &str, signature: Option<&str>) -> Json {
    let mut part = Extra::new();
    part.insert("type", "thinking");
    part.set("thinking", &[text(thinking)]);
    part.insert("closed", true);
    if let Some(signature) = signature {
        part.insert("signature", signature);
    }
    part.into()
}
