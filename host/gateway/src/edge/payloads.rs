//! The bodies that adapters get: the client's own, and the canonical one where that is another.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::asked::{Asked, Endpoint};
use crate::attempt::Payload;
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::Model;
use jackfield_dialects::Dialect;
use jackfield_dialects::json::{Edit, Members, set_members};
use jackfield_dialects::openai::request::BULK;
use jackfield_dialects::openai::truncate::{reserved_output, truncate};

/// The client's header that chooses beta features of Anthropic's API, which travel to adapters as this parameter.
const BETA_HEADER: &str = "anthropic-beta";
const BETA_PARAMETER: &str = "anthropic_beta";

/// The text of the canonical request where it is not the client's own.
pub(super) struct Rewritten {
    canonical: Option<Bytes>,
    /// Messages were left out, so that the client's own text must not be sent.
    truncated: bool,
}

/// What an adapter may choose from.
pub(super) struct Payloads<'a> {
    pub(super) native: Option<(Dialect, Payload<'a>)>,
    pub(super) canonical: Option<Payload<'a>>,
}

// === impl Rewritten ===

impl Rewritten {
    /// Translates and shortens the request as far as the model and its targets need it.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if it cannot be translated.
    pub(super) fn new(
        endpoint: Endpoint,
        asked: &Asked<'_>,
        body: &Bytes,
        model: &Model,
    ) -> Result<Self, GatewayError> {
        let dialect = endpoint.dialect();
        let truncates = model.config.truncate_messages;
        let mut adapters = model.chain.targets.iter().filter_map(|it| it.adapter.as_ref());
        let needed = dialect == Dialect::OpenaiChat || truncates || adapters.any(|adapter| !adapter.speaks(dialect));
        let canonical = if needed { asked.canonical()? } else { None };
        let shorter = model
            .config
            .context
            .filter(|_| truncates)
            .and_then(|context| shortened(canonical.as_ref().unwrap_or(body), context));
        Ok(Self {
            truncated: shorter.is_some(),
            canonical: shorter.or(canonical),
        })
    }

    /// The payloads, with what of the client's headers is a parameter.
    pub(super) fn payloads<'a>(
        &'a self,
        endpoint: Endpoint,
        asked: &Asked<'a>,
        body: &'a Bytes,
        headers: &HeaderMap,
    ) -> Result<Payloads<'a>, GatewayError> {
        let betas = betas(headers);
        let own = || Payload {
            body,
            members: asked.members().clone(),
            parameters: with_betas(asked.parameters(), betas.as_deref()),
        };
        let dialect = endpoint.dialect();
        let canonical = match &self.canonical {
            Some(text) => {
                let members = parse(text)?;
                let parameters = with_betas(members.without(&BULK), betas.as_deref());
                Some(Payload {
                    body: text,
                    members,
                    parameters,
                })
            }
            None => (dialect == Dialect::OpenaiChat).then(own),
        };
        let native = (dialect != Dialect::OpenaiChat && !self.truncated).then(|| (dialect, own()));
        Ok(Payloads { native, canonical })
    }
}

/// The canonical request without its oldest messages, if it is too long for the model.
fn shortened(canonical: &Bytes, context: u64) -> Option<Bytes> {
    let members = Members::parse(canonical).ok()?;
    let budget = context.saturating_sub(reserved_output(&members, context));
    let kept = truncate(members.get("messages")?.get(), budget)?;
    let patch = format!("{{\"messages\":{kept}}}");
    let patch = Members::parse(patch.as_bytes()).ok()?;
    Some(members.patch(&patch).into())
}

fn parse(text: &Bytes) -> Result<Members<'_>, GatewayError> {
    Members::parse(text).map_err(|error| {
        let message = "The request could not be translated.";
        GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
    })
}

/// The values of the client's beta header as a JSON array.
fn betas(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(BETA_HEADER).into_iter();
    let names: Vec<&str> = values
        .filter_map(|value: &HeaderValue| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty()).then(|| serde_json::Value::from(names).to_string())
}

fn with_betas(parameters: Vec<u8>, betas: Option<&str>) -> Vec<u8> {
    let (Some(value), Ok(text)) = (betas, std::str::from_utf8(&parameters)) else {
        return parameters;
    };
    let mut out = Vec::with_capacity(text.len() + value.len() + BETA_PARAMETER.len() + 4);
    let edit = Edit {
        key: BETA_PARAMETER,
        at: None,
        value,
    };
    set_members(text, &[edit], &mut out);
    out
}
