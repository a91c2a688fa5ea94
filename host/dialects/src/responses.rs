//! OpenAI's Responses dialect, stateless, over chat models of every adapter: `openai-responses`.
//!
//! `request` reads the client's request and translates it to the canonical form; `toolbox` knows its tools under both of
//! their names. What comes back is taken into an `output` of items, whole
//! (`reply`) or in pieces (`stream`), unless it is in this dialect already (`native`, `native_stream`); `head`, `ending`, `usage` and `ids` are the rest of a response, and `failure` is its
//! last event where it broke off. `place` has this API's words for places in a chat. `count` is about counts of tokens, `references` about items that
//! a client names by their ids. `texts` and `stream_texts` are about the texts in all
//! of them.
//!
//! Source: <https://platform.openai.com/docs/api-reference/responses>.

mod count;
mod ending;
mod failure;
mod head;
mod ids;
mod native;
mod native_stream;
mod output;
mod place;
mod references;
mod reply;
mod request;
mod stream;
mod stream_texts;
#[cfg(test)]
mod tests;
mod texts;
mod toolbox;
mod usage;

use std::sync::Arc;

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
use crate::translated::Translated;
use crate::words::place::placed;

const ENDPOINTS: [Endpoint; 3] = [
    Endpoint {
        path: "/v1/responses",
        operation: Operation::Chat,
    },
    Endpoint {
        path: "/v1/responses/input_tokens",
        operation: Operation::CountTokens,
    },
    Endpoint {
        path: "/v1/responses/compact",
        operation: Operation::Compaction,
    },
];

/// The Responses dialect.
#[derive(Debug)]
pub(crate) struct OpenaiResponses;

// === impl OpenaiResponses ===

impl ClientDialect for OpenaiResponses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn prefix(&self) -> Option<&'static str> {
        Some("/v1/responses")
    }

    fn absence(&self, path: &str) -> Option<&'static str> {
        let _ = path;
        Some("Responses are not stored here; send the whole conversation with each request, with `store: false`.")
    }

    fn variant(&self, _has_header: &dyn Fn(&str) -> bool) -> Dialect {
        &Self
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Chat | Operation::CountTokens | Operation::Compaction => request::read(operation, members),
            _ => Err(RequestFault::unsupported(self.name(), operation)),
        }
    }

    fn recalled(&self, request: &ParsedRequest<'_>, find: &dyn Fn(&str) -> Option<Arc<[u8]>>) -> Option<Vec<u8>> {
        references::recalled(&request.members, find)
    }

    fn items(&self, reply: &[u8]) -> Vec<(String, Vec<u8>)> {
        references::items(reply)
    }

    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        let translated = self.translated(request, &|_| true)?;
        Ok(translated.map(|translated| translated.text))
    }

    fn translated(
        &self,
        request: &ParsedRequest<'_>,
        is_asked: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Translated>, RequestFault> {
        if request.operation.is_native_only() {
            return Ok(None);
        }
        request::translated(&request.members, is_asked).map(Some)
    }

    fn unsent_extras(&self) -> &'static [&'static str] {
        &["server_tools", "service_tier", "store"]
    }

    fn place(&self, canonical: &str) -> String {
        placed(canonical, &place::PLACES)
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        match (facts.operation, form) {
            (Operation::CountTokens, _) => count::finish_reply(body),
            (Operation::Compaction, _) => native::finish_compaction(body),
            (_, Form::Canonical) => reply::finish_reply(body, facts),
            (_, Form::Native) => native::finish_reply(body, facts),
        }
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        match form {
            Form::Canonical => Box::new(stream::ResponseReader::new(facts)),
            Form::Native => Box::new(native_stream::NativeReader::new(facts)),
        }
    }

    /// The count of a prompt's tokens by its size.
    fn estimate(&self, request: &ParsedRequest<'_>) -> Option<Vec<u8>> {
        (request.operation == Operation::CountTokens).then(|| count::estimate(&request.members))
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        OpenaiChat.error(error)
    }

    fn has_own_error_form(&self) -> bool {
        true
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        Ok(texts::request(&request.members)?)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        texts::instructed(&request.members, instructions)
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        if operation == Operation::CountTokens {
            return Ok(Texts::default());
        }
        let reply = Members::parse(reply).map_err(|error| StreamFault::malformed(error.to_string()))?;
        Ok(texts::reply(&reply)?)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        Box::<stream_texts::ItemTexts>::default()
    }

    /// What a client is told that has got no event yet. [`StreamReader::interrupted`] is for all others.
    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        failure::alone(by)
    }
}
