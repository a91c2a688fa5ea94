//! Google's Gemini dialect over models of every adapter: `gemini-generate-content`.
//!
//! A path names the model and the method (`method`), and members have two spellings (`spelled`). `request` reads the
//! client's request and translates it to the canonical form. What comes back becomes `candidate`s, whole (`reply`) or in
//! pieces (`stream`), with a `head` and its `usage`, unless it is in this dialect already (`native`, `native_stream`, and
//! `foreign` for what a request must not hold then). `count` and `embeddings` are the other replies, `models` the lists of
//! models, `error` is what went wrong. `place` has this API's words for places in a chat. `texts` and `stream_texts` are about the texts in all of them.
//!
//! Source: <https://ai.google.dev/api/generate-content>.

mod candidate;
mod count;
mod embeddings;
mod error;
mod foreign;
mod head;
mod method;
mod models;
mod native;
mod native_stream;
mod place;
mod reply;
mod request;
mod spelled;
mod stream;
mod stream_texts;
#[cfg(test)]
mod tests;
mod texts;
mod usage;

use crate::address::Address;
use crate::client::{ClientDialect, Dialect, Endpoint, Form, Interruption};
use crate::facts::{ErrorFacts, ReplyFacts, StreamFacts};
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Edited, Members};
use crate::model_card::{ModelCard, Query};
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::request::ParsedRequest;
use crate::standard::Standard;
use crate::summary::ReplySummary;
use crate::texts::Texts;
use crate::texts::instruct::Instruction;
use crate::texts::stream::StreamTexts;
use crate::translated::Translated;
use crate::words::place::placed;

/// The headers that only clients of this dialect send: their credential, and what their SDK is called.
const HEADERS: [&str; 2] = ["x-goog-api-key", "x-goog-api-client"];

/// The Gemini dialect.
#[derive(Debug)]
pub(crate) struct GeminiContent;

// === impl GeminiContent ===

impl ClientDialect for GeminiContent {
    fn name(&self) -> &'static str {
        "gemini-generate-content"
    }

    /// All of its paths name a model.
    fn endpoints(&self) -> &'static [Endpoint] {
        &[]
    }

    fn patterns(&self) -> &'static [&'static str] {
        &method::PATTERNS
    }

    fn address(&self, path: &str, query: &str) -> Option<Address> {
        method::address(path, query)
    }

    fn prefix(&self) -> Option<&'static str> {
        Some(method::PREFIX)
    }

    fn absence(&self, path: &str) -> Option<&'static str> {
        method::absence(path)
    }

    fn key_parameter(&self) -> Option<&'static str> {
        Some("key")
    }

    fn variant(&self, _has_header: &dyn Fn(&str) -> bool) -> Dialect {
        &Self
    }

    fn is_spoken_by(&self, has_header: &dyn Fn(&str) -> bool) -> bool {
        HEADERS.into_iter().any(has_header)
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Chat | Operation::CountTokens | Operation::Embeddings => request::read(operation, members),
            _ => Err(RequestFault::unsupported(self.name(), operation)),
        }
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
        request::translated(request, is_asked).map(Some)
    }

    fn native(&self, request: &ParsedRequest<'_>) -> Standard {
        foreign::without_ours(request)
    }

    fn unsent_extras(&self) -> &'static [&'static str] {
        &["server_tools"]
    }

    fn place(&self, canonical: &str) -> String {
        placed(canonical, &place::PLACES)
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        match (facts.operation, form) {
            (Operation::CountTokens, Form::Canonical) => count::finish_reply(body),
            (Operation::Embeddings, Form::Canonical) => embeddings::finish_reply(body, facts),
            (Operation::CountTokens | Operation::Embeddings, Form::Native) => native::passed(body),
            (_, Form::Canonical) => reply::finish_reply(body, facts),
            (_, Form::Native) => native::finish_reply(body, facts),
        }
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        match form {
            Form::Canonical => Box::new(stream::ContentReader::new(facts)),
            Form::Native => Box::new(native_stream::NativeReader::new(facts)),
        }
    }

    /// The count of a prompt's tokens by its size.
    fn estimate(&self, request: &ParsedRequest<'_>) -> Option<Vec<u8>> {
        (request.operation == Operation::CountTokens).then(|| count::estimate(&request.members))
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        error::body(error)
    }

    fn unknown_model_status(&self) -> u16 {
        404
    }

    fn model_list(&self, models: &[ModelCard<'_>], query: &Query) -> Result<Option<Vec<u8>>, RequestFault> {
        models::list(models, query).map(Some)
    }

    fn model(&self, model: &ModelCard<'_>) -> Option<Vec<u8>> {
        Some(models::one(model))
    }

    fn has_own_error_form(&self) -> bool {
        true
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        Ok(texts::request(&request.members)?)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        texts::instructed(request, instructions)
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        if operation != Operation::Chat {
            return Ok(Texts::default());
        }
        let reply = Members::parse(reply).map_err(|error| StreamFault::malformed(error.to_string()))?;
        Ok(texts::reply(&reply)?)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        Box::<stream_texts::PartTexts>::default()
    }

    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        error::event(by)
    }
}
