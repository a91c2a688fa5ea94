//! A golden case: a client's request and, if needed, the upstream's reply. The SDK's runner reads the same files.

use std::collections::BTreeMap;

use jackfield_dialects::json::Members;
use jackfield_dialects::long_texts;
use jackfield_sandbox::RequestText;
use jackfield_sandbox::contract::{Call, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::verbatim::Verbatim;

/// The members that the host leaves out of a call's parameters.
const BULK: [&str; 3] = ["messages", "input", "documents"];

/// The same for the dialect in which the system prompt is a member of its own.
const MESSAGES_BULK: [&str; 4] = ["messages", "input", "documents", "system"];

/// That dialect, as the contract names it.
const MESSAGES: &str = "anthropic-messages";

/// A client's request as the host passes it to an adapter, written as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Case {
    /// What the case shows; for readers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The operation; `chat` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The dialect of the request; the canonical one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// The upstream's name for the model; the request's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether the client asks for a stream; as in the request if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// The provider's settings; none if absent.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Parameters sent outside the body; none if absent.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// The client's request. If present, the state for later calls comes from `prepare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Verbatim>,
    /// The upstream's reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<CaseReply>,
    /// Of a stream: the case in `response/` that is the same reply in one piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
    /// What the upstream was sent when the case was recorded; for readers, and for `plugin replay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
}

/// An upstream's reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseReply {
    /// The HTTP status; 200 if absent.
    #[serde(default = "ok")]
    pub status: u16,
    /// The headers; none if absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body: a string is sent verbatim, anything else as JSON text.
    #[serde(default, skip_serializing_if = "Verbatim::is_null")]
    pub body: Verbatim,
    /// The state of the exchange; the one set by `prepare` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Verbatim>,
}

/// A request as an upstream got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The HTTP method; `POST` if absent.
    #[serde(default = "post")]
    pub method: String,
    /// The path and query, below the upstream's base URL; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The body; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Verbatim>,
}

fn post() -> String {
    "POST".to_owned()
}

fn ok() -> u16 {
    200
}

/// What a call is made of, and owns what the contract borrows.
#[derive(Clone, Debug)]
pub struct CaseCall {
    operation: String,
    dialect: String,
    model: String,
    stream: bool,
    settings: Vec<u8>,
    /// What the plugin gets if it asks for the request.
    pub request: RequestText,
}

// === impl Case ===

impl Case {
    /// Parses a case.
    ///
    /// # Errors
    /// If the text is not JSON of this shape.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("is not a valid case: {error}"))
    }

    /// The call as the host makes it.
    pub fn call(&self) -> CaseCall {
        let body = self.body.as_ref().map(Verbatim::value).unwrap_or_default();
        let requested = |name: &str| body[name].as_str().map(str::to_owned);
        let streams = || body["stream"].as_bool().unwrap_or(false);
        CaseCall {
            operation: self.operation.clone().unwrap_or_else(|| "chat".to_owned()),
            dialect: self.dialect.clone().unwrap_or_else(|| "openai-chat".to_owned()),
            model: self.model.clone().or_else(|| requested("model")).unwrap_or_default(),
            stream: self.stream.unwrap_or_else(streams),
            settings: Verbatim::of(&self.settings).bytes(),
            request: RequestText {
                id: "req_test".into(),
                body: self.body.as_ref().map(Verbatim::bytes).unwrap_or_default().into(),
                parameters: self.request_parameters().into(),
                // However short: a case shows what the adapter does with a text that it does not have.
                find_texts: Some(|body, _| long_texts(body, 0)),
                ..RequestText::default()
            },
        }
    }

    /// The request's members without the bulk, and what was sent outside the body.
    fn request_parameters(&self) -> Vec<u8> {
        let body = self.body.as_ref().map(Verbatim::text).unwrap_or_default();
        let bulk: &[&str] = match self.dialect.as_deref() {
            Some(MESSAGES) => &MESSAGES_BULK,
            _ => &BULK,
        };
        let members = Members::of(body).map(|members| members.without(bulk));
        let members = members.unwrap_or_else(|_| b"{}".to_vec());
        let others = Verbatim::of(&self.parameters).bytes();
        match (Members::parse(&members), Members::parse(&others)) {
            (Ok(members), Ok(others)) => members.patch(&others),
            _ => members,
        }
    }
}

// === impl CaseReply ===

impl CaseReply {
    /// The headers in the contract's type.
    pub fn wire_headers(&self) -> Vec<Header> {
        let header = |(name, value): (&String, &String)| Header {
            name: name.clone(),
            value: value.clone(),
        };
        self.headers.iter().map(header).collect()
    }
}

// === impl CaseCall ===

impl CaseCall {
    /// The call in the contract's type.
    pub fn wire(&self) -> Call<'_> {
        Call {
            operation: &self.operation,
            dialect: &self.dialect,
            model: &self.model,
            stream: self.stream,
            settings: &self.settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_without_the_bulk_of_their_dialect() {
        let text = r#"{"body": {"model": "m", "messages": [1], "system": "s", "input": 2, "documents": 3, "n": 4}}"#;
        let mut case = Case::parse(text).unwrap();
        assert_eq!(
            &case.call().request.parameters[..],
            br#"{"model":"m","system":"s","n":4}"#
        );
        case.dialect = Some(MESSAGES.to_owned());
        assert_eq!(&case.call().request.parameters[..], br#"{"model":"m","n":4}"#);
    }

    #[test]
    fn the_numbers_of_a_body_keep_their_digits() {
        let text =
            r#"{"body": {"n": 1.50, "messages": [10.10]}, "reply": {"body": [1e400, -0.0]}, "parameters": {"p": 7}}"#;
        let case = Case::parse(text).unwrap();
        let request = case.call().request;
        assert_eq!(&request.body[..], br#"{"n":1.50,"messages":[10.10]}"#);
        assert_eq!(&request.parameters[..], br#"{"n":1.50,"p":7}"#);
        assert_eq!(case.reply.unwrap().body.bytes(), b"[1e400,-0.0]");
    }

    #[test]
    fn a_case_with_an_unknown_member_is_refused() {
        let fault = Case::parse(r#"{"bdoy": {}}"#).unwrap_err();
        assert!(
            fault.starts_with("is not a valid case: unknown field `bdoy`"),
            "{fault}"
        );
    }

    #[test]
    fn a_case_is_written_without_what_it_does_not_say() {
        let text = r#"{"model":"m","reply":{"status":429,"body":{"a":1}}}"#;
        let case = Case::parse(text).unwrap();
        assert_eq!(serde_json::to_string(&case).unwrap(), text);
    }
}
