//! A client's request as providers get it: in whole or in part, in the client's own dialect or the canonical one.

use std::sync::Arc;

use bytes::Bytes;
use jackfield_dialects::json::Members;
use jackfield_dialects::{Accepts, Dialect, FormData, Operation, RequestFault, Restoration, long_texts};
use jackfield_sandbox::RequestText;

use crate::affinity::Affinity;
use crate::record::Spent;

/// A client's request, as it is passed to providers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProviderRequest<'a> {
    /// The requested operation.
    pub(crate) operation: Operation,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
    /// The dialect that the client speaks.
    pub(crate) dialect: Dialect,
    /// The request as the client wrote it; `None` if that text must not be sent.
    pub(crate) native: Option<&'a Payload<'a>>,
    /// The request in the canonical dialect; `None` if that is the client's own or no provider of the chain needs it.
    pub(crate) canonical: Option<&'a Payload<'a>>,
    /// The user who sent it, if anyone must say who they are. Slow plugins serve users in turn.
    pub(crate) user: Option<&'a Arc<str>>,
    /// Where its time goes; `None` if nobody wants to know.
    pub(crate) spent: Option<&'a Arc<Spent>>,
    /// What it has in common with the requests that it belongs to, if these are to go to the same place.
    pub(crate) affinity: Option<Affinity>,
    /// What becomes of the canonical request for targets that do not accept all of it; none for those that do.
    pub(crate) by_target: &'a [TargetPayload<'a>],
}

/// A canonical request, as targets get it that accept the same extensions.
#[derive(Debug)]
pub(crate) struct TargetPayload<'a> {
    /// What they accept.
    pub(crate) accepts: Accepts,
    /// The request, or why it cannot be sent to them.
    pub(crate) payload: Result<Payload<'a>, &'a RequestFault>,
    /// What their replies get back.
    pub(crate) restoration: Option<&'a Restoration>,
}

/// A request's body. It is parsed once; patches are spliced into the result.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    /// The text, as plugins may ask for it.
    pub(crate) text: RequestText,
    /// The body's top level.
    pub(crate) members: Members<'a>,
    /// The form of which the body holds the fields; `None` if the request is JSON.
    pub(crate) form: Option<&'a SentForm>,
    /// What of the client's request was left out, as it is told to the client; empty if nothing was.
    pub(crate) dropped: &'a str,
}

/// A form with files, as a client sent it.
#[derive(Debug)]
pub(crate) struct SentForm {
    /// Its files.
    pub(crate) data: FormData,
    /// The whole of it.
    pub(crate) body: Bytes,
}

// === impl TargetPayload ===

impl<'a> TargetPayload<'a> {
    /// A request that cannot be sent to targets that accept these extensions.
    pub(crate) fn refused(accepts: Accepts, fault: &'a RequestFault) -> Self {
        Self {
            accepts,
            payload: Err(fault),
            restoration: None,
        }
    }
}

// === impl Payload ===

impl<'a> Payload<'a> {
    /// The body of the request `id`, whose top level is `members`, and its `parameters` as JSON text.
    pub(crate) fn new(id: &Arc<str>, body: &Bytes, members: Members<'a>, parameters: Vec<u8>) -> Self {
        let text = RequestText {
            id: Arc::clone(id),
            body: body.clone(),
            parameters: parameters.into(),
            find_texts: Some(long_texts),
            attachments: Arc::default(),
        };
        Self {
            text,
            members,
            form: None,
            dropped: "",
        }
    }

    /// The same, of which this was left out.
    pub(crate) fn without(self, dropped: &'a str) -> Self {
        Self { dropped, ..self }
    }

    /// The same, of a request that is a form.
    pub(crate) fn of_form(self, form: Option<&'a SentForm>) -> Self {
        Self { form, ..self }
    }
}
