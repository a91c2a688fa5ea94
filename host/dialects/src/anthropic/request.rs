//! A client's Messages request: read as far as the host needs to, and translated where the upstream demands it.

mod block;
mod content;
mod conversation;
mod parameters;
#[cfg(test)]
mod tests;
mod tools;

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use crate::fault::RequestFault;
use crate::json::fields::{self, given};
use crate::json::{Members, Object};

/// The members that a plugin gets only if it asks for the whole body.
const BULK: [&str; 4] = ["messages", "system", "input", "documents"];

/// A Messages request whose required fields are in place. The rest is the upstream's to judge.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The model that the client asks for; never empty.
    pub model: String,
    /// The client asks for a stream.
    pub stream: bool,
    /// The request's top level, for patches.
    pub members: Members<'a>,
}

/// What a message says, as far as a search for tool results goes.
#[derive(Deserialize)]
struct Turn<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: Option<String>,
}

// === impl Request ===

impl<'a> Request<'a> {
    /// Reads the body of `POST /v1/messages`.
    ///
    /// # Errors
    /// If the body is not a JSON object, or `model`, `max_tokens`, `messages` or `stream` is missing or of the
    /// wrong type.
    pub fn parse(body: &'a [u8]) -> Result<Self, RequestFault> {
        let request = Self::parse_count(body)?;
        match fields::count(&request.members, "max_tokens")? {
            Some(_) => Ok(request),
            None => Err(RequestFault::new(
                "max_tokens",
                "is missing; give the most tokens that the reply may have",
            )),
        }
    }

    /// Reads the body of `POST /v1/messages/count_tokens`, which needs no `max_tokens`.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_count(body: &'a [u8]) -> Result<Self, RequestFault> {
        let members = fields::body(body)?;
        let model = fields::model(&members)?;
        let messages = fields::required_list(&members, "messages", "message")?;
        if let Some(index) = messages.iter().position(|it| !it.get().starts_with('{')) {
            let field = format!("messages[{index}]");
            return Err(RequestFault::new(
                field,
                "must be an object such as {\"role\": \"user\", \"content\": \"Hello\"}",
            ));
        }
        let stream = fields::flag(&members, "stream")?;
        Ok(Self { model, stream, members })
    }

    /// True if the conversation holds the result of a client's tool.
    pub fn has_tool_result(&self) -> bool {
        // A large prompt is not worth a parse unless the word is there at all.
        given(&self.members, "messages")
            .filter(|messages| memmem::find(messages.as_bytes(), b"\"tool_result\"").is_some())
            .and_then(|messages| serde_json::from_str::<Vec<Turn<'_>>>(messages).ok())
            .is_some_and(|turns| turns.iter().any(Turn::has_tool_result))
    }

    /// The request without its bulk (`messages`, `system`, `input`, `documents`), as a JSON object.
    pub fn parameters(&self) -> Vec<u8> {
        self.members.without(&BULK)
    }

    /// The same request in the canonical dialect: OpenAI's chat JSON.
    ///
    /// Said so that the `anthropic` adapter would make an equal request of it, and with OpenAI's words wherever it has
    /// some. What OpenAI has no words for (`thinking`, `top_k`, server tools, blocks of unknown kinds, `cache_control`,
    /// …) travels as it came, byte for byte.
    ///
    /// # Errors
    /// If a message, block or tool is not of its shape; the fault names its path.
    pub fn canonical(&self) -> Result<Vec<u8>, RequestFault> {
        let mut set = parameters::translate(&self.members)?;
        set.extend(tools::translate(&self.members)?);
        let messages = conversation::translate(&self.members)?;
        let mut keys = parameters::TRANSLATED.to_vec();
        keys.extend(set.iter().map(|(key, _)| *key));
        let mut body = Vec::with_capacity(messages.len() + 1024);
        Object::write(&mut body, |body| {
            body.members(self.members.others(&keys).map(|(member, _)| member));
            for (key, value) in &set {
                body.raw(key, value);
            }
            body.raw("messages", messages);
        });
        Ok(body)
    }
}

// === impl Turn ===

impl Turn<'_> {
    fn has_tool_result(&self) -> bool {
        let blocks = self.content.map(RawValue::get).unwrap_or_default();
        serde_json::from_str::<Vec<Kind>>(blocks)
            .unwrap_or_default()
            .iter()
            .any(|block| block.kind.as_deref() == Some("tool_result"))
    }
}
