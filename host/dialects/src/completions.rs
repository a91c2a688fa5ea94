//! OpenAI's older dialect, in which a prompt is completed: `openai-completions`.
//!
//! A model for completions gets the request as it is, and so does the client its reply: [`native_stream`] reads streams of
//! that. A chat model gets the prompt as one message of the user ([`request`]), and its reply is written as a completion
//! ([`reply`], [`chat_stream`]). [`texts`] and [`stream_texts`] are about the texts in all of them.
//!
//! Source: <https://platform.openai.com/docs/api-reference/completions>.

mod chat_stream;
mod native_stream;
mod reply;
mod request;
mod stream_texts;
#[cfg(test)]
mod tests;
mod texts;

use crate::client::{ClientDialect, Dialect, Endpoint, Form, Interruption};
use crate::facts::{ErrorFacts, ReplyFacts, StreamFacts};
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Edited, Members};
use crate::openai::OpenaiChat;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::texts::Texts;
use crate::texts::instruct::Instruction;
use crate::texts::stream::StreamTexts;

/// The word for a reply and its chunks.
const OBJECT: &str = "text_completion";

const ENDPOINTS: [Endpoint; 1] = [Endpoint {
    path: "/v1/completions",
    operation: Operation::Completion,
}];

/// The dialect of completions.
#[derive(Debug)]
pub(crate) struct OpenaiCompletions;

// === impl OpenaiCompletions ===

impl ClientDialect for OpenaiCompletions {
    fn name(&self) -> &'static str {
        "openai-completions"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn variant(&self, _has_header: &dyn Fn(&str) -> bool) -> Dialect {
        &Self
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Completion | Operation::Chat => request::read(operation, members),
            _ => Err(RequestFault::unsupported(self.name(), operation)),
        }
    }

    /// For a chat model its messages; for a model of completions the request as it is.
    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        match request.operation {
            Operation::Chat => request::as_chat(&request.members).map(Some),
            _ => Ok(Some(request.members.whole().to_vec())),
        }
    }

    fn place(&self, canonical: &str) -> String {
        match canonical.strip_prefix("messages") {
            Some(_) => "prompt".to_owned(),
            None => canonical.to_owned(),
        }
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        match facts.operation {
            Operation::Chat => {
                let (chat, summary) = OpenaiChat.reply(body, form, facts)?;
                Ok((reply::of_chat(&chat, facts)?, summary))
            }
            _ => reply::finish_reply(body, facts),
        }
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        match facts.operation {
            Operation::Chat => Box::new(chat_stream::ChatAsCompletion::new(OpenaiChat.stream(form, facts))),
            _ => Box::new(native_stream::CompletionReader::new(facts)),
        }
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        OpenaiChat.error(error)
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        Ok(texts::request(&request.members)?)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        texts::instructed(&request.members, instructions)
    }

    fn reply_texts(&self, _operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        let reply = Members::parse(reply).map_err(|error| StreamFault::malformed(error.to_string()))?;
        Ok(texts::reply(&reply)?)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        Box::<stream_texts::CompletionTexts>::default()
    }

    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        OpenaiChat.interrupted(by)
    }
}
