//! An object that knows which of its members were read: what nobody reads is lost, and is to be named.

use std::cell::RefCell;
use std::ptr;

use serde_json::value::RawValue;

use super::Members;
use super::raw::is_given;

/// An object, and which of its members were read.
pub(crate) struct Watched<'a> {
    members: Members<'a>,
    /// The values of those that were, by which they are told apart.
    read: RefCell<Vec<&'a RawValue>>,
}

// === impl Watched ===

impl<'a> Watched<'a> {
    /// An object of which nothing was read.
    pub(crate) fn new(members: Members<'a>) -> Self {
        Self {
            members,
            read: RefCell::default(),
        }
    }

    /// The members, of which a look at them reads none.
    pub(crate) fn members(&self) -> &Members<'a> {
        &self.members
    }

    /// A member's value, unless it is `null`. The member counts as read from now on.
    pub(crate) fn read(&self, key: &str) -> Option<&'a RawValue> {
        let value = self.members.get(key)?;
        self.read.borrow_mut().push(value);
        (value.get() != "null").then_some(value)
    }

    /// The names of the members that nobody has read, in order, but for those that say nothing.
    pub(crate) fn unread(&self) -> Vec<&str> {
        self.unread_where(is_given)
    }

    /// The same where an empty object says something, too: that there is one of its kind.
    pub(crate) fn unread_even_empty(&self) -> Vec<&str> {
        self.unread_where(|value| is_given(value) || value.get() == "{}")
    }

    fn unread_where(&self, is_said: impl Fn(&RawValue) -> bool) -> Vec<&str> {
        let read = self.read.borrow();
        let is_read = |value: &RawValue| read.iter().any(|known| ptr::eq(*known, value));
        let unread = self.members.all();
        let unread = unread.filter(|(_, value)| is_said(value) && !is_read(value));
        unread.map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Watched;
    use crate::json::Members;

    #[test]
    fn what_nobody_has_read_is_named_if_it_says_something() {
        let text = br#"{"a":1,"b":null,"c":[],"d":1,"a":2,"e":false,"f":0}"#;
        let object = Watched::new(Members::parse(text).unwrap());
        assert_eq!(object.unread(), ["d", "a", "f"]);
        assert_eq!(object.read("a").map(RawValue::get), Some("2"));
        assert!(object.read("b").is_none() && object.read("x").is_none());
        assert_eq!(object.unread(), ["d", "f"]);
        let empty = Watched::new(Members::parse(br#"{"a":{},"b":[]}"#).unwrap());
        assert!(empty.unread().is_empty());
        assert_eq!(empty.unread_even_empty(), ["a"]);
    }
}
