//! OpenAI's dialect, which is the canonical form: `openai-chat`.
//!
//! `request`, `reply` and `stream` are about chat (`truncate` shortens a conversation; `envelope`, `choice`, `chunk`,
//! `delta`, `parts`, `annotations` and `passages` are what replies and chunks consist of, `texts`, `long_texts`, `instruct` and `stream_texts` are about the
//! texts in all of them, `plain` puts into OpenAI's words what vendors say in
//! their own, `repeats` knows chunks that are like those before, and `whole` turns streams and whole replies into each other); `embeddings`, `rerank`, `images`, `moderation`, `speech` and `transcription`
//! hold both sides of their operation, `image_edit` the requests that are answered as `images` are, and `models` reads what an upstream offers. `error` writes errors.
//!
//! Payloads stay raw text. One pass validates them and finds the few places that the host sets.

pub(crate) mod annotations;
mod batches;
pub(crate) mod choice;
pub(crate) mod chunk;
pub(crate) mod delta;
mod embeddings;
pub(crate) mod envelope;
pub(crate) mod error;
mod image_edit;
mod images;
mod instruct;
mod long_texts;
mod models;
mod moderation;
pub(crate) mod parts;
pub(crate) mod passages;
mod plain;
mod repeats;
mod reply;
pub(crate) mod request;
mod rerank;
mod speech;
mod stream;
mod stream_texts;
mod texts;
mod transcription;
mod truncate;
mod whole;

pub(crate) use self::batches::OpenaiBatches;
pub(crate) use self::images::image_size;
pub use self::images::{image_urls, with_images};
pub use self::long_texts::long_texts;
pub use self::models::ListedModel;
pub use self::request::BULK as CANONICAL_BULK;
pub use self::truncate::shorten;
pub use self::whole::{assembled, taken_apart};

use crate::client::{ClientDialect, Dialect, Endpoint, Form, Interruption};
use crate::facts::{ErrorFacts, ReplyFacts, StreamFacts};
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Edited, Members};
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::texts::Texts;
use crate::texts::instruct::Instruction;
use crate::texts::stream::StreamTexts;

const ENDPOINTS: [Endpoint; 10] = [
    Endpoint {
        path: "/v1/chat/completions",
        operation: Operation::Chat,
    },
    Endpoint {
        path: "/v1/embeddings",
        operation: Operation::Embeddings,
    },
    Endpoint {
        path: "/v1/rerank",
        operation: Operation::Rerank,
    },
    Endpoint {
        path: "/v1/images/generations",
        operation: Operation::Images,
    },
    Endpoint {
        path: "/v1/images/edits",
        operation: Operation::ImageEdit,
    },
    Endpoint {
        path: "/v1/images/variations",
        operation: Operation::ImageVariation,
    },
    Endpoint {
        path: "/v1/moderations",
        operation: Operation::Moderation,
    },
    Endpoint {
        path: "/v1/audio/speech",
        operation: Operation::Speech,
    },
    Endpoint {
        path: "/v1/audio/transcriptions",
        operation: Operation::Transcription,
    },
    Endpoint {
        path: "/v1/audio/translations",
        operation: Operation::Translation,
    },
];

/// OpenAI's dialect. Every reply is canonical, whatever its form is called.
#[derive(Debug)]
pub(crate) struct OpenaiChat;

// === impl OpenaiChat ===

impl ClientDialect for OpenaiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn variant(&self, _has_header: &dyn Fn(&str) -> bool) -> Dialect {
        &Self
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Chat => request::read(members),
            Operation::Embeddings => embeddings::read(members),
            Operation::Rerank => rerank::read(members),
            Operation::Images => images::read(members),
            Operation::ImageEdit | Operation::ImageVariation => image_edit::read(operation, members),
            Operation::Moderation => moderation::read(members),
            Operation::Speech => speech::read(members),
            Operation::Transcription | Operation::Translation => transcription::read(operation, members),
            Operation::CountTokens | Operation::Compaction | Operation::Completion | Operation::Models => {
                Err(RequestFault::unsupported(self.name(), operation))
            }
        }
    }

    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        match request.operation {
            Operation::Images => images::canonical(&request.members).map(Some),
            _ => Ok(None),
        }
    }

    fn is_canonical(&self) -> bool {
        true
    }

    fn reply(&self, body: &[u8], _form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        match facts.operation {
            Operation::Chat => reply::finish_reply(body, facts),
            Operation::Embeddings => embeddings::finish_reply(body, facts),
            Operation::Rerank => rerank::finish_reply(body, facts),
            Operation::Images | Operation::ImageEdit | Operation::ImageVariation => images::finish_reply(body, facts),
            Operation::Moderation => moderation::finish_reply(body, facts),
            Operation::Speech => speech::finish_reply(body, facts),
            Operation::Transcription | Operation::Translation => transcription::finish_reply(body, facts),
            Operation::Compaction | Operation::Completion => {
                Err(StreamFault::malformed(format!("it is for {}", facts.operation)))
            }
            Operation::CountTokens => crate::count::finish_reply(body),
            Operation::Models => models::finish_reply(body),
        }
    }

    fn stream(&self, _form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        Box::new(stream::ChatReader::new(facts))
    }

    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        error::body(error)
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        texts::request(request)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        match request.operation {
            Operation::Chat => instruct::instructed(request, instructions),
            operation => Err(RequestFault::new("body", format!("{operation} takes no instructions"))),
        }
    }

    fn reply_has_texts(&self, request: &ParsedRequest<'_>) -> bool {
        !matches!(request.operation, Operation::Transcription | Operation::Translation)
            || transcription::has_texts(request)
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        let reply = Members::parse(reply).map_err(|error| StreamFault::malformed(error.to_string()))?;
        Ok(texts::reply(operation, &reply)?)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        Box::<stream_texts::ChunkTexts>::default()
    }

    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        match by {
            Interruption::Failed { message, upstream, .. } => error::event(message, upstream),
            Interruption::Refused(refused) => [b"data: ", &*error::body(&refused), b"\n\n"].concat(),
            Interruption::Killed => stream::DONE.to_vec(),
        }
    }
}
