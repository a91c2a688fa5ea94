//! What stands in the place of data, and which data it stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::marks::{self, Mark};
use crate::redaction::Form;

/// The values that were taken out of a request, by their placeholders. The host holds it for as long as the request
/// lasts; it never reaches a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placeholders(BTreeMap<String, String>);

/// Gives placeholders out: equal values get equal ones.
#[derive(Default)]
pub struct Issuer {
    by_value: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
    /// Placeholders that the request's own texts have, and that would mean something else in the reply.
    taken: BTreeSet<String>,
}

// === impl Placeholders ===

impl Placeholders {
    /// Whether nothing was taken out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value behind a placeholder, by the name between its signs.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(&format!("<{name}>")).map(String::as_str)
    }

    /// Whether a text may be the beginning of a placeholder.
    pub fn is_beginning(&self, text: &str) -> bool {
        let mut from = self
            .0
            .range::<str, _>((std::ops::Bound::Included(text), std::ops::Bound::Unbounded));
        from.next()
            .is_some_and(|(placeholder, _)| placeholder.starts_with(text))
    }
}

/// The number of values alone: they are what must not be seen.
impl fmt::Debug for Placeholders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Placeholders({})", self.0.len())
    }
}

// === impl Issuer ===

impl Issuer {
    /// Notes the placeholders that a text already has: no other value gets them.
    pub fn avoid(&mut self, text: &str, form: Form) {
        let mut rest = text;
        while let Some(at) = marks::next(rest, form) {
            rest = &rest[at..];
            if let Mark::Whole(name, _) = marks::read(rest, form) {
                self.taken.insert(format!("<{name}>"));
            }
            rest = &rest[marks::step(rest, form)..];
        }
    }

    /// The placeholder of a value.
    pub fn of(&mut self, label: &str, value: &str) -> &str {
        if !self.by_value.contains_key(value) {
            let placeholder = self.next(label);
            self.by_value.insert(value.to_owned(), placeholder);
        }
        self.by_value.get(value).map_or("", String::as_str)
    }

    fn next(&mut self, label: &str) -> String {
        let count = self.counts.entry(label.to_owned()).or_default();
        loop {
            *count += 1;
            let placeholder = format!("<{label}_{count}>");
            if !self.taken.contains(&placeholder) {
                return placeholder;
            }
        }
    }

    /// All placeholders that were given out.
    pub fn placeholders(self) -> Placeholders {
        let pairs = self.by_value.into_iter();
        Placeholders(pairs.map(|(value, placeholder)| (placeholder, value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_placeholders_and_others_count_on() {
        let mut issuer = Issuer::default();
        let given: Vec<String> = ["a@b.de", "c@d.fr", "a@b.de"]
            .map(|value| issuer.of("EMAIL", value).to_owned())
            .into();
        assert_eq!(given, ["<EMAIL_1>", "<EMAIL_2>", "<EMAIL_1>"]);
        assert_eq!(issuer.of("PHONE", "030"), "<PHONE_1>");
        let placeholders = issuer.placeholders();
        assert_eq!(placeholders.value("EMAIL_2"), Some("c@d.fr"));
        assert_eq!(placeholders.value("EMAIL_3"), None);
        assert!(
            placeholders.is_beginning("<EMAIL_") && placeholders.is_beginning("<") && !placeholders.is_beginning("<e")
        );
    }

    #[test]
    fn a_placeholder_that_a_text_has_is_not_given_out() {
        let mut issuer = Issuer::default();
        issuer.avoid("what is <EMAIL_1> in <b>HTML</b> 1 < 2 <EMAIL_3>", Form::Plain);
        issuer.avoid(r#"{"a": "\u003cEMAIL_5\u003e"}"#, Form::Json);
        assert_eq!(issuer.of("EMAIL", "a@b.de"), "<EMAIL_2>");
        assert_eq!(issuer.of("EMAIL", "c@d.fr"), "<EMAIL_4>");
        assert_eq!(issuer.of("EMAIL", "e@f.it"), "<EMAIL_6>");
    }

    #[test]
    fn a_debug_output_shows_no_value() {
        let mut issuer = Issuer::default();
        issuer.of("EMAIL", "a@b.de");
        assert_eq!(format!("{:?}", issuer.placeholders()), "Placeholders(1)");
    }
}
