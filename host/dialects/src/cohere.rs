//! Cohere's dialect for reranking: `cohere-rerank`. Its requests and replies are the canonical ones, which follow Cohere's
//! form; its errors are its own.
//!
//! Sources: <https://docs.cohere.com/reference/rerank>, <https://docs.cohere.com/reference/errors>.

use serde_json::json;

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

/// The path of the vendor's newer client, and the one that others call below the vendor's host.
const ENDPOINTS: [Endpoint; 2] = [
    Endpoint {
        path: "/v2/rerank",
        operation: Operation::Rerank,
    },
    Endpoint {
        path: "/rerank",
        operation: Operation::Rerank,
    },
];

/// Cohere's dialect.
#[derive(Debug)]
pub(crate) struct CohereRerank;

// === impl CohereRerank ===

impl ClientDialect for CohereRerank {
    fn name(&self) -> &'static str {
        "cohere-rerank"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn variant(&self, _has_header: &dyn Fn(&str) -> bool) -> Dialect {
        &Self
    }

    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault> {
        match operation {
            Operation::Rerank => OpenaiChat.read(operation, members),
            _ => Err(RequestFault::unsupported(self.name(), operation)),
        }
    }

    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
        Ok(Some(request.members.whole().to_vec()))
    }

    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
        OpenaiChat.reply(body, form, facts)
    }

    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader> {
        OpenaiChat.stream(form, facts)
    }

    /// The vendor's object for errors has a message, and nothing that programs decide by but the status.
    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8> {
        json!({ "message": error.message }).to_string().into_bytes()
    }

    fn has_own_error_form(&self) -> bool {
        true
    }

    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
        OpenaiChat.request_texts(request)
    }

    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
        OpenaiChat.instructed(request, instructions)
    }

    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault> {
        OpenaiChat.reply_texts(operation, reply)
    }

    fn stream_texts(&self) -> Box<dyn StreamTexts> {
        OpenaiChat.stream_texts()
    }

    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8> {
        OpenaiChat.interrupted(by)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::CohereRerank;
    use crate::client::{ClientDialect, Form};
    use crate::facts::{ErrorFacts, ReplyFacts};
    use crate::json::Members;
    use crate::operation::Operation;
    use crate::tests::facts;

    #[test]
    fn a_request_is_canonical_as_it_is_and_an_error_is_the_vendors() {
        let body = br#"{"model":"m","query":"q","documents":["a"],"max_tokens_per_doc":4096}"#;
        let request = CohereRerank.parse(Operation::Rerank, body).unwrap();
        let canonical = CohereRerank.canonical(&request).unwrap().unwrap();
        assert_eq!(canonical, body);
        let error = CohereRerank.error(&ErrorFacts {
            status: 400,
            code: "INVALID_MODEL",
            message: "no",
            details: None,
            upstream: None,
            retry_after: None,
        });
        assert_eq!(error, br#"{"message":"no"}"#);
        let fault = CohereRerank.parse(Operation::Chat, b"{}").unwrap_err();
        assert_eq!(fault.to_string(), "body: cohere-rerank has no requests for chat");
    }

    #[test]
    fn a_reply_keeps_what_only_the_vendor_says() {
        let body =
            br#"{"id":"x","results":[{"index":0,"relevance_score":0.5}],"meta":{"billed_units":{"search_units":1}}}"#;
        let request = Members::parse(br#"{"documents":["a"]}"#).unwrap();
        let facts = ReplyFacts {
            request: &request,
            ..facts(Operation::Rerank, "m")
        };
        let (reply, _) = CohereRerank.reply(body, Form::Canonical, &facts).unwrap();
        let reply: Value = serde_json::from_slice(&reply).unwrap();
        assert_eq!(reply["meta"], json!({"billed_units": {"search_units": 1}}));
        assert_eq!((&reply["id"], &reply["results"][0]["index"]), (&json!("x"), &json!(0)));
    }
}
