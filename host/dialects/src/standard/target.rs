//! The target that a request is written for, and what the request lost so far.

use std::borrow::Cow;

use super::dropped::Dropped;
use super::names::ToolNames;
use crate::accepts::{Accepts, Extension};
use crate::json::Members;
use crate::words::signature;

/// Who wrote the canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The client: it speaks the canonical dialect, so whatever is not a known extension is as the client wants it.
    Client,
    /// The translation from another dialect: what OpenAI does not have is that dialect's own.
    Translation,
}

/// A target, while a request is written for it.
pub(super) struct Target {
    pub(super) origin: Origin,
    pub(super) dropped: Dropped,
    pub(super) names: ToolNames,
    accepts: Accepts,
    /// Another target of the chain has the tools that a vendor runs.
    pub(super) elsewhere: bool,
}

/// Changes to the members of an object; all others stay byte for byte.
#[derive(Default)]
pub(super) struct Edits<'a> {
    edits: Vec<(&'a str, Option<String>)>,
}

// === impl Target ===

impl Target {
    /// A target that accepts these extensions, and may be the only one of its chain.
    pub(super) fn new(accepts: Accepts, origin: Origin) -> Self {
        Self {
            origin,
            accepts,
            dropped: Dropped::default(),
            names: ToolNames::default(),
            elsewhere: false,
        }
    }

    /// The same, where another target may have the tools that a vendor runs.
    pub(super) fn with_server_tools(self, elsewhere: bool) -> Self {
        Self { elsewhere, ..self }
    }

    pub(super) fn accepts_all(&self) -> bool {
        self.accepts.with(Extension::Functions) == Accepts::ALL
    }

    pub(super) fn accepts(&self, extension: Extension) -> bool {
        self.accepts.contains(extension)
    }

    pub(super) fn is_translated(&self) -> bool {
        self.origin == Origin::Translation
    }

    /// Leaves out the members that the target does not accept, and lists them. OpenAI's own are `standard`.
    pub(super) fn without_extensions<'m>(
        &mut self,
        members: &'m Members<'_>,
        standard: &[&str],
        place: &str,
    ) -> Edits<'m> {
        let mut edits = Edits::default();
        for (name, value) in members.all() {
            if standard.contains(&name) || self.accepts_member(name, value.get()) {
                continue;
            }
            edits.remove(name);
            self.lose(name, value.get(), place);
        }
        edits
    }

    /// Lists all members but these, whatever the target accepts: what they become has no place for others.
    pub(super) fn keep_only(&mut self, members: &Members<'_>, kept: &[&str], place: &str) {
        for (name, value) in members.all() {
            if !kept.contains(&name) {
                self.lose(name, value.get(), place);
            }
        }
    }

    fn lose(&mut self, name: &str, value: &str, place: &str) {
        if !matches!(value, "null" | "false" | r#"{"enabled":false}"#) {
            self.dropped.add(place, name);
        }
    }

    fn accepts_member(&self, name: &str, value: &str) -> bool {
        match Extension::of_member(name) {
            Some(extension) => self.accepts(extension),
            // What another vendor has signed.
            None if signature::may_be_in(value) => self.accepts(Extension::ThinkingBlocks),
            None => !self.is_translated() || self.accepts(Extension::VendorMembers),
        }
    }
}

// === impl Edits ===

impl<'a> Edits<'a> {
    pub(super) fn set(&mut self, name: &'a str, value: String) {
        self.edits.push((name, Some(value)));
    }

    /// Sets a member if there is a value for it.
    pub(super) fn set_if(&mut self, name: &'a str, value: Option<String>) {
        self.edits.extend(value.map(|value| (name, Some(value))));
    }

    pub(super) fn remove(&mut self, name: &'a str) {
        self.edits.push((name, None));
    }

    /// How many members change.
    pub(super) fn len(&self) -> usize {
        self.edits.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The object after the changes; its own text if there are none.
    pub(super) fn apply<'t>(&self, members: &Members<'_>, text: &'t str) -> Cow<'t, str> {
        if self.edits.is_empty() {
            return Cow::Borrowed(text);
        }
        let edits = self.edits.iter().map(|(name, value)| (*name, value.as_deref()));
        let edits: Vec<(&str, Option<&str>)> = edits.collect();
        // It is made of texts, so it is one.
        String::from_utf8(members.with(&edits)).unwrap_or_default().into()
    }
}
