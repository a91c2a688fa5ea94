//! Anthropic's Messages dialect, over upstreams of any dialect: `anthropic-messages`.
//!
//! `request` reads the client's request and translates it to the canonical form; `foreign` takes out of it what an
//! upstream of this dialect refuses. What comes back goes through `reply`
//! and `stream` if it is canonical, through `native` and `native_stream` if it is in this dialect already; `message`,
//! `ending`, `tokens`, `event`, `citations` and `call_id` are what both consist of. `texts` and `stream_texts` are about the texts in all
//! of them. `short` is the variant for clients that name no version of
//! the API. `error` writes errors, and `models` lists models.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages>.

mod batches;
mod call_id;
mod citations;
mod ending;
mod error;
mod event;
mod foreign;
pub(crate) mod message;
mod models;
mod native;
mod native_stream;
mod place;
mod reply;
mod request;
mod short;
mod stream;
mod stream_texts;
#[cfg(test)]
mod tests;
mod texts;
mod tokens;

use serde_json::json;

pub(crate) use self::batches::MessageBatches;
use self::short::Short;
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
use crate::words::tokens::estimate_tokens;

/// A client that sends this header wants Anthropic's own forms; its value makes no difference.
const VERSION_HEADER: &str = "anthropic-version";

const ENDPOINTS: [Endpoint; 2] = [
    Endpoint {
        path: "/v1/messages",
        operation: Operation::Chat,
    },
    Endpoint {
        path: "/v1/messages/count_tokens",
        operation: Operation::CountTokens,
    },
];

/// The members that make up the prompt.
const PROMPT: [&str; 3] = ["system", "messages", "tools"];

/// The variant for clients that send no `anthropic-version`.
static SHORT: Short = Short::of(&AnthropicMessages);

/// Anthropic's dialect.
#[derive(Debug)]
pub(crate) struct AnthropicMessages;

// === impl AnthropicMessages ===

impl ClientDialect for AnthropicMessages {
    fn name(&self) -> &'static str {
        "anthropic-messages"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn prefix(&self) -> Option<&'static str> {
        Some("/v1/messages")
    }

    fn variant(&self, has_header: &dyn Fn(&str) -> bool) -> Dialect {
        if has_header(VERSION_HEADER) { &Self } else { &SHORT }
    }

    fn is_spoken_by(&self, has_header: &dyn Fn(&str) -> bool) -> bool {
        has_header(VERSION_HEADER)
    }

    fn native_headers(&self) -> &'static [(&'static str, &'static str)] {
        &[(VERSION_HEADER, "anthropic_version")]
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Chat => request::read(members),
            Operation::CountTokens => request::read_count(members),
            _ => Err(RequestFault::unsupported(self.name(), operation)),
        }
    }

    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        request::canonical(&request.members).map(Some)
    }

    fn translated(
        &self,
        request: &ParsedRequest<'_>,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Translated>, RequestFault> {
        Ok(Some(Translated {
            text: request::canonical(&request.members)?,
            dropped: request::left_out(&request.members),
        }))
    }

    fn native(&self, request: &ParsedRequest<'_>) -> Standard {
        foreign::taken_out(&request.members)
    }

    fn place(&self, canonical: &str) -> String {
        placed(canonical, &place::PLACES)
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        match (facts.operation, form) {
            (Operation::CountTokens, _) => crate::count::finish_reply(body),
            (_, Form::Canonical) => reply::finish_reply(body, facts),
            (_, Form::Native) => native::finish_reply(body, facts),
        }
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        match form {
            Form::Canonical => Box::new(stream::TranslatedReader::new(facts)),
            Form::Native => Box::new(native_stream::NativeReader::new(facts)),
        }
    }

    /// The count of a prompt's tokens by its size.
    fn estimate(&self, request: &ParsedRequest<'_>) -> Option<Vec<u8>> {
        if request.operation != Operation::CountTokens {
            return None;
        }
        let members = PROMPT.iter().filter_map(|key| request.members.get(key));
        let bytes: usize = members.map(|member| member.get().len()).sum();
        let count = json!({ "input_tokens": estimate_tokens(bytes as u64), "estimated": true });
        Some(count.to_string().into_bytes())
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        error::body(error)
    }

    fn has_own_error_form(&self) -> bool {
        true
    }

    /// Agents take it for final, and a 400 for a fault of the one request.
    fn unknown_model_status(&self) -> u16 {
        404
    }

    fn model_list(&self, list: &[ModelCard<'_>], query: &Query) -> Result<Option<Vec<u8>>, RequestFault> {
        models::list(list, query).map(Some)
    }

    fn model(&self, model: &ModelCard<'_>) -> Option<Vec<u8>> {
        Some(models::one(model))
    }

    fn request_id_header(&self) -> Option<&'static str> {
        Some("request-id")
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        Ok(texts::request(&request.members)?)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        Ok(texts::instructed(request, instructions))
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        if operation == Operation::CountTokens {
            return Ok(Texts::default());
        }
        let message = Members::parse(reply).map_err(|error| StreamFault::malformed(error.to_string()))?;
        Ok(texts::reply(&message)?)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        Box::<stream_texts::BlockTexts>::default()
    }

    /// The protocol has no end for a stream that its user ended, and one that looks complete would be a lie.
    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        match by {
            Interruption::Failed { message, upstream, .. } => error::event(message, upstream),
            Interruption::Refused(refused) => error::named(&error::body(&refused)),
            Interruption::Killed => error::event("The stream was ended by its user.", None),
        }
    }
}
