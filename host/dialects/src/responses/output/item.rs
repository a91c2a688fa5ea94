//! One item of an output: what it is, and how far it has come.

use super::call::CallItem;
use super::message::Message;
use super::reasoning::Reasoning;
use super::status::Status;
use super::told::Told;

/// An item and whether it has ended.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// How it ended; [`Status::InProgress`] until then.
    pub(super) status: Status,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum Kind {
    Reasoning(Reasoning),
    Message(Message),
    Call(CallItem),
}

// === impl Item ===

impl Item {
    /// An item that has begun.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            status: Status::InProgress,
        }
    }

    /// Ends the item, unless it has ended.
    pub(super) fn close(&mut self, status: Status, told: &mut Told) {
        if self.status != Status::InProgress {
            return;
        }
        self.status = status;
        match &mut self.kind {
            Kind::Reasoning(reasoning) => reasoning.close(told),
            Kind::Message(message) => message.close(status, told),
            Kind::Call(call) => call.close(status, told),
        }
    }

    /// The item as JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Reasoning(reasoning) => reasoning.item(true),
            Kind::Message(message) => message.item(self.status),
            Kind::Call(call) => call.item(self.status),
        }
    }

    /// The message and how far it has come, if it has a text.
    pub(super) fn as_text(&mut self) -> Option<(&mut Message, Status)> {
        match &mut self.kind {
            Kind::Message(message) if message.has_text() => Some((message, self.status)),
            _ => None,
        }
    }

    /// Its id among calls, if it is one.
    pub(super) fn call_id(&self) -> Option<&str> {
        match &self.kind {
            Kind::Call(call) => Some(call.call_id()),
            _ => None,
        }
    }
}
