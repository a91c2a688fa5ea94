//! The bodies that providers get: the client's own, the canonical one if it differs, and what becomes of it for targets
//! that do not accept all that is in it.
//!
//! [`RequestBodies`] holds the texts that do not depend on a target, [`TargetBodies`] those that do, and [`Payloads`]
//! what providers choose from.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jackfield_dialects::json::Members;
use jackfield_dialects::{
    Accepts, CANONICAL_BULK, Continuation, Dialect, Dropped, Extension, Operation, ParsedRequest, RequestFault,
    Restoration, Standard, Translated, shorten,
};

use super::side_parameters::SideParameters;
use crate::attempt::{Adapter, Payload, ProviderRequest, SentForm, TargetPayload};
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::Model;

/// The texts of a request that do not depend on a target.
pub(crate) struct RequestBodies<'a> {
    id: Arc<str>,
    dialect: Dialect,
    request: &'a ParsedRequest<'a>,
    body: &'a Bytes,
    /// The form of which the texts are the fields; `None` if the request is JSON.
    form: Option<&'a SentForm>,
    /// What targets get that speak the client's dialect, if it is not the client's own text.
    native: Option<StandardBody>,
    /// The canonical text, if it differs from the client's own.
    canonical: Option<Bytes>,
    /// What no target is sent of the client's own text if it gets the canonical one.
    left_out: Dropped,
    /// The client's own text must not be sent: messages were dropped, or all targets must answer in canonical chunks.
    canonical_only: bool,
    /// How the stream is continued elsewhere if it breaks off.
    continuation: Option<Continuation>,
    /// What adapters are told beside it.
    side: SideParameters,
}

/// The texts of a request, and those for targets that do not accept the canonical one as it is.
pub(crate) struct TargetBodies<'a> {
    bodies: &'a RequestBodies<'a>,
    /// The top level of the canonical text, if it differs from the client's own.
    canonical: Option<Members<'a>>,
    standard: Vec<(Accepts, Result<StandardBody, RequestFault>)>,
    /// What the translation left out, for targets that get its text as it is.
    left_out: String,
}

/// What targets get in place of the client's own text or the canonical one.
struct StandardBody {
    text: Bytes,
    restoration: Restoration,
    dropped: String,
}

/// The parsed texts.
pub(crate) struct Payloads<'a> {
    native: Option<Payload<'a>>,
    canonical: Option<Payload<'a>>,
    by_target: Vec<TargetPayload<'a>>,
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
        id: &Arc<str>,
        dialect: Dialect,
        request: &'a ParsedRequest<'a>,
        body: &'a Bytes,
        headers: &HeaderMap,
        model: &Model,
    ) -> Result<Self, GatewayError> {
        let shortens = model.config.truncate_messages && !request.operation.is_native_only();
        let context = model.config.context.filter(|_| shortens);
        let continues = model.chain.policy.stream.continues && request.stream && request.operation == Operation::Chat;
        let needed = !request.operation.is_native_only()
            && (dialect.is_canonical()
                || model.config.truncate_messages
                || continues
                || adapters(model).any(|adapter| !adapter.speaks(dialect.name())));
        let translated = if needed {
            translated(dialect, request, model)?
        } else {
            None
        };
        let (canonical, left_out) = match translated {
            Some(Translated { text, dropped }) => (Some(Bytes::from(text)), dropped),
            None => (None, Dropped::default()),
        };
        let shorter = context.and_then(|context| shorten(canonical.as_ref().unwrap_or(body), context));
        let shortened = shorter.is_some();
        let canonical = shorter.map(Bytes::from).or(canonical);
        let speaks = adapters(model).any(|adapter| adapter.speaks_other(dialect));
        let native = speaks.then(|| dialect.native(request));
        let resumable = continues.then(|| Continuation::of(canonical.as_ref().unwrap_or(body)));
        let continuation = resumable.flatten();
        Ok(Self {
            id: Arc::clone(id),
            dialect,
            request,
            body,
            form: None,
            native: native.and_then(StandardBody::of),
            canonical_only: shortened || continuation.is_some() && canonical.is_some(),
            continuation,
            canonical,
            left_out,
            side: SideParameters::new(dialect, headers, request, body.len(), model),
        })
    }

    /// The same, of the fields of a form.
    pub(crate) fn of_form(self, form: Option<&'a SentForm>) -> Self {
        Self { form, ..self }
    }

    /// Writes the canonical text for the model's targets: once for those that accept the same extensions.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if the translated text is not valid JSON.
    pub(crate) fn for_targets(&self, model: &Model) -> Result<TargetBodies<'_>, GatewayError> {
        let canonical = self.canonical.as_ref().map(|text| Members::parse(text));
        let canonical = canonical.transpose().map_err(|error| {
            let message = "The request could not be translated.";
            GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
        })?;
        let members = canonical.as_ref().unwrap_or(&self.request.members);
        let has_tools = |adapter: &Adapter| adapter.accepts.contains(Extension::ServerTools);
        let elsewhere = adapters(model).any(|adapter| has_tools(adapter) || adapter.speaks_other(self.dialect));
        let mut standard = Vec::new();
        for accepts in self.accepted(model) {
            let written = self.dialect.standard(members, accepts, elsewhere);
            let written = written.map(|written| self.standard_body(written)).transpose();
            standard.extend(written.map(|written| (accepts, written)));
        }
        Ok(TargetBodies {
            bodies: self,
            canonical,
            standard,
            left_out: self.left_out.line(),
        })
    }

    /// The text that was written and what was left out; `None` if the canonical one stays and all of it is sent.
    fn standard_body(&self, standard: Standard) -> Option<StandardBody> {
        let canonical = self.canonical.as_ref().filter(|_| !self.left_out.is_empty());
        let text = standard.text.map(Bytes::from).or_else(|| canonical.cloned())?;
        Some(StandardBody {
            text,
            restoration: standard.restoration,
            dropped: self.left_out.clone().and(standard.dropped).line(),
        })
    }

    /// Each different list of what targets accept that get canonical text.
    fn accepted(&self, model: &Model) -> Vec<Accepts> {
        let mut lists = Vec::new();
        let operation = self.request.operation;
        if operation.capability() == Operation::Chat && !operation.is_native_only() {
            let own = |adapter: &&Adapter| self.has_native() && adapter.speaks_other(self.dialect);
            for adapter in adapters(model).filter(|adapter| !own(adapter)) {
                if !lists.contains(&adapter.accepts) {
                    lists.push(adapter.accepts);
                }
            }
        }
        lists
    }

    /// True if targets that speak the client's dialect get the client's own text.
    fn has_native(&self) -> bool {
        !self.canonical_only && (self.canonical.is_none() || !self.dialect.is_canonical())
    }

    /// What targets get that speak the client's dialect.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if a text that was written is not valid JSON.
    fn native(&self) -> Result<Option<Payload<'_>>, GatewayError> {
        if !self.has_native() {
            return Ok(None);
        }
        let (body, members, dropped) = match &self.native {
            None => (self.body, self.request.members.clone(), ""),
            Some(written) => (&written.text, written.members()?, &*written.dropped),
        };
        let parameters = self.side.with_native(self.request.parameters());
        let payload = Payload::new(&self.id, body, members, parameters);
        Ok(Some(payload.of_form(self.form).without(dropped)))
    }

    fn payload<'p>(&'p self, body: &'p Bytes, members: Members<'p>) -> Payload<'p> {
        let parameters = self.side.with_canonical(members.without(&CANONICAL_BULK));
        Payload::new(&self.id, body, members, parameters).of_form(self.form)
    }
}

