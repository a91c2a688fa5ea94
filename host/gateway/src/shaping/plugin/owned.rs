//! A call for another thread: it owns what calls on the request's thread borrow.

use std::sync::Arc;

use bytes::Bytes;
use jackfield_dialects::TextKind;

use super::PluginCalls;
use crate::shaping::shaper::Call;
use crate::shaping::verdict::{Part, Told};

/// A call that outlives its request's borrows.
pub(super) struct OwnedCall {
    pub(super) calls: PluginCalls,
    told: Arc<Told>,
    settings: Bytes,
    parameters: Bytes,
}

/// A part that outlives its request's texts.
pub(super) struct OwnedPart {
    path: String,
    role: String,
    kind: TextKind,
    choice: u32,
    text: String,
}

/// The parts, as calls get them.
pub(super) fn borrowed(parts: &[OwnedPart]) -> Vec<Part<'_>> {
    let parts = parts.iter().map(|part| Part {
        path: &part.path,
        role: &part.role,
        kind: part.kind,
        choice: part.choice,
        text: &part.text,
    });
    parts.collect()
}

// === impl OwnedCall ===

impl OwnedCall {
    pub(super) fn new(calls: &PluginCalls, call: Call<'_>) -> Self {
        Self {
            calls: calls.clone(),
            told: Arc::clone(call.told),
            settings: call.settings.clone(),
            parameters: call.parameters.clone(),
        }
    }

    pub(super) fn as_call(&self) -> Call<'_> {
        Call {
            told: &self.told,
            settings: &self.settings,
            parameters: &self.parameters,
        }
    }
}

// === impl OwnedPart ===

impl OwnedPart {
    pub(super) fn all(parts: &[Part<'_>]) -> Vec<Self> {
        let parts = parts.iter().map(|part| Self {
            path: part.path.to_owned(),
            role: part.role.to_owned(),
            kind: part.kind,
            choice: part.choice,
            text: part.text.to_owned(),
        });
        parts.collect()
    }
}
