//! What an upstream's error says to programs, beside its sentence for people.

use serde_json::Value;

use crate::words::failures::{Class, class_of_phrase, class_of_status, class_of_word};

/// The longest word, in bytes. The paths of parameters are the longest of them.
const LONGEST: usize = 128;

/// What an upstream's error says to programs. Clients whose request is at fault get its words: agents decide by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDetail {
    /// The error's code, such as `context_length_exceeded`.
    pub code: Option<String>,
    /// The parameter at fault, such as `messages`.
    pub param: Option<String>,
    /// The error's type, such as `invalid_request_error`.
    pub kind: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
}

// === impl ErrorDetail ===

impl ErrorDetail {
    /// Reads an object with any of `code`, `param`, `type` and `status`, such as an error in OpenAI's form or a plugin's
    /// detail. What is no word is left out, and what is no object says nothing. A code that is a number is the status.
    pub fn read(json: &[u8]) -> Self {
        let error: Value = serde_json::from_slice(json).unwrap_or_default();
        Self::of(&error)
    }

    /// Reads the same from a parsed error.
    pub(crate) fn of(error: &Value) -> Self {
        let number = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64(),
        };
        let status = number(&error["status"]).or_else(|| number(&error["code"]));
        let status = status.and_then(|status| u16::try_from(status).ok());
        Self {
            code: word(&error["code"]).filter(|code| code.contains(|letter: char| letter.is_ascii_alphabetic())),
            param: word(&error["param"]),
            kind: word(&error["type"]),
            status: status.filter(|status| (100..600).contains(status)),
        }
    }

    /// The class of an error that came in place of a reply, with this message: by its code, its status, its type or its
    /// words. An unknown one counts as [`Class::Overloaded`].
    pub(crate) fn class(&self, message: &str) -> Class {
        let by_word = |word: &Option<String>| class_of_word(word.as_deref()?);
        let class = by_word(&self.code)
            .or_else(|| self.status.map(class_of_status))
            .or_else(|| by_word(&self.kind));
        match class {
            None | Some(Class::Client) => class_of_phrase(message).or(class).unwrap_or(Class::Overloaded),
            Some(class) => class,
        }
    }

    /// The same with the class's own code where the upstream gave none.
    #[must_use]
    pub fn or_code_of(mut self, class: Class) -> Self {
        self.code = self.code.or_else(|| class.code().map(str::to_owned));
        self
    }
}

fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let sane = (1..=LONGEST).contains(&text.len()) && !text.contains(char::is_control);
    sane.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ErrorDetail, LONGEST};
    use crate::words::failures::Class;

    #[test]
    fn the_words_and_the_status_are_read() {
        let detail = ErrorDetail::read(br#"{"code":"c","param":"p[0]","type":"t","status":400,"more":{"x":[1]}}"#);
        let word = |text: &str| Some(text.to_owned());
        let (code, param, kind) = (word("c"), word("p[0]"), word("t"));
        let status = Some(400);
        assert_eq!(
            detail,
            ErrorDetail {
                code,
                param,
                kind,
                status
            }
        );
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        let long = format!(r#"{{"code":"{}"}}"#, "c".repeat(LONGEST + 1));
        for json in [
            "",
            "null",
            "[]",
            "7",
            "{",
            r#"{"code":null,"param":{},"type":["t"],"status":"x"}"#,
            r#"{"code":" ","param":"a\nb","status":99}"#,
            r#"{"code":-1,"status":70000}"#,
            r#"{"code":"3051"}"#,
            &long,
        ] {
            assert_eq!(ErrorDetail::read(json.as_bytes()), ErrorDetail::default(), "{json}");
        }
    }

    #[test]
    fn a_code_that_is_a_number_is_the_status() {
        for json in [r#"{"code":429}"#, r#"{"code":"429"}"#, r#"{"code":500,"status":429}"#] {
            let detail = ErrorDetail::read(json.as_bytes());
            assert_eq!((detail.code, detail.status), (None, Some(429)), "{json}");
        }
    }

    #[test]
    fn the_class_has_a_code_where_the_upstream_gave_none() {
        let code = |detail: ErrorDetail, class| detail.or_code_of(class).code;
        let own = || ErrorDetail::read(br#"{"code":"content_filter"}"#);
        assert_eq!(code(own(), Class::ContentPolicy).as_deref(), Some("content_filter"));
        let standard = code(ErrorDetail::default(), Class::ContextLength);
        assert_eq!(standard.as_deref(), Some("context_length_exceeded"));
        assert_eq!(code(ErrorDetail::default(), Class::Client), None);
    }
}
