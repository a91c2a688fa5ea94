//! Objects whose members have two spellings: the vendor's API takes `systemInstruction` and `system_instruction` alike.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>, "Field names as JSON keys".

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::fields::entries;
use crate::json::{Members, Watched};

/// An object, read under both spellings of its members. Names are given in camel case.
pub(super) struct Spelled<'a> {
    members: Watched<'a>,
}

/// A member's value, unless it is `null`.
pub(super) fn value<'a>(members: &Members<'a>, name: &str) -> Option<&'a RawValue> {
    let found = members.get(name).or_else(|| members.get(&snake(name)))?;
    (found.get() != "null").then_some(found)
}

/// The names under which a member may stand.
pub(super) fn spellings(name: &str) -> [String; 2] {
    [name.to_owned(), snake(name)]
}

/// `topP` as `top_p`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

// === impl Spelled ===

impl<'a> Spelled<'a> {
    /// An object with these members.
    pub(super) fn of(members: Members<'a>) -> Self {
        Self {
            members: Watched::new(members),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// If the value is none.
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, RequestFault> {
        let members = Members::of(raw.get());
        members
            .map(Self::of)
            .map_err(|_| RequestFault::new("", "must be an object"))
    }

    /// A member's value, unless it is `null`.
    pub(super) fn value(&self, name: &str) -> Option<&'a RawValue> {
        match self.members.members().get(name) {
            Some(_) => self.members.read(name),
            None => self.members.read(&snake(name)),
        }
    }

    /// A member's raw text, unless it is `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.value(name).map(RawValue::get)
    }

    /// A member that is a string, as JSON.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn string(&self, name: &'static str) -> Result<Option<&'a str>, RequestFault> {
        match self.get(name) {
            Some(value) if !value.starts_with('"') => Err(RequestFault::new(name, "must be a string")),
            value => Ok(value),
        }
    }

    /// A member that must be a string and not empty, as what it says.
    ///
    /// # Errors
    /// If it is missing or something else.
    pub(super) fn name(&self, name: &'static str) -> Result<String, RequestFault> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| RequestFault::new(name, "is missing; give a string"))
    }

    /// A member that is a string, as what it says.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, RequestFault> {
        let text = self.string(name)?.map(serde_json::from_str);
        text.transpose()
            .map_err(|_| RequestFault::new(name, "must be a string of whole characters"))
    }

    /// A member that is an object.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn object(&self, name: &'static str) -> Result<Option<Self>, RequestFault> {
        let read = self.value(name).map(Self::read);
        read.transpose().map_err(|fault| fault.within(name))
    }

    /// The entries of a member that is a list.
    ///
    /// # Errors
    /// If it is something else; `of` says of what.
    pub(super) fn list(&self, name: &'static str, of: &str) -> Result<Vec<&'a RawValue>, RequestFault> {
        let Some(list) = self.get(name) else {
            return Ok(Vec::new());
        };
        entries(list).ok_or_else(|| RequestFault::new(name, format!("must be a list of {of}")))
    }

    /// True if a flag is set.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// Counts members as read that mean nothing where the object goes.
    pub(super) fn pass_over(&self, names: &[&str]) {
        for name in names {
            self.value(name);
        }
    }

    /// The names of the members that nobody has read, but for those that say nothing.
    pub(super) fn unread(&self) -> Vec<&str> {
        self.members.unread()
    }

    /// The same where an empty object says something, too: that there is one of its kind.
    pub(super) fn unread_even_empty(&self) -> Vec<&str> {
        self.members.unread_even_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Spelled, snake};

    #[test]
    fn a_member_is_found_under_both_spellings() {
        for (camel, spelled) in [
            ("topP", "top_p"),
            ("text", "text"),
            ("responseJsonSchema", "response_json_schema"),
        ] {
            assert_eq!(snake(camel), spelled);
        }
        let raw: &RawValue = serde_json::from_str(r#"{"top_p":1,"topK":2,"x_y":null,"z":3,"maxItems":[7]}"#).unwrap();
        let object = Spelled::read(raw).unwrap();
        assert_eq!(
            (object.get("topP"), object.get("topK"), object.get("xY")),
            (Some("1"), Some("2"), None)
        );
        assert_eq!(object.unread(), ["z", "maxItems"]);
        object.pass_over(&["z"]);
        assert_eq!(object.unread(), ["maxItems"]);
        assert!(object.text("topP").is_err() && object.name("missing").is_err());
        assert!(object.object("z").is_err() && object.list("z", "numbers").is_err());
    }
}
