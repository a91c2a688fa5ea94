//! The texts in what clients send and get: where each stands, and how another takes its place.
//!
//! Only the replaced strings change; everything else stays byte for byte. `walk` finds the texts of a request or of a
//! buffered reply, `problem` is why it cannot, `stream` is what a dialect says of one event of a stream, and `instruct`
//! adds instructions to a request.

pub(crate) mod instruct;
mod problem;
pub(crate) mod stream;
pub(crate) mod walk;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::json::{Edited, Members, Replacement, json_string, spliced};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextKind {
    /// What somebody says.
    Text,
    /// The arguments of a tool's call, as JSON.
    ToolArguments,
    /// What a model thought.
    Reasoning,
    /// What is to be turned into a vector.
    Input,
    /// What documents are compared with.
    Query,
    /// A document to be ranked.
    Document,
    /// What an image is to show.
    Prompt,
}

/// The top-level members of requests that hold texts.
pub const TEXT_MEMBERS: [&str; 14] = [
    "messages",
    "system",
    "instructions",
    "input",
    "prompt",
    "query",
    "documents",
    "prediction",
    "contents",
    "systemInstruction",
    "system_instruction",
    "content",
    "requests",
    "generateContentRequest",
];

/// One text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// Where it stands: a JSON Pointer (RFC 6901).
    pub path: String,
    /// Who wrote it: `system`, `user`, `assistant` or `tool`; empty where the operation has no roles.
    pub role: &'static str,
    /// What it is.
    pub kind: TextKind,
    /// The choice it belongs to, in a reply; 0 in a request.
    pub choice: u32,
    /// The text.
    pub text: String,
    /// Where its JSON stands in the whole.
    pub(crate) at: Range<usize>,
    /// It is an object, not a string that holds one.
    pub(crate) is_object: bool,
}

/// The texts of a request or of a reply, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts.
    pub parts: Vec<TextPart>,
    /// What repeats the texts of a choice in another form, such as the probabilities of its tokens.
    echoes: Vec<(u32, Range<usize>)>,
}

/// A new text for a part that does not fit where it is to go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the text for {path} must be a JSON object")]
pub struct UnfitText {
    /// The path of the part.
    pub path: String,
}

/// Whether a text can take the place of an object.
#[must_use]
pub fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

// === impl TextKind ===

impl TextKind {
    /// Its name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::ToolArguments => "tool-arguments",
            Self::Reasoning => "reasoning",
            Self::Input => "input",
            Self::Query => "query",
            Self::Document => "document",
            Self::Prompt => "prompt",
        }
    }
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Texts ===

impl Texts {
    /// `whole`, from which the texts were read, with other texts for these of them (by their number). What repeats a
    /// replaced text in another form becomes `null`.
    ///
    /// # Errors
    /// If the new text of an object is none.
    pub fn replaced(&self, whole: &[u8], new: &[(usize, &str)]) -> Result<Vec<u8>, UnfitText> {
        Ok(spliced(whole, self.edits(new)?))
    }

    /// The same of a request, whose members are known afterwards.
    ///
    /// # Errors
    /// As [`Self::replaced`].
    pub fn replaced_in(&self, members: &Members<'_>, new: &[(usize, &str)]) -> Result<Edited, UnfitText> {
        Ok(Edited::within(members, self.edits(new)?))
    }

    fn edits<'t>(&self, new: &[(usize, &'t str)]) -> Result<Vec<Replacement<'t>>, UnfitText> {
        let mut edits: Vec<Replacement<'_>> = Vec::with_capacity(new.len());
        for (part, text) in new
            .iter()
            .filter_map(|(number, text)| Some((self.parts.get(*number)?, *text)))
        {
            edits.push((part.at.clone(), part.json(text)?));
            let echoes = self.echoes.iter().filter(|(choice, _)| *choice == part.choice);
            edits.extend(echoes.map(|(_, at)| (at.clone(), Cow::Borrowed("null"))));
        }
        Ok(edits)
    }
}

// === impl TextPart ===

impl TextPart {
    fn json<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, UnfitText> {
        if !self.is_object {
            return Ok(json_string(text).into());
        }
        is_object(text).then_some(Cow::Borrowed(text)).ok_or_else(|| UnfitText {
            path: self.path.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
