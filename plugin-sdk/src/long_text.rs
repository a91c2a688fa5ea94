//! Long texts of a chat, which stay with the host until somebody reads them.

use std::cell::RefCell;

/// The bytes up to which a text comes with the body. To fetch one costs about as much as to copy some thousand bytes.
#[cfg(target_arch = "wasm32")]
const SHORT: u32 = 1024;

thread_local! {
    /// The marks of this call, if there are any.
    static MARKS: RefCell<Option<Marks>> = const { RefCell::new(None) };
}

/// How to get what marks stand for. Whoever asks for none does not import the interface.
struct Marks {
    /// What the marks begin with.
    begin: String,
    fetch: fn(u32) -> Vec<u8>,
}

/// The client's body, in which marks may stand for long texts.
pub(crate) fn marked_body() -> Vec<u8> {
    let (body, begin) = imports::marked_body();
    let fetch = imports::long_text;
    MARKS.set((!begin.is_empty()).then_some(Marks { begin, fetch }));
    body
}

/// What a string says: the text itself, or that for which it is the mark.
pub(crate) fn said(text: String) -> String {
    let kept = MARKS.with_borrow(|marks| {
        let marks = marks.as_ref()?;
        let number = text.strip_prefix(&marks.begin)?.parse().ok()?;
        serde_json::from_slice(&(marks.fetch)(number)).ok()
    });
    kept.unwrap_or(text)
}

#[cfg(target_arch = "wasm32")]
mod imports {
    use super::SHORT;
    use crate::bindings::long_texts::jackfield::plugin::long_texts;

    pub(super) fn marked_body() -> (Vec<u8>, String) {
        let marked = long_texts::marked_body(SHORT);
        (marked.body, marked.mark)
    }

    pub(super) fn long_text(number: u32) -> Vec<u8> {
        long_texts::long_text(number)
    }
}

/// Natively there are no marks.
#[cfg(not(target_arch = "wasm32"))]
mod imports {
    pub(super) fn marked_body() -> (Vec<u8>, String) {
        (crate::host::body(), String::new())
    }

    pub(super) fn long_text(_: u32) -> Vec<u8> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{MARKS, Marks};
    use crate::canonical::Text;

    #[test]
    fn a_mark_is_passed_on_unread_and_says_what_the_host_keeps() {
        let fetch = |number| match number {
            0 => br#""kept\n""#.to_vec(),
            _ => Vec::new(),
        };
        let begin = "mark-".to_owned();
        MARKS.set(Some(Marks { begin, fetch }));
        let read = |json: &str| serde_json::from_str::<Text>(json).unwrap();
        let text = read(r#""mark-0""#);
        assert!(!text.is_blank() && !text.is_empty());
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""mark-0""#);
        assert_eq!(text.as_str(), "kept\n");
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""mark-0""#);

        let mut changed = text.clone();
        changed.cut_end();
        assert_eq!(serde_json::to_string(&changed).unwrap(), r#""kept""#);
        for other in ["mark-1", "mark-x", "mark-", "other-0"] {
            assert_eq!(read(&format!("\"{other}\"")).as_str(), other);
        }
    }
}
