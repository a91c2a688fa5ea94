//! Takes data out of the texts of a request.

use crate::finder::Finder;
use crate::literals::{self, Literal};
use crate::placeholders::{self, Issuer, Placeholders};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As people read it.
    Plain,
    /// As JSON, in which only strings and numbers hold data.
    Json,
}

/// Takes data out of texts, one after the other, and remembers what it took.
pub struct Redactor<'a> {
    finder: &'a Finder<'a>,
    reversible: bool,
    issuer: Issuer<'a>,
}

// === impl Redactor ===

impl<'a> Redactor<'a> {
    /// A redactor for what this finder finds. If it is reversible, each value has a placeholder of its own.
    pub fn new(finder: &'a Finder<'a>, reversible: bool) -> Self {
        Self {
            finder,
            reversible,
            issuer: Issuer::default(),
        }
    }

    /// Notes the placeholders that a text already has: they stand for themselves. Call it for all texts first.
    pub fn avoid(&mut self, text: &str, form: Form) {
        if self.reversible {
            self.issuer.avoid(text, form);
        }
    }

    /// The text without the data; none if it has none.
    pub fn redact(&mut self, text: &str, form: Form) -> Option<String> {
        match form {
            Form::Plain => self.plain(text),
            Form::Json => self.json(text),
        }
    }

    /// What the placeholders stand for; nothing if the data do not come back.
    pub fn placeholders(self) -> Placeholders {
        self.issuer.placeholders()
    }

    fn plain(&mut self, text: &str) -> Option<String> {
        let findings = self.finder.find(text);
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        for finding in &findings {
            redacted.push_str(&text[end..finding.range.start]);
            if self.reversible {
                let place = self.issuer.of(finding.label, &text[finding.range.clone()]);
                placeholders::write(place, &mut redacted);
            } else {
                redacted.push('[');
                redacted.push_str(finding.label);
                redacted.push(']');
            }
            end = finding.range.end;
        }
        redacted.push_str(&text[end..]);
        (!findings.is_empty()).then_some(redacted)
    }

    /// The same for JSON, which stays JSON. A number with data in it becomes a string.
    fn json(&mut self, text: &str) -> Option<String> {
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        for literal in literals::find(text) {
            let (range, quote) = match literal {
                Literal::String(range) => (range, ""),
                Literal::Number(range) => (range, "\""),
            };
            if let Some(inner) = self.plain(&literals::unescaped(&text[range.clone()])) {
                redacted.push_str(&text[end..range.start]);
                redacted.push_str(quote);
                redacted.push_str(&literals::escaped(&inner));
                redacted.push_str(quote);
                end = range.end;
            }
        }
        redacted.push_str(&text[end..]);
        (end > 0).then_some(redacted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::restore::restore;
    use crate::settings::Settings;

    fn redacted(texts: &[(&str, Form)], reversible: bool) -> (Vec<Option<String>>, Placeholders) {
        let settings = Settings::default();
        let finder = Finder::new(&settings).unwrap();
        let mut redactor = Redactor::new(&finder, reversible);
        for (text, form) in texts {
            redactor.avoid(text, *form);
        }
        let texts = texts.iter().map(|(text, form)| redactor.redact(text, *form)).collect();
        (texts, redactor.placeholders())
    }

    #[test]
    fn only_texts_with_data_change() {
        let hello = ("Hello", Form::Plain);
        let (texts, placeholders) = redacted(&[hello, ("I am ann@example.com, +49 30 1234567.", Form::Plain)], false);
        assert_eq!(texts, [None, Some("I am [EMAIL], [PHONE].".to_owned())]);
        assert!(placeholders.is_empty());
    }

    #[test]
    fn one_value_has_one_placeholder_in_all_texts_of_either_form() {
        let (texts, _) = redacted(
            &[
                ("ann@example.com", Form::Plain),
                (r#"{"to": "bob@example.com, ann\u0040example.com"}"#, Form::Json),
            ],
            true,
        );
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        assert_eq!(texts, ["<EMAIL_1>", r#"{"to": "<EMAIL_2>, <EMAIL_1>"}"#]);
    }

    #[test]
    fn json_stays_json() {
        let key = r#"{"card": 4111111111111111, "n": 12, "key": "-----BEGIN KEY-----\nMIIB", "s": "a"}"#;
        let (texts, placeholders) = redacted(&[(key, Form::Json)], true);
        let sent = texts[0].as_deref().unwrap();
        assert_eq!(sent, r#"{"card": "<CARD_1>", "n": 12, "key": "<KEY_1>", "s": "a"}"#);
        let back = restore(sent, &placeholders, Form::Json, true).text;
        let back: serde_json::Value = serde_json::from_str(&back).unwrap();
        assert_eq!(back["key"], "-----BEGIN KEY-----\nMIIB");
        assert_eq!(back["card"], "4111111111111111");
    }

    proptest! {
        #[test]
        fn what_is_taken_out_reversibly_comes_back_as_it_was(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("ann@example.com"), Just("4111 1111 1111 1111"), Just("+49 30 1234567"), Just("<EMAIL_1>"),
                    Just("<EMAIL_"), Just(" and "), Just("é"), Just("sk-abcdef1234567890abcd"), Just("."), Just("\n"),
                ],
                0..12,
            ),
        ) {
            let text = parts.concat();
            let (texts, placeholders) = redacted(&[(&text, Form::Plain)], true);
            let sent = texts[0].as_deref().unwrap_or(&text);
            prop_assert_eq!(restore(sent, &placeholders, Form::Plain, true).text, text);
        }

        #[test]
        fn no_text_makes_a_finder_fail(text in "\\PC{0,80}", digits in "[0-9+() ./@A-Zsk\"\\\\-]{0,40}") {
            for text in [text, digits] {
                let (texts, placeholders) = redacted(&[(&text, Form::Plain)], true);
                let sent = texts[0].as_deref().unwrap_or(&text);
                prop_assert_eq!(restore(sent, &placeholders, Form::Plain, true).text, text.clone());
                redacted(&[(&text, Form::Json)], true);
            }
        }
    }
}
