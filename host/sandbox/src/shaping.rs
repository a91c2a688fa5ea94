//! What the host may ask of a shaper.

use std::time::Duration;

use crate::call::Repeatable;
use crate::error::CallResult;
use crate::shapes::{Changes, Fragment, Part, Refusal, Released, Shaping, Verdict};
use crate::{CallError, RequestText, ShaperPlugin};

// === impl ShaperPlugin ===

impl ShaperPlugin {
    /// Shows it a request. `request` is what the plugin gets if it asks for it: its body must be empty, and its
    /// parameters must hold no texts.
    ///
    /// # Errors
    /// [`CallError`](crate::CallError) if the sandbox ended the call.
    pub fn shape_request(
        &self,
        call: &Shaping<'_>,
        request: &RequestText,
        parts: &[Part<'_>],
        within: Duration,
    ) -> CallResult<Verdict> {
        self.shape_request_repeatably(call, request, parts, within)
            .map(|(result, _)| result)
    }

    /// The same, and whether another call with the same arguments and the same parameters would have the same result: the
    /// plugin has asked for nothing that differs from request to request.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn shape_request_repeatably(
        &self,
        call: &Shaping<'_>,
        request: &RequestText,
        parts: &[Part<'_>],
        within: Duration,
    ) -> Result<Repeatable<Verdict>, CallError> {
        let (result, repeatable) = self
            .instances
            .call(request, None, self.deadline(within), |exports, store| {
                let result = exports.guest().call_shape_request(&mut *store, call.clone(), parts)?;
                Ok((result, store.data().is_repeatable()))
            })?;
        Ok((self.instances.within_limit(result, verdict_size)?, repeatable))
    }

    /// Shows it a buffered reply.
    ///
    /// # Errors
    /// [`CallError`](crate::CallError) if the sandbox ended the call.
    pub fn shape_reply(
        &self,
        call: &Shaping<'_>,
        request: &RequestText,
        state: &[u8],
        parts: &[Part<'_>],
        within: Duration,
    ) -> CallResult<Verdict> {
        let result = self
            .instances
            .call(request, None, self.deadline(within), |exports, store| {
                exports.guest().call_shape_reply(store, call.clone(), state, parts)
            })?;
        self.instances.within_limit(result, verdict_size)
    }

    /// Shows it a piece of a streamed text.
    ///
    /// # Errors
    /// [`CallError`](crate::CallError) if the sandbox ended the call.
    pub fn shape_text(
        &self,
        call: &Shaping<'_>,
        request: &RequestText,
        state: &[u8],
        fragment: &Fragment<'_>,
        within: Duration,
    ) -> CallResult<Released> {
        let result = self
            .instances
            .call(request, None, self.deadline(within), |exports, store| {
                exports
                    .guest()
                    .call_shape_text(store, call.clone(), state, fragment.clone())
            })?;
        self.instances.within_limit(result, |released| {
            let refusal = released.refusal.as_ref().map_or(0, refusal_size);
            released.text.len() + released.state.len() + released.more.len() + refusal
        })
    }

    fn deadline(&self, within: Duration) -> Duration {
        self.limits.deadline.min(within)
    }
}

fn verdict_size(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Patch(changes) => changes_size(changes),
        Verdict::Refuse(refusal) => refusal_size(refusal),
    }
}

fn changes_size(changes: &Changes) -> usize {
    let replaced = changes
        .replacements
        .iter()
        .map(|part| part.path.len() + part.text.len());
    let added = changes
        .instructions
        .iter()
        .map(|added| added.place.len() + added.text.len());
    let texts: usize = replaced.chain(added).sum();
    texts + changes.parameters.len() + changes.state.len() + changes.more.len()
}

fn refusal_size(refusal: &Refusal) -> usize {
    refusal.message.len() + refusal.code.len() + refusal.more.len()
}
