//! Puts data back into a reply, wherever the stream was cut.

use crate::literals::escaped;
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
    while let Some(at) = rest.find('<') {
        restored.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((value, length)) = placeholders.at_start(rest) {
            match form {
                Form::Plain => restored.text.push_str(value),
                Form::Json => restored.text.push_str(&escaped(value)),
            }
            rest = &rest[length..];
        } else if !last && placeholders.is_beginning(rest) {
            restored.consumed = text.len() - rest.len();
            return restored;
        } else {
            restored.text.push('<');
            rest = &rest[1..];
        }
    }
    restored.text.push_str(rest);
    restored.consumed = text.len();
    restored
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::placeholders::{Issuer, LONGEST};

    fn placeholders() -> Placeholders {
        let mut issuer = Issuer::default();
        for count in 0..11 {
            issuer.of("EMAIL", &format!("user{count}@example.com"));
        }
        issuer.of("KEY", "<EMAIL_1>");
        issuer.of("WORD", "Blaumeise 🐦");
        issuer.placeholders()
    }

    /// The text through `restore` in these pieces, with what is held back in front of the next piece.
    fn in_pieces(pieces: &[&str], placeholders: &Placeholders) -> String {
        let (mut out, mut held) = (String::new(), String::new());
        for (place, piece) in pieces.iter().enumerate() {
            held.push_str(piece);
            let last = place + 1 == pieces.len();
            let restored = restore(&held, placeholders, Form::Plain, last);
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
                    "[a-c<>_É🐦]{0,4}",
                ],
                0..8,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let placeholders = placeholders();
            let text = parts.concat();
            let whole = restore(&text, &placeholders, Form::Plain, true).text;
            // In two pieces at every boundary, one character at a time, and in several pieces.
            let boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            for at in &boundaries {
                let (one, two) = text.split_at(*at);
                prop_assert_eq!(in_pieces(&[one, two], &placeholders), whole.clone());
            }
            let singly: Vec<&str> = boundaries.windows(2).map(|pair| &text[pair[0]..pair[1]]).chain([""]).collect();
            prop_assert_eq!(in_pieces(&singly, &placeholders), whole.clone());
            let mut places: Vec<usize> = cuts.iter().map(|cut| boundaries[cut.index(boundaries.len())]).collect();
            places.extend([0, text.len()]);
            places.sort_unstable();
            let several: Vec<&str> = places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(in_pieces(&several, &placeholders), whole);
        }
    }
}
