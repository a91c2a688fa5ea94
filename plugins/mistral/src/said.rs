//! What a message, or a piece of one, says: a text, or parts of text, thinking and references.
//!
//! Sources: <https://docs.mistral.ai/capabilities/reasoning>, and `ContentChunk` in the SDK `mistralai`.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Content, ContentPart, Extra, FinishReason, Json, signature};

use crate::content::ORIGIN;

/// What a content says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The text.
    pub(crate) text: String,
    /// The thinking, in blocks or pieces of one.
    pub(crate) thoughts: Vec<Thought>,
    /// Parts that are neither, such as references to sources.
    pub(crate) others: Vec<Json>,
}

/// A block of thinking, or a piece of one.
#[derive(Debug)]
pub(crate) struct Thought {
    /// The text.
    pub(crate) text: String,
    /// The signature, with its origin.
    pub(crate) signature: Option<String>,
}

// === impl Said ===

impl Said {
    /// Reads a content.
    ///
    /// # Errors
    /// If it is neither a text nor a list of parts.
    pub(crate) fn read(content: Option<Json>) -> Result<Self, Failure> {
        let mut said = Self::default();
        let Some(content) = content.filter(|content| !content.is_null()) else {
            return Ok(said);
        };
        if let Some(text) = content.as_str() {
            said.text = text;
            return Ok(said);
        }
        let parts: Option<Vec<Extra>> = content.read();
        let parts = parts.ok_or_else(|| Failure::malformed("the content is neither a text nor a list of parts"))?;
        for part in parts {
            said.push(part);
        }
        Ok(said)
    }

    fn push(&mut self, part: Extra) {
        match part.text("type").as_deref() {
            Some("text") | None if part.contains_key("text") => self.text += &part.text("text").unwrap_or_default(),
            Some("thinking") => {
                let thinking = part.read("thinking").map(|thinking: Content| self.thought(thinking));
                let signature = part.text("signature").filter(|signature| !signature.is_empty());
                self.thoughts.push(Thought {
                    text: thinking.unwrap_or_default(),
                    signature: signature.map(|signature| signature::mark(ORIGIN, &signature)),
                });
            }
            _ => self.others.push(part.into()),
        }
    }

    /// The text of a block of thinking, which may hold references too.
    fn thought(&mut self, thinking: Content) -> String {
        let text = thinking.joined_text();
        if let Content::Parts(parts) = thinking {
            let others = parts.into_iter().filter_map(|part| match part {
                ContentPart::Other(other) => Some(other),
                _ => None,
            });
            self.others.extend(others);
        }
        text
    }

    /// All thinking as one text.
    pub(crate) fn reasoning(&self) -> Option<String> {
        let text: String = self.thoughts.iter().map(|thought| thought.text.as_str()).collect();
        (!text.is_empty()).then_some(text)
    }
}

/// Why the model stopped, in OpenAI's words.
///
/// # Errors
/// If it broke off.
pub(crate) fn finish_reason(reason: &str) -> Result<FinishReason, Failure> {
    match reason {
        "model_length" => Ok(FinishReason::Length),
        "error" => Err(Failure::malformed("the model broke off with finish_reason `error`")),
        other => Ok(other.into()),
    }
}
