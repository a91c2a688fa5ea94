//! Writes objects and lists as text, so that parts of other texts are copied byte for byte.

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

/// A list that is being written, as a text of its own.
#[derive(Debug, Default)]
pub(crate) struct List {
    text: Vec<u8>,
}

/// A text as JSON.
pub(crate) fn json_string(text: &str) -> String {
    // A text always has its JSON.
    serde_json::to_string(text).unwrap_or_default()
}

// === impl Object ===

impl<'o> Object<'o> {
    /// Writes one object; `write` adds its members.
    pub(crate) fn write(out: &'o mut Vec<u8>, write: impl FnOnce(&mut Self)) {
        out.push(b'{');
        let mut object = Self { out, is_empty: true };
        write(&mut object);
        object.out.push(b'}');
    }

    /// One object as text.
    pub(crate) fn text(write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
        let mut out = Vec::new();
        Object::write(&mut out, write);
        out
    }

    /// A member whose value is JSON. The key is written as it stands.
    pub(crate) fn raw(&mut self, key: &str, value: impl AsRef<[u8]>) {
        self.value(key, |out| out.extend_from_slice(value.as_ref()));
    }

    /// A member whose value is a text.
    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.raw(key, json_string(value));
    }

    /// A member whose value is an object.
    pub(crate) fn object(&mut self, key: &str, write: impl FnOnce(&mut Object<'_>)) {
        self.value(key, |out| Object::write(out, write));
    }

    /// A member whose value is what `write` appends.
    pub(crate) fn value(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        for part in ["\"", key, "\":"] {
            self.out.extend_from_slice(part.as_bytes());
        }
        write(self.out);
    }

    /// Members as they stand in another object: the text of each from its key to its value.
    pub(crate) fn members<'t>(&mut self, members: impl IntoIterator<Item = &'t str>) {
        for member in members {
            self.separate();
            self.out.extend_from_slice(member.as_bytes());
        }
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
    }
}

// === impl List ===

impl List {
    /// Adds one entry, which is JSON.
    pub(crate) fn push(&mut self, entry: impl AsRef<[u8]>) {
        self.text.push(if self.text.is_empty() { b'[' } else { b',' });
        self.text.extend_from_slice(entry.as_ref());
    }

    /// Adds an object.
    pub(crate) fn push_object(&mut self, write: impl FnOnce(&mut Object<'_>)) {
        self.push([]);
        Object::write(&mut self.text, write);
    }

    /// True if nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The list as text.
    pub(crate) fn into_text(mut self) -> Vec<u8> {
        self.text
            .extend_from_slice(if self.text.is_empty() { b"[]" } else { b"]" });
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::{List, Object};

    #[test]
    fn members_and_entries_are_parted_by_commas() {
        let mut list = List::default();
        list.push("1");
        list.push_object(|object| {
            object.string("a", "\"");
            object.members(["\"b\" : 2"]);
            object.object("c", |_| {});
        });
        assert_eq!(list.into_text(), br#"[1,{"a":"\"","b" : 2,"c":{}}]"#);
        assert_eq!(List::default().into_text(), b"[]");
        assert_eq!(Object::text(|_| {}), b"{}");
    }
}
