//! Looks for denied words in what the model says, wherever a stream was cut.

use jackfield_plugin_sdk::words::Words;
use jackfield_plugin_sdk::{Fragment, Refusal, Released};
use serde::{Deserialize, Serialize};

use crate::rules::{BLOCKED, in_own_words};
use crate::settings::{self, DeniedWords, InReply};

/// What the client gets in the place of a word.
const MASK: &str = "***";

/// Where a text is: the last character in front of what comes next decides whether a word begins there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<char>,
}

/// What the client gets of a fragment.
pub fn checked(
    words: &DeniedWords,
    own: Option<&settings::Refusal>,
    position: &mut Position,
    fragment: &Fragment,
) -> Released {
    let denied = Words::new(&words.reply);
    let scan = denied.scan(&fragment.text, position.before, fragment.last);
    let settled = &fragment.text[..scan.settled];
    position.before = settled.chars().next_back().or(position.before);
    match (words.in_reply, scan.found.first()) {
        (InReply::Refuse, Some((word, _))) => {
            let refusal = Refusal::new(BLOCKED.0, BLOCKED.1);
            Released::new(scan.settled, &settled[..word.start]).refuse(in_own_words(refusal, own))
        }
        (InReply::Refuse | InReply::Mask, None) => Released::new(scan.settled, settled),
        (InReply::Mask, Some(_)) => {
            let mut masked = String::with_capacity(settled.len());
            let mut end = 0;
            for (word, _) in scan.found {
                masked.push_str(&settled[end..word.start]);
                masked.push_str(MASK);
                end = word.end;
            }
            Released::new(scan.settled, masked + &settled[end..])
        }
    }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::PartKind;

    use super::*;

    /// What the client gets of a text that arrives in these pieces, and whether it ends in a refusal.
    fn given(pieces: &[&str], in_reply: InReply) -> (String, bool) {
        let words = DeniedWords {
            reply: vec!["blue bird".to_owned(), "grün".to_owned()],
            in_reply,
            ..DeniedWords::default()
        };
        let mut position = Position::default();
        let (mut given, mut held) = (String::new(), String::new());
        for (place, piece) in pieces.iter().enumerate() {
            held.push_str(piece);
            let fragment = Fragment {
                choice: 0,
                kind: PartKind::Text,
                text: held.clone(),
                last: place + 1 == pieces.len(),
            };
            let released = checked(&words, None, &mut position, &fragment);
            given.push_str(released.text());
            if released.refusal().is_some() {
                return (given, true);
            }
            held.drain(..released.taken());
            assert!(held.len() <= crate::WINDOW);
        }
        (given, false)
    }

    #[test]
    fn a_word_is_masked_or_ends_the_reply_wherever_it_is_cut() {
        let text = "A Blue Bird, a blue birdcage and GRÜN";
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (one, two) = text.split_at(at);
            assert_eq!(given(&[one, two], InReply::Refuse), ("A ".to_owned(), true), "{at}");
            let masked = "A ***, a blue birdcage and ***".to_owned();
            assert_eq!(given(&[one, two], InReply::Mask), (masked, false), "{at}");
        }
    }

    #[test]
    fn a_reply_without_such_words_goes_through() {
        let text = "blueish bluebird, blue bird_s";
        let singly: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        assert_eq!(given(&singly, InReply::Refuse), (text.to_owned(), false));
    }
}
