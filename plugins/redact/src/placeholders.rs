//! What stands in the place of data, and which data it stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::marks::{self, Mark};
use crate::redaction::Form;

/// The values that were taken out of a request, by their placeholders. The host holds it for as long as the request
/// lasts, and every call about the reply reads it; it never reaches a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placeholders(BTreeMap<String, Series>);

/// The values of one label, in the order of their numbers: in one text, because thousands of texts would take far longer
/// to read and write.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Series {
    /// One after the other.
    values: String,
    /// Where each ends. A number that was not given out has no value.
    ends: Vec<usize>,
}

/// A label and a number: what a placeholder is made of.
pub type Place<'a> = (&'a str, usize);

/// Gives placeholders out: equal values get equal ones.
#[derive(Default)]
pub struct Issuer<'a> {
    by_value: BTreeMap<String, Place<'a>>,
    given: BTreeMap<&'a str, Series>,
    /// Placeholders that the request's own texts have, and that would mean something else in the reply.
    taken: BTreeSet<String>,
}

/// Writes the placeholder of this label and number.
pub fn write((label, number): Place<'_>, out: &mut String) {
    // Writing to a string does not fail.
    let _ = write!(out, "<{label}_{number}>");
}

// === impl Placeholders ===

impl Placeholders {
    /// Whether nothing was taken out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value behind a placeholder, by the name between its signs.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (label, digits) = name.rsplit_once('_')?;
        self.0.get(label)?.value(number(digits)?)
    }

    /// Whether a text may be the beginning of a placeholder.
    pub fn is_beginning(&self, text: &str) -> bool {
        let Some(name) = text.strip_prefix('<') else {
            return text.is_empty() && !self.is_empty();
        };
        if let Some(name) = name.strip_suffix('>') {
            return self.value(name).is_some();
        }
        let mut labels = self.0.iter();
        labels.any(|(label, series)| match name.strip_prefix(label.as_str()) {
            Some(rest) => {
                let digits = rest.strip_prefix('_');
                rest.is_empty() || digits.is_some_and(|digits| digits.is_empty() || series.has_number_from(digits))
            }
            None => label.starts_with(name),
        })
    }
}

/// The number of values alone: they are what must not be seen.
impl fmt::Debug for Placeholders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.0.values().map(|series| series.ends.len()).sum();
        write!(f, "Placeholders({count})")
    }
}

/// The number that is written like this; none is written with zeros in front.
fn number(digits: &str) -> Option<usize> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain)
}

// === impl Series ===

impl Series {
    /// The value with this number, from 1.
    fn value(&self, number: usize) -> Option<&str> {
        let index = number.checked_sub(1)?;
        let start = index
            .checked_sub(1)
            .map_or(Some(0), |before| self.ends.get(before).copied())?;
        let value = self.values.get(start..*self.ends.get(index)?)?;
        (!value.is_empty()).then_some(value)
    }

    /// Adds a value, and says which number it has.
    fn push(&mut self, value: &str) -> usize {
        self.values.push_str(value);
        self.ends.push(self.values.len());
        self.ends.len()
    }

    /// Whether a number that begins like this may have been given out.
    fn has_number_from(&self, digits: &str) -> bool {
        number(digits).is_some_and(|number| number <= self.ends.len())
    }
}

// === impl Issuer ===

impl<'a> Issuer<'a> {
    /// Notes the placeholders that a text already has: no other value gets them.
    pub fn avoid(&mut self, text: &str, form: Form) {
        let mut rest = text;
        while let Some(at) = marks::next(rest, form) {
            rest = &rest[at..];
            if let Mark::Whole(name, _) = marks::read(rest, form) {
                self.taken.insert(name.to_owned());
            }
            rest = &rest[marks::step(rest, form)..];
        }
    }

    /// The placeholder of a value.
    pub fn of(&mut self, label: &'a str, value: &str) -> Place<'a> {
        if let Some(known) = self.by_value.get(value) {
            return *known;
        }
        let series = self.given.entry(label).or_default();
        // A placeholder that a text has already is left out.
        while !self.taken.is_empty() && self.taken.contains(&format!("{label}_{}", series.ends.len() + 1)) {
            series.push("");
        }
        let place = (label, series.push(value));
        self.by_value.insert(value.to_owned(), place);
        place
    }

    /// All placeholders that were given out.
    pub fn placeholders(self) -> Placeholders {
        let given = self.given.into_iter();
        Placeholders(given.map(|(label, series)| (label.to_owned(), series)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(place: Place<'_>) -> String {
        let mut out = String::new();
        write(place, &mut out);
        out
    }

    #[test]
    fn equal_values_have_equal_placeholders_and_others_count_on() {
        let mut issuer = Issuer::default();
        let given: Vec<String> = ["a@b.de", "c@d.fr", "a@b.de"]
            .map(|value| written(issuer.of("EMAIL", value)))
            .into();
        assert_eq!(given, ["<EMAIL_1>", "<EMAIL_2>", "<EMAIL_1>"]);
        assert_eq!(written(issuer.of("PHONE", "030")), "<PHONE_1>");
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
        assert_eq!(written(issuer.of("EMAIL", "a@b.de")), "<EMAIL_2>");
        assert_eq!(written(issuer.of("EMAIL", "c@d.fr")), "<EMAIL_4>");
        assert_eq!(written(issuer.of("EMAIL", "e@f.it")), "<EMAIL_6>");
    }

    #[test]
    fn a_debug_output_shows_no_value() {
        let mut issuer = Issuer::default();
        issuer.of("EMAIL", "a@b.de");
        assert_eq!(format!("{:?}", issuer.placeholders()), "Placeholders(1)");
    }

    #[test]
    fn what_may_go_on_as_a_placeholder_is_held_back() {
        let mut issuer = Issuer::default();
        for count in 0..30 {
            issuer.of("EMAIL", &format!("user{count}@example.com"));
        }
        let placeholders = issuer.placeholders();
        for text in [
            "",
            "<",
            "<EM",
            "<EMAIL",
            "<EMAIL_",
            "<EMAIL_3",
            "<EMAIL_29",
            "<EMAIL_30>",
        ] {
            assert!(placeholders.is_beginning(text), "{text}");
        }
        for text in [
            "<e",
            "<EMAILS",
            "<EMAIL_0",
            "<EMAIL_31",
            "<EMAIL_31>",
            "<EMAIL_03",
            "<EMAIL-1",
            "<1",
            "E",
        ] {
            assert!(!placeholders.is_beginning(text), "{text}");
        }
        for (name, value) in [
            ("EMAIL_1", Some("user0@example.com")),
            ("EMAIL_01", None),
            ("EMAIL_+1", None),
            ("EMAIL", None),
        ] {
            assert_eq!(placeholders.value(name), value, "{name}");
        }
    }

    /// The host keeps the state, and each call about the reply reads all of it.
    #[test]
    fn a_state_is_hardly_larger_than_what_it_holds() {
        let mut issuer = Issuer::default();
        let values: Vec<String> = (0..6_000).map(|count| format!("user{count}@example.com")).collect();
        for value in &values {
            issuer.of("EMAIL", value);
        }
        let state = serde_json::to_string(&issuer.placeholders()).unwrap();
        assert!(
            state.len() < values.concat().len() + 7 * values.len() + 64,
            "{}",
            state.len()
        );
        let read: Placeholders = serde_json::from_str(&state).unwrap();
        assert_eq!(read.value("EMAIL_6000"), Some("user5999@example.com"));
    }
}
