//! The shaper that keeps requests and replies within rules.
//!
//! In reading order: [`settings`] is what an operator may set; [`rules`] holds a request against it, with [`tools`] and
//! [`tokens`] for the rules that may change one; [`names`] compares names with patterns; [`reply`] looks for denied words
//! in what the model says.

pub mod names;
pub mod reply;
pub mod rules;
pub mod settings;
pub mod tokens;
pub mod tools;

use jackfield_plugin_sdk::{
    Failure, Fragment, Need, Part, PartKind, Released, Shaper, ShaperManifest, Shaping, Verdict,
};

use crate::reply::Position;
use crate::settings::Settings;

/// The most bytes of a reply that may be the beginning of a denied word: 64 characters of up to four bytes.
const WINDOW: usize = 256;

/// The guard.
pub struct Guard;

jackfield_plugin_sdk::export_shaper!(Guard);

// === impl Guard ===

impl Shaper for Guard {
    type Settings = Settings;
    type State = Position;

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .needs([Need::Parameters, Need::Texts, Need::Reply])
            .window(WINDOW)
            .licence(env!("CARGO_PKG_LICENSE"))
    }

    fn shape_request(call: &Shaping<Settings>, parts: &[Part]) -> Result<Verdict<Position>, Failure> {
        rules::verdict(call, parts)
    }

    fn shape_text(call: &Shaping<Settings>, state: &mut Position, fragment: &Fragment) -> Result<Released, Failure> {
        let rules = call.settings.of(&call.plan);
        match &rules.words {
            Some(words) if fragment.kind == PartKind::Text && !words.reply.is_empty() => {
                Ok(reply::checked(words, rules.refusal.as_ref(), state, fragment))
            }
            _ => Ok(Released::unchanged(fragment)),
        }
    }
}
