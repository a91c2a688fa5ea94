//! The bodies that providers get: the client's own, and the canonical one if it differs.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use jackfield_dialects::json::{Edit, Members, set_members};
use jackfield_dialects::{CANONICAL_BULK, Continuation, Dialect, Operation, PARAMETER_HEADERS, ParsedRequest, shorten};

use crate::attempt::{Payload, ProviderRequest};
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::Model;

/// The texts of a request that the targets of its model need.
pub(crate) struct RequestBodies<'a> {
    dialect: Dialect,
    request: &'a ParsedRequest<'a>,
    body: &'a Bytes,
    /// The canonical text, if it differs from the client's own.
    canonical: Option<Bytes>,
    /// The client's own text must not be sent: messages were dropped, or all targets must answer in canonical chunks.
    canonical_only: bool,
    /// How the stream is continued elsewhere if it breaks off.
    continuation: Option<Continuation>,
    /// The headers that are passed as parameters: names and JSON values.
    parameters: Vec<(&'static str, String)>,
}

/// The parsed texts.
pub(crate) struct Payloads<'a> {
    native: Option<Payload<'a>>,
    canonical: Option<Payload<'a>>,
    /// How the stream is continued elsewhere if it breaks off; `None` if it is not.
    pub(crate) continuation: Option<&'a Continuation>,
}

// === impl RequestBodies ===

impl<'a> RequestBodies<'a> {
    /// Translates and shortens the request as its model and targets require.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if it cannot be translated.
    pub(crate) fn new(
        dialect: Dialect,
        request: &'a ParsedRequest<'a>,
        body: &'a Bytes,
        headers: &HeaderMap,
        model: &Model,
    ) -> Result<Self, GatewayError> {
        let context = model.config.context.filter(|_| model.config.truncate_messages);
        let mut providers = model.chain.targets.iter().filter_map(|it| it.provider.as_ref());
        let continues = model.chain.policy.stream.continues && request.stream && request.operation == Operation::Chat;
        let needed = dialect.is_canonical()
            || model.config.truncate_messages
            || continues
            || providers.any(|provider| !provider.speaks(dialect.name()));
        let canonical = if needed { translated(dialect, request)? } else { None };
        let shorter = context.and_then(|context| shorten(canonical.as_ref().unwrap_or(body), context));
        let shortened = shorter.is_some();
        let canonical = shorter.map(Bytes::from).or(canonical);
        let continued = continues.then(|| Continuation::of(canonical.as_ref().unwrap_or(body)));
        let continuation = continued.flatten();
        Ok(Self {
            dialect,
            request,
            body,
            canonical_only: shortened || continuation.is_some() && canonical.is_some(),
            continuation,
            canonical,
            parameters: header_parameters(headers),
        })
    }

    /// The payloads that each provider chooses from.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if the translated text is not valid JSON.
    pub(crate) fn payloads(&self) -> Result<Payloads<'_>, GatewayError> {
        let canonical = match &self.canonical {
            Some(text) => Some(self.canonical_payload(text)?),
            None => None,
        };
        let native =
            (!self.canonical_only && (self.canonical.is_none() || !self.dialect.is_canonical())).then(|| Payload {
                body: self.body,
                members: self.request.members.clone(),
                parameters: self.with_headers(self.request.parameters()),
            });
        Ok(Payloads {
            native,
            canonical,
            continuation: self.continuation.as_ref(),
        })
    }

    fn canonical_payload<'p>(&self, text: &'p Bytes) -> Result<Payload<'p>, GatewayError> {
        let members = Members::parse(text).map_err(|error| {
            let message = "The request could not be translated.";
            GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
        })?;
        let parameters = self.with_headers(members.without(&CANONICAL_BULK));
        Ok(Payload {
            body: text,
            members,
            parameters,
        })
    }

    fn with_headers(&self, parameters: Vec<u8>) -> Vec<u8> {
        let (false, Ok(text)) = (self.parameters.is_empty(), std::str::from_utf8(&parameters)) else {
            return parameters;
        };
        let edits = self.parameters.iter().map(|(key, value)| Edit { key, at: None, value });
        let edits: Vec<Edit<'_>> = edits.collect();
        let mut out = Vec::with_capacity(text.len() + 128);
        set_members(text, &edits, &mut out);
        out
    }
}

// === impl Payloads ===

impl Payloads<'_> {
    /// The request as it is passed to providers.
    pub(crate) fn request(&self, dialect: Dialect, request: &ParsedRequest<'_>) -> ProviderRequest<'_> {
        ProviderRequest {
            operation: request.operation,
            stream: request.stream,
            dialect,
            native: self.native.as_ref(),
            canonical: self.canonical.as_ref(),
        }
    }
}

fn translated(dialect: Dialect, request: &ParsedRequest<'_>) -> Result<Option<Bytes>, GatewayError> {
    let text = dialect.canonical(request)?;
    Ok(text.map(Bytes::from))
}

/// The client's headers that are passed to providers as parameters: each a JSON array of its comma-separated values.
fn header_parameters(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let given = PARAMETER_HEADERS.iter().filter_map(|(header, parameter)| {
        let values = headers.get_all(*header).into_iter();
        let values: Vec<&str> = values
            .filter_map(|value: &HeaderValue| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect();
        (!values.is_empty()).then(|| (*parameter, serde_json::Value::from(values).to_string()))
    });
    given.collect()
}
