//! An object inside a request (a message, a content block, a source, a tool), whose kind decides what it must hold.

use serde_json::value::RawValue;

use super::fields::flag;
use super::{Members, Watched};
use crate::fault::RequestFault;

/// An object and what it is. The values stay raw text.
pub(crate) struct Block<'a> {
    /// The object's text.
    pub(crate) text: &'a str,
    /// The value of the member that names its kind: `type`, or `role` of a message. Empty if it has none.
    pub(crate) kind: String,
    members: Watched<'a>,
}

// === impl Block ===

impl<'a> Block<'a> {
    /// Reads an object whose kind is in the member `key`.
    ///
    /// # Errors
    /// If it is not an object, or its kind is not a string.
    pub(crate) fn read(raw: &'a RawValue, key: &'static str) -> Result<Self, RequestFault> {
        let text = raw.get();
        let members = Members::of(text).map_err(|_| RequestFault::new("", "must be an object"))?;
        let members = Watched::new(members);
        let kind = match members.read(key) {
            None => String::new(),
            Some(kind) => serde_json::from_str(kind.get()).map_err(|_| RequestFault::new(key, "must be a string"))?,
        };
        Ok(Self { text, kind, members })
    }

    /// A content block, which must have a type.
    pub(crate) fn content(raw: &'a RawValue) -> Result<Self, RequestFault> {
        let block = Self::read(raw, "type")?;
        if block.kind.is_empty() {
            let message = "is missing; give a kind of content block such as \"text\"";
            return Err(RequestFault::new("type", message));
        }
        Ok(block)
    }

    /// A member's raw text, unless it is `null`.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.members.read(key).map(RawValue::get)
    }

    /// The raw text of a member that must be a string.
    pub(crate) fn string(&self, key: &'static str) -> Result<&'a str, RequestFault> {
        match self.get(key) {
            Some(value) if value.starts_with('"') => Ok(value),
            Some(_) => Err(RequestFault::new(key, "must be a string")),
            None => Err(RequestFault::new(key, "is missing; give a string")),
        }
    }

    /// The raw text of a member that must be a string and not empty.
    pub(crate) fn name(&self, key: &'static str) -> Result<&'a str, RequestFault> {
        match self.string(key)? {
            "\"\"" => Err(RequestFault::new(key, "is empty")),
            value => Ok(value),
        }
    }

    /// A member that must be an object with a type.
    pub(crate) fn object(&self, key: &'static str) -> Result<Block<'a>, RequestFault> {
        let fault = |message| RequestFault::new(key, message);
        match self.members.read(key) {
            None => Err(fault("is missing; give an object")),
            Some(raw) => Block::read(raw, "type").map_err(|inner| inner.within(key)),
        }
    }

    /// A flag that is off if absent.
    pub(crate) fn flag(&self, key: &'static str) -> Result<bool, RequestFault> {
        self.pass_over(&[key]);
        flag(self.members.members(), key)
    }

    /// Counts members as read that mean nothing where the block goes.
    pub(crate) fn pass_over(&self, keys: &[&str]) {
        for key in keys {
            self.members.read(key);
        }
    }

    /// The names of the members that nobody has read, but for those that say nothing.
    pub(crate) fn unread(&self) -> Vec<&str> {
        self.members.unread()
    }

    /// True if it has no other members than these and those that are `null`.
    pub(crate) fn has_only(&self, keys: &[&str]) -> bool {
        self.others(keys).next().is_none()
    }

    /// The text of all members but these, each from its key to its value. Those that are `null` are left out: SDKs
    /// write them where a field is optional.
    pub(crate) fn others<'b>(&'b self, keys: &'b [&'b str]) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        self.members
            .members()
            .others(keys)
            .filter(|(_, value)| value.get() != "null")
            .map(|(member, _)| member)
    }
}
