//! A provider, built from its configuration and its plugin.

use std::sync::Arc;

use bytes::Bytes;
use jackfield_config::TimeoutsConfig;
use jackfield_dialects::{Accepts, Dialect, Form, Operation, RequestFault};
use jackfield_sandbox::{AdapterPlugin, Parking};

use super::attachments::Attachments;
use super::failure::plugin_fault;
use super::reach::Reach;
use super::ready::Ready;
use super::redaction::Redaction;
use super::{Payload, ProviderRequest, TargetPayload};
use crate::error::{Class, Failure};
use crate::memo::Memo;
use crate::upstream::credentials::Credentials;

/// A provider, ready for attempts. It is built with the snapshot and shared by all its requests.
#[derive(Debug, Clone)]
pub(crate) struct Adapter {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// Its name in telemetry that is shared with other programs (`gen_ai.provider.name`).
    pub(crate) known_as: Arc<str>,
    /// The plugin that speaks the vendor's API.
    pub(crate) plugin: Arc<AdapterPlugin>,
    /// The extensions of the canonical dialect that the upstream accepts.
    pub(crate) accepts: Accepts,
    /// The dialects that the upstream speaks.
    pub(crate) dialects: Arc<[String]>,
    /// The provider's settings as JSON text.
    pub(crate) settings: Bytes,
    /// How the upstream is reached.
    pub(crate) reach: Reach,
    /// One of them is attached to each request after the plugin has prepared it.
    pub(crate) credentials: Credentials,
    /// Keeps the credential and header values out of messages.
    pub(crate) redaction: Arc<Redaction>,
    /// What was prepared before, here and by the other adapters of the same generation.
    pub(crate) memo: Arc<Memo<Ready>>,
    /// What it fetches for its adapter; `None` for nothing.
    pub(crate) attachments: Option<Attachments>,
    /// The models that go on with a text that the assistant has begun: names in which `*` stands for anything.
    pub(crate) prefill: Vec<String>,
    /// The limits of the five clocks.
    pub(crate) timeouts: TimeoutsConfig,
    /// The largest buffered reply, in bytes.
    pub(crate) max_reply_bytes: usize,
    /// The largest event of a stream, in bytes.
    pub(crate) max_event_bytes: usize,
}

/// One request to an adapter, without its payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) operation: Operation,
    /// The name of the payload's dialect. The reply has the same dialect unless the plugin decodes it.
    pub(super) dialect: &'static str,
    /// Whether the payload is in the client's dialect or the canonical one.
    pub(super) form: Form,
    /// The dialect of the client.
    pub(super) client: Dialect,
    pub(super) stream: bool,
}

// === impl Task ===

impl Task {
    /// True if the payload is in the canonical dialect.
    pub(super) fn is_canonical(&self) -> bool {
        self.dialect == jackfield_dialects::canonical().name()
    }

    /// Where the plugin's instance may wait for the reply. Streams last, and each of their reads has an instance of its own.
    pub(super) fn parking(&self) -> Parking {
        if self.stream {
            Parking::default()
        } else {
            Parking::for_a_request()
        }
    }

    /// A place in the payload, in the words of the client's dialect.
    pub(super) fn placed(&self, place: String) -> String {
        match self.form {
            Form::Canonical => self.client.place(&place),
            Form::Native => place,
        }
    }
}

// === impl Adapter ===

impl Adapter {
    /// True if the upstream speaks this dialect, so that a request in it needs no translation.
    pub(crate) fn speaks(&self, dialect: &str) -> bool {
        self.dialects.iter().any(|name| name == dialect)
    }

    /// True if the upstream speaks this dialect and it is not the canonical one.
    pub(crate) fn speaks_other(&self, dialect: Dialect) -> bool {
        !dialect.is_canonical() && self.speaks(dialect.name())
    }

    /// What this target gets of the request if it does not get the text that all others get.
    pub(crate) fn own_payload<'a>(&self, request: &ProviderRequest<'a>) -> Option<&'a TargetPayload<'a>> {
        if request.native.is_some() && self.speaks_other(request.dialect) {
            return None;
        }
        request.by_target.iter().find(|own| own.accepts == self.accepts)
    }

    /// The request in the client's dialect if the upstream speaks it, otherwise in the canonical one.
    pub(super) fn payload<'a>(&self, request: &ProviderRequest<'a>) -> Result<(Task, &'a Payload<'a>), Failure> {
        let task = |dialect, form| Task {
            operation: request.operation,
            dialect,
            form,
            client: request.dialect,
            stream: request.stream,
        };
        let own = request.dialect;
        let as_canonical = task(jackfield_dialects::canonical().name(), Form::Canonical);
        if let Some(written) = self.own_payload(request) {
            let unsupported = |fault: &&RequestFault| Failure::new(Class::Unsupported, fault.to_string()).unsent();
            let payload = written.payload.as_ref().map_err(unsupported)?;
            return Ok((as_canonical, payload));
        }
        let native = request.native.filter(|_| own.is_canonical() || self.speaks(own.name()));
        let canonical = || Some((as_canonical, request.canonical?));
        let native = native.map(|payload| (task(own.name(), Form::Native), payload));
        native
            .or_else(canonical)
            .ok_or_else(|| plugin_fault("does not speak the client's dialect").unsent())
    }
}
