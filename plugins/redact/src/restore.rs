//! Puts data back into a reply, wherever the stream was cut.

use crate::literals::escaped;
use crate::marks::{self, Mark};
use crate::placeholders::Placeholders;
use crate::redaction::Form;

/// What can be given out of a text so far, and how much of the text that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// The text with its data.
    pub text: String,
    /// How many bytes of the given text it stands for. The rest may be the beginning of a placeholder, and belongs in
    /// front of what comes next.
    pub consumed: usize,
}

/// Puts the values in the place of all placeholders. `last` is true if nothing follows. In JSON, a value is written as
/// the part of a string that it is in.
pub fn restore(text: &str, placeholders: &Placeholders, form: Form, last: bool) -> Restored {
    let mut restored = Restored::default();
    let mut rest = text;
    while let Some(at) = marks::next(rest, form) {
        restored.text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = match marks::read(rest, form) {
            Mark::Whole(name, length) => placeholders.value(name).map(|value| (value, length)),
            Mark::Open(beginning) if !last && placeholders.is_beginning(&beginning) => {
                restored.consumed = text.len() - rest.len();
                return restored;
            }
            Mark::Open(_) | Mark::None => None,
        };
        let (same, other) = rest.split_at(known.map_or_else(|| marks::step(rest, form), |(_, length)| length));
        match (known, form) {
            (None, _) => restored.text.push_str(same),
            (Some((value, _)), Form::Plain) => restored.text.push_str(value),
            (Some((value, _)), Form::Json) => restored.text.push_str(&escaped(value)),
        }
        rest = other;
    }
    restored.text.push_str(rest);
    restored.consumed = text.len();
    restored
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::marks::LONGEST;
    use crate::placeholders::Issuer;

    fn placeholders() -> Placeholders {
        let mut issuer = Issuer::default();
        for count in 0..11 {
            issuer.of("EMAIL", &format!("user{count}@example.com"));
        }
        issuer.of("KEY", "<EMAIL_1>");
        issuer.of("WORD", "Blaumeise 🐦");
        issuer.of("QUOTE", "say \"hi\"");
        issuer.placeholders()
    }

    /// The text through `restore` in these pieces, with what is held back in front of the next piece.
    fn in_pieces(pieces: &[&str], placeholders: &Placeholders, form: Form) -> String {
        let (mut out, mut held) = (String::new(), String::new());
        for (place, piece) in pieces.iter().enumerate() {
            held.push_str(piece);
            let last = place + 1 == pieces.len();
            let restored = restore(&held, placeholders, form, last);
            out.push_str(&restored.text);
            held.drain(..restored.consumed);
            assert!(held.len() < LONGEST, "held back too much: {held}");
        }
        assert_eq!(held, "");
        out
    }

    #[test]
    fn known_placeholders_become_their_values_and_others_stay() {
        let placeholders = placeholders();
        for (text, expected) in [
            ("Hi <EMAIL_1>!", "Hi user0@example.com!"),
            (
                "<EMAIL_11><EMAIL_1>",
                "user10@example.com<EMAIL_1>"
                    .replace("<EMAIL_1>", "user0@example.com")
                    .as_str(),
            ),
            ("<EMAIL_12> <email_1> <", "<EMAIL_12> <email_1> <"),
            ("<<EMAIL_2>>", "<user1@example.com>"),
            ("<EMAIL_<EMAIL_3>", "<EMAIL_user2@example.com"),
            // A value is not looked at again.
            ("<KEY_1>", "<EMAIL_1>"),
        ] {
            assert_eq!(restore(text, &placeholders, Form::Plain, true).text, expected, "{text}");
        }
    }

    #[test]
    fn in_json_the_signs_may_be_escaped_and_values_are() {
        let placeholders = placeholders();
        for (text, expected) in [
            (r#"{"a":"\u003cEMAIL_1\u003e"}"#, r#"{"a":"user0@example.com"}"#),
            (r#"{"a":"\\u003cEMAIL_1>"}"#, r#"{"a":"\\u003cEMAIL_1>"}"#),
            (r#"{"a":"\"<QUOTE_1>\n"}"#, r#"{"a":"\"say \"hi\"\n"}"#),
        ] {
            assert_eq!(restore(text, &placeholders, Form::Json, true).text, expected, "{text}");
        }
    }

    #[test]
    fn without_placeholders_nothing_is_held_back() {
        let restored = restore("a <", &Placeholders::default(), Form::Plain, false);
        assert_eq!((restored.text.as_str(), restored.consumed), ("a <", 3));
    }

    proptest! {
        #[test]
        fn any_text_cut_anywhere_gives_the_same_as_whole(
            parts in prop::collection::vec(
                prop_oneof![
                    (1..14_u32).prop_map(|count| format!("<EMAIL_{count}>")),
                    "<?(EMAIL|EMAI|KEY|WORD|X)?_?1?>?",
                    Just("<WORD_1>".to_owned()),
                    "[a-c<>_É🐦\\\\]{0,4}",
                    Just(r"\u003cEMAIL_1\u003E".to_owned()),
                    r"\\u?0?0?3?[ce]?",
                ],
                0..8,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let placeholders = placeholders();
            let text = parts.concat();
            // In two pieces at every boundary, one character at a time, and in several pieces.
            let boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let singly: Vec<&str> = boundaries.windows(2).map(|pair| &text[pair[0]..pair[1]]).chain([""]).collect();
            let mut places: Vec<usize> = cuts.iter().map(|cut| boundaries[cut.index(boundaries.len())]).collect();
            places.extend([0, text.len()]);
            places.sort_unstable();
            let several: Vec<&str> = places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            for form in [Form::Plain, Form::Json] {
                let whole = restore(&text, &placeholders, form, true).text;
                for at in &boundaries {
                    let (one, two) = text.split_at(*at);
                    prop_assert_eq!(in_pieces(&[one, two], &placeholders, form), whole.clone());
                }
                prop_assert_eq!(in_pieces(&singly, &placeholders, form), whole.clone());
                prop_assert_eq!(in_pieces(&several, &placeholders, form), whole);
            }
        }
    }
}
