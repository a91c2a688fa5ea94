//! A golden case: a client's request and, if needed, the upstream's reply.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::bindings::jackfield::plugin::types as wit;
use crate::canonical::{Extra, Json};
use crate::{Adapter, boundary, host};

/// The members the host leaves out of a call's parameters.
const BULK: [&str; 3] = ["messages", "input", "documents"];

/// The same for Anthropic's dialect, in which the system prompt is a member of its own.
const ANTHROPIC_BULK: [&str; 4] = ["messages", "input", "documents", "system"];

/// A client's request as the host passes it to an adapter, written as JSON. Bodies keep the digits of their numbers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows; for readers only.
    #[serde(default)]
    pub about: Option<String>,
    /// The operation; `chat` if absent.
    #[serde(default)]
    pub operation: Option<String>,
    /// The dialect of the request; `openai-chat` if absent.
    #[serde(default)]
    pub dialect: Option<String>,
    /// The upstream's name for the model; the request's if absent.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether the client asks for a stream; as in the request if absent.
    #[serde(default)]
    pub stream: Option<bool>,
    /// The provider's settings; none if absent.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Parameters sent outside the body, such as `anthropic_beta`; none if absent.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// The client's request. If present, the state for later calls comes from `prepare`.
    #[serde(default)]
    pub body: Option<Json>,
    /// The upstream's reply.
    #[serde(default)]
    pub reply: Option<CaseReply>,
    /// Of a stream: the case in `response/` that is the same reply in one piece. `jackfield plugin test` compares them.
    #[serde(default)]
    pub whole: Option<String>,
    /// What the upstream was sent when the case was recorded; for readers, and for `jackfield plugin replay`.
    #[serde(default)]
    pub sent: Option<Json>,
}

/// An upstream's reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseReply {
    /// The HTTP status; 200 if absent.
    #[serde(default = "ok")]
    pub status: u16,
    /// The headers; none if absent.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a string is sent verbatim, anything else as JSON text.
    #[serde(default)]
    pub body: Json,
    /// The state of the exchange; the one set by `prepare` if absent.
    #[serde(default)]
    pub state: Option<Json>,
}

fn ok() -> u16 {
    200
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

    /// The call as the host makes it, and the request that the adapter may ask for until the next case.
    pub(super) fn call(&self) -> wit::Call {
        host::set_request(self.parameters(), self.body.as_ref().map(bytes).unwrap_or_default());
        let body = self.members();
        let streams = || body.read("stream").unwrap_or(false);
        wit::Call {
            operation: self.operation.clone().unwrap_or_else(|| "chat".to_owned()),
            dialect: self.dialect.clone().unwrap_or_else(|| "openai-chat".to_owned()),
            model: self.model.clone().or_else(|| body.text("model")).unwrap_or_default(),
            stream: self.stream.unwrap_or_else(streams),
            settings: Json::of(&self.settings).text().into(),
        }
    }

    pub(super) fn prepare<A: Adapter>(&self) -> Result<wit::Prepared, wit::Failure> {
        boundary::prepare::<A>(self.call())
    }

    pub(super) fn decode<A: Adapter>(&self) -> Result<wit::Step, wit::Failure> {
        let Some(reply) = &self.reply else {
            return Err(crate::Failure::malformed("the case has no reply").into());
        };
        let header = |(name, value): (&String, &String)| wit::Header {
            name: name.clone(),
            value: value.clone(),
        };
        let state = match &reply.state {
            Some(state) => bytes(state),
            None => self.state::<A>()?,
        };
        let reply = wit::Reply {
            status: reply.status,
            headers: reply.headers.iter().map(header).collect(),
            body: bytes(&reply.body),
            state,
            more: Vec::new(),
        };
        boundary::decode::<A>(self.call(), reply)
    }

    /// The state set by `prepare`; empty if the case has no request, or the adapter answers it without an exchange.
    pub(super) fn state<A: Adapter>(&self) -> Result<Vec<u8>, wit::Failure> {
        if self.body.is_none() {
            return Ok(Vec::new());
        }
        Ok(match self.prepare::<A>()? {
            wit::Prepared::Exchange(exchange) => exchange.state,
            wit::Prepared::Answer(_) => Vec::new(),
        })
    }

    /// The framing that `prepare` asks for.
    pub(super) fn framing<A: Adapter>(&self) -> Result<String, wit::Failure> {
        match self.prepare::<A>()? {
            wit::Prepared::Exchange(exchange) => Ok(exchange.framing),
            wit::Prepared::Answer(_) => Err(crate::Failure::malformed("the request has no exchange").into()),
        }
    }

    /// The request's members; none if it is no object.
    fn members(&self) -> Extra {
        self.body.as_ref().and_then(Json::read).unwrap_or_default()
    }

    fn parameters(&self) -> Vec<u8> {
        let mut members = self.members();
        let bulk: &[&str] = match self.dialect.as_deref() {
            Some("anthropic-messages") => &ANTHROPIC_BULK,
            _ => &BULK,
        };
        members.retain(|name, _| !bulk.contains(&name));
        for (name, value) in &self.parameters {
            members.set(name, value);
        }
        bytes(&members.into())
    }
}

/// A string verbatim, null as nothing, anything else as JSON text.
fn bytes(value: &Json) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.into_bytes(),
        None if value.is_null() => Vec::new(),
        None => value.text().into(),
    }
}
