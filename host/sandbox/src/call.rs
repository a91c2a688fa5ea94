//! What the host may ask of an adapter, and how large the result may be.

use std::time::Duration;

use bytes::Bytes;

use crate::bindings::head::exports::jackfield::plugin::head::Begun;
use crate::contract::{self, Answer, Body, Prepared, Step};
use crate::error::CallResult;
use crate::long_texts::{LongTexts, Made, Unfilled};
use crate::{AdapterPlugin, CallError, Parking, RequestText};

/// What a call of `prepare` came to: its result, whether it is repeatable, and the texts that marks stand for.
type Outcome = (Result<Prepared, contract::Failure>, bool, Option<LongTexts>);

/// A plugin's own result, and whether it depends on nothing but the call and the request's parameters.
pub type Repeatable<T> = (Result<T, contract::Failure>, bool);

// === impl AdapterPlugin ===

impl AdapterPlugin {
    /// Turns a request into an exchange or an answer. `request` is what the plugin gets if it asks for it.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn prepare(&self, call: &contract::Call<'_>, request: &RequestText) -> CallResult<Prepared> {
        let (made, _) = self.prepare_repeatably(call, request, &Parking::default())?;
        Ok(made.map(Made::joined))
    }

    /// The same with its body in pieces, and whether another call with the same parameters would have the same result: the
    /// plugin has asked for nothing that differs from request to request. The instance may wait in `parking` for the
    /// request's next call.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn prepare_repeatably(
        &self,
        call: &contract::Call<'_>,
        request: &RequestText,
        parking: &Parking,
    ) -> Result<Repeatable<Made>, CallError> {
        let (returned, repeatable, marked) = self.prepared(call, request, parking, true)?;
        let made = match marked {
            None => returned.map(Made::from),
            Some(texts) => match texts.filled(returned, &request.body, self.limits.max_output_bytes) {
                Ok(made) => made,
                Err(Unfilled::TooLong) => return Err(self.instances.too_large()),
                Err(Unfilled::Elsewhere) => self.prepared(call, request, parking, false)?.0.map(Made::from),
            },
        };
        Ok((self.instances.within_limit(made, made_size)?, repeatable))
    }

    /// Calls `prepare`. With `marks`, long texts may stay outside; if any did, they are returned.
    fn prepared(
        &self,
        call: &contract::Call<'_>,
        request: &RequestText,
        parking: &Parking,
        marks: bool,
    ) -> Result<Outcome, CallError> {
        let deadline = self.limits.deadline;
        self.instances
            .call(request, parking.place(), deadline, |exports, store| {
                store.data_mut().takes_marks = marks;
                let result = exports.guest().call_prepare(&mut *store, call.clone())?;
                let state = store.data_mut();
                Ok((result, state.is_repeatable(), state.long_texts.take()))
            })
    }

    /// Decodes a buffered reply, in the instance that waits in `parking` if there is one.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn decode(
        &self,
        call: &contract::Call<'_>,
        request: &RequestText,
        reply: &contract::Reply<'_>,
        parking: &Parking,
    ) -> CallResult<Step> {
        let deadline = self.limits.deadline;
        let result = self
            .instances
            .call(request, parking.place(), deadline, |exports, store| {
                exports.guest().call_decode(store, call.clone(), reply.clone())
            })?;
        self.instances.within_limit(result, step_size)
    }

    /// Decodes events of one network read, within this time. `last` is true once, after the end of the stream.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn decode_events(
        &self,
        call: &contract::Call<'_>,
        request: &RequestText,
        state: &[u8],
        events: &[contract::Event<'_>],
        last: bool,
        within: Duration,
    ) -> CallResult<contract::Decoded> {
        let deadline = self.limits.deadline.min(within);
        let result = self.instances.call(request, None, deadline, |exports, store| {
            exports
                .guest()
                .call_decode_events(store, call.clone(), state, events, last)
        })?;
        self.instances.within_limit(result, |decoded| {
            decoded.chunks.len() + decoded.state.len() + decoded.more.len()
        })
    }

    /// Whether the adapter exports `head`.
    #[must_use]
    pub fn reads_head(&self) -> bool {
        self.instances.pre().is_some_and(|pre| pre.head.is_some())
    }

    /// Gives the adapter a streamed reply without its body.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn read_head(
        &self,
        call: &contract::Call<'_>,
        request: &RequestText,
        reply: &contract::Reply<'_>,
    ) -> CallResult<Begun> {
        let deadline = self.limits.deadline;
        let result = self.instances.call(request, None, deadline, |exports, store| {
            let head = exports.head.as_ref().ok_or_else(absent)?;
            let guest = head.jackfield_plugin_head();
            guest.call_read_head(store, call.clone(), reply.clone())
        })?;
        self.instances
            .within_limit(result, |begun| begun.state.len() + begun.more.len())
    }

    /// Whether the adapter exports `attachments`.
    #[must_use]
    pub fn takes_attachments(&self) -> bool {
        self.instances.pre().is_some_and(|pre| pre.attachments.is_some())
    }

    /// Asks the adapter which URLs it wants fetched.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn list_attachments(&self, call: &contract::Call<'_>, request: &RequestText) -> CallResult<Vec<String>> {
        let result = self
            .instances
            .call(request, None, self.limits.deadline, |exports, store| {
                // A text is no URL.
                store.data_mut().takes_marks = true;
                let attachments = exports.attachments.as_ref().ok_or_else(absent)?;
                let guest = attachments.jackfield_plugin_attachments();
                guest.call_list_attachments(store, call.clone())
            })?;
        self.instances
            .within_limit(result, |urls| urls.iter().map(String::len).sum())
    }
}

/// The error of a call that the component does not export. The caller has asked first.
fn absent() -> wasmtime::Error {
    wasmtime::Error::msg("it does not export this function")
}

fn made_size(made: &Made) -> usize {
    let body: usize = made.body.iter().flatten().map(Bytes::len).sum();
    body + match &made.prepared {
        Prepared::Exchange(exchange) => exchange_size(exchange),
        Prepared::Answer(Answer::Whole(payload)) => payload_size(payload),
        Prepared::Answer(Answer::Chunks(bytes)) => bytes.len(),
    }
}

fn step_size(step: &Step) -> usize {
    match step {
        Step::Done(payload) => payload_size(payload),
        Step::Canonical => 0,
        Step::Again(exchange) => exchange_size(exchange),
    }
}

fn payload_size(payload: &contract::Payload) -> usize {
    payload.media_type.len() + payload.body.len() + payload.more.len()
}

fn exchange_size(exchange: &contract::Exchange) -> usize {
    let body = match &exchange.request.body {
        Body::Empty | Body::Original => 0,
        Body::Patch(bytes) | Body::Bytes(bytes) => bytes.len(),
    };
    let headers = &exchange.request.headers;
    let headers: usize = headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    body + headers + exchange.request.path.len() + exchange.state.len() + exchange.more.len()
}
