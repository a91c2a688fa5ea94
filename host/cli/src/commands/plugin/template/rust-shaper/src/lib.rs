//! A shaper: it hides words in requests and in replies, whole or streamed.

pub mod settings;

use jackfield_plugin_sdk::{
    Changes, Failure, Fragment, Need, Part, Released, Shaper, ShaperManifest, Shaping, Verdict, export_shaper,
};

use crate::settings::Settings;

/// What stands in place of a hidden word.
const INSTEAD: &str = "***";

/// The longest word, in bytes: so much of a stream may have to be held back until it is clear what it is.
const LONGEST: usize = 64;

/// The shaper.
pub struct Plugin;

export_shaper!(Plugin);

impl Shaper for Plugin {
    type Settings = Settings;
    type State = ();

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .needs([Need::Texts, Need::Reply])
            .window(LONGEST)
    }

    fn shape_request(call: &Shaping<Settings>, parts: &[Part]) -> Result<Verdict<()>, Failure> {
        let mut changes = Changes::new();
        for part in parts {
            let (_, hidden) = hide(&call.settings.words, &part.text, true);
            if hidden != part.text {
                changes = changes.replace(part.path.clone(), hidden);
            }
        }
        Ok(Verdict::Patch(changes))
    }

    fn shape_text(call: &Shaping<Settings>, _: &mut (), fragment: &Fragment) -> Result<Released, Failure> {
        let (taken, hidden) = hide(&call.settings.words, &fragment.text, fragment.last);
        Ok(Released::new(taken, hidden))
    }
}

/// Hides the words in a text, up to where it is not clear yet whether a word begins. Returns how many bytes that is, and
/// what they become.
fn hide(words: &[String], text: &str, last: bool) -> (usize, String) {
    let words = || words.iter().filter(|word| !word.is_empty() && word.len() <= LONGEST);
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let may_go_on = |word: &&String| word.len() > rest.len() && word.starts_with(rest);
        if !last && words().any(|word| may_go_on(&word)) {
            break;
        }
        let found = words().filter(|word| rest.starts_with(word.as_str())).max_by_key(|word| word.len());
        if let Some(word) = found {
            hidden.push_str(INSTEAD);
            rest = &rest[word.len()..];
        } else {
            hidden.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    (text.len() - rest.len(), hidden)
}