// === impl TargetBodies ===

impl TargetBodies<'_> {
    /// The payloads that each provider chooses from.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if a text that was written is not valid JSON.
    pub(crate) fn payloads(&self) -> Result<Payloads<'_>, GatewayError> {
        let bodies = self.bodies;
        let by_target = self.standard.iter().map(|(accepts, standard)| match standard {
            Err(fault) => Ok(TargetPayload::refused(*accepts, fault)),
            Ok(standard) => {
                let payload = bodies.payload(&standard.text, standard.members()?);
                Ok(TargetPayload {
                    accepts: *accepts,
                    payload: Ok(payload.without(&standard.dropped)),
                    restoration: Some(&standard.restoration),
                })
            }
        });
        let by_target = by_target.collect::<Result<Vec<_>, GatewayError>>()?;
        let canonical = self.canonical.as_ref().zip(bodies.canonical.as_ref());
        Ok(Payloads {
            canonical: canonical.map(|(members, text)| bodies.payload(text, members.clone()).without(&self.left_out)),
            native: bodies.native()?,
            by_target,
            continuation: bodies.continuation.as_ref(),
        })
    }
}

// === impl StandardBody ===

impl StandardBody {
    /// The text that was written; `None` if the canonical one stays.
    fn of(standard: Standard) -> Option<Self> {
        Some(Self {
            text: standard.text?.into(),
            restoration: standard.restoration,
            dropped: standard.dropped.line(),
        })
    }

    /// The top level of the text.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if it is not valid JSON.
    fn members(&self) -> Result<Members<'_>, GatewayError> {
        Members::parse(&self.text).map_err(|error| {
            let message = "The request could not be written for its provider.";
            GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
        })
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
            affinity: None,
            user: None,
            spent: None,
            by_target: &self.by_target,
        }
    }
}

/// The providers of a model's targets that are on.
pub(super) fn adapters(model: &Model) -> impl Iterator<Item = &Adapter> {
    let targets = model.chain.targets.iter();
    targets.filter_map(|target| target.provider.as_deref())
}

fn translated(
    dialect: Dialect,
    request: &ParsedRequest<'_>,
    model: &Model,
) -> Result<Option<Translated>, GatewayError> {
    let is_asked = |provider: &str| adapters(model).any(|adapter| &*adapter.provider == provider);
    Ok(dialect.translated(request, &is_asked)?)
}
